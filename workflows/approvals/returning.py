"""退回: to any earlier node or to the starter, then either the way is walked again or it comes straight back."""

from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError
from common.ids import new_uuid
from directory.actors import Actor
from workflows.approvals import clocks
from workflows.approvals.answers import CaseDeedOut
from workflows.approvals.deeds import Said, Turn, check_ready, deed, opinion_of, turn_of
from workflows.approvals.definitions import Definition
from workflows.approvals.fallbacks import fallback
from workflows.approvals.groups import new_task, open_group, sync
from workflows.approvals.seats import About, Who
from workflows.approvals.views import CaseReturnOut
from workflows.approvals.walk import ACTIVE, Walk, forget_clock
from workflows.errors import NotAllowedNowError
from workflows.rules.bpmn import START
from workflows.store import approval_people as people
from workflows.store.models import Case, CaseTask

REDO, BACK = "redo", "back"


def _earlier(walk: Walk, task: CaseTask) -> dict[str, str]:
    """Node → engine task, nearest first; what `tz:returns` leaves out is left out."""
    found = walk.run().earlier(task.engine_task) if task.engine_task else {}
    allowed = walk.definition.node(task.node).returns
    return {node: key for node, key in found.items() if not allowed or node in allowed}


def targets(case: Case, definition: Definition, task: CaseTask, tasks: list[CaseTask]) -> list[CaseReturnOut]:
    """Where the holder of this task may return the case to, nearest first, the starter last."""
    if not task.engine_task or task.kind == "answer":
        return []
    walk = Walk(actor_of_nobody(), case, definition, tasks)
    found = [CaseReturnOut(node=node, name=definition.name_of(node)) for node in _earlier(walk, task)]
    allowed = definition.node(task.node).returns
    if not allowed or START in allowed:
        found.append(CaseReturnOut(node=START, name=f"{definition.name_of(START)}（{case.starter_name}）"))
    return found


def actor_of_nobody() -> Actor:
    return Actor(staff_id=0, staff_number="", name="", kind="system")


def check_return(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """退回 with a reason. `node`: where to ("start": the starter). `mode`: redo (the default) or back.

    Raises: as `turn_of`; BadInputError: no reason, or a node that the case cannot go back to.
    """
    opinion = opinion_of(actor, said.opinion)
    if not opinion:
        raise BadInputError(field="opinion", message=_("退回须写明原因。"))
    if said.mode not in {"", REDO, BACK}:
        raise BadInputError(field="mode", message=_("退回后须为“重新流转”或“直接送回本环节”。"))

    def change(walk: Walk) -> str:
        turn = turn_of(walk, said.task)
        task = turn.task
        if not task.engine_task or task.kind == "answer":
            raise NotAllowedNowError(message=_("该环节不能退回，请办理后提交。"))
        check_ready(turn)
        node = said.node or START
        earlier = _earlier(walk, task)
        allowed = walk.definition.node(task.node).returns
        if node not in earlier and (node != START or (allowed and START not in allowed)):
            names = _("、").join(
                [*(walk.definition.name_of(one) for one in earlier), walk.definition.name_of(START)]
            )
            raise BadInputError(
                field="node", message=_("不能退回到该环节，可退回：{names}。").format(names=names)
            )
        _mark(turn, opinion, node)
        if said.mode == BACK:
            _ask_again(walk, task, node)
        elif node == START:
            for other in walk.active():
                walk.end_task(other, "cancelled")
            _ask_starter(walk, None)
        else:
            _walk_again(walk, node, earlier[node])
        return _("已退回{name}：{title}").format(name=walk.definition.name_of(node), title=walk.case.title)

    return deed(actor, case_id, "return", change, key)


def _mark(turn: Turn, opinion: str, node: str) -> None:
    walk, task = turn.walk, turn.task
    task.state, task.outcome, task.opinion = "returned", "return", opinion
    task.decided_at, task.decided_by_id, task.decided_by_name = walk.now, walk.actor.staff_id, walk.actor.name
    task.decided_for = turn.act_for
    forget_clock(task)
    walk.save(task)
    name = walk.definition.name_of(node)
    said = walk.write("return", task=task, to_node=node, to_name=name, opinion=opinion, act_for=turn.act_for)
    task.decided_seq = said.seq


def _walk_again(walk: Walk, node: str, engine_task: str) -> None:
    """重新流转: the engine stands at the node again; what came after it is walked anew."""
    run = walk.run()
    run.back_to(engine_task)
    standing = run.go()
    walk.keep(run, standing)
    for task in walk.active():
        if task.node == node:
            walk.end_task(task, "cancelled")
    sync(walk, standing)


def _ask_again(walk: Walk, returned: CaseTask, node: str) -> None:
    """直接送回: the group pauses, the others keep their turn, and goes on when the node has answered."""
    for other in walk.group(returned.group):
        if other.state in ACTIVE:
            other.state = "waiting"
            forget_clock(other)
            walk.save(other)
    if node == START:
        _ask_starter(walk, returned.group)
        return
    made = open_group(walk, node, "", previous=None)
    before = {task.assignee_id for task in walk.tasks if task.node == node and task.state == "done"}
    for task in made:
        if before and task.assignee_id not in before and any(one.assignee_id in before for one in made):
            walk.end_task(task, "cancelled")
        else:
            task.back_group = returned.group
            walk.save(task)


def _ask_starter(walk: Walk, back_group: UUID | None) -> None:
    case = walk.case
    seats = people.of_people([case.starter_id], clock.local(walk.now).date())
    who = Who(seats[0], "退回拟稿人修改") if seats else fallback(About.case(case), "拟稿人已不在任")
    if who is None:
        raise NotAllowedNowError(message=_("拟稿人已不在任，也没有人可以接手，请改退其他环节。"))
    task = new_task(walk, START, who, group=new_uuid())
    task.kind, task.state, task.back_group, task.is_fallback = "fill", "open", back_group, False
    clocks.start_clock(case, task, dict(walk.definition.clock_of(START)))
    walk.add(task)
