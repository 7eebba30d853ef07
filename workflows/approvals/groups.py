"""Sign groups: the tasks of one visit of a node, opened, counted and closed."""

from collections.abc import Mapping
from copy import copy
from uuid import UUID

from django.utils.translation import gettext as _

from common.ids import new_uuid
from workflows.approvals import clocks, engine
from workflows.approvals.fallbacks import fallback
from workflows.approvals.resolve import resolve
from workflows.approvals.seats import About, Who
from workflows.approvals.specs import EngineError
from workflows.approvals.walk import ACTIVE, TO_DO, Walk
from workflows.errors import NotAllowedNowError
from workflows.rules import signing
from workflows.rules.bpmn import START
from workflows.rules.signing import SignRule, Vote, VoteState
from workflows.store.models import CaseTask

_VOTES: Mapping[str, VoteState] = {"agree": "agree", "read": "agree", "refuse": "refuse", "dissent": "refuse"}


def rule_of(walk: Walk, node: str) -> SignRule:
    return walk.definition.node(node).sign


def advance(walk: Walk, run: engine.Run, *, previous: CaseTask | None = None) -> None:
    """Let the engine run on and bring the tasks to where it stands."""
    standing = run.go()
    walk.keep(run, standing)
    sync(walk, standing, previous=previous)


def sync(walk: Walk, standing: engine.Standing, *, previous: CaseTask | None = None) -> None:
    """Tasks whose node is left are closed; nodes that are reached are opened; an ended drawing ends the case.

    Raises EngineError: the drawing waits for a branch that does not come, and nobody would have the case.
    """
    if not standing.ready and not standing.is_ended and standing.next_due is None:
        raise EngineError(
            _("流程在等待不会到来的分支，请检查网关的汇合"), next(iter(standing.passed[-1:]), "")
        )
    ready = dict(standing.ready)
    for task in walk.active():
        if task.engine_task and task.engine_task not in ready:
            walk.end_task(task, "cancelled")
    held = {task.engine_task for task in walk.active() if task.engine_task}
    for engine_task, node in standing.ready:
        if engine_task not in held:
            open_group(walk, node, engine_task, previous=previous)
    if standing.is_ended and walk.case.state == "running":
        walk.close("finished", "finish")


def about_of(walk: Walk, previous: CaseTask | None) -> About:
    if previous is None:
        return About.case(walk.case, known=walk.rules_asked)
    return About.case(
        walk.case, previous_id=previous.decided_by_id, previous_unit=previous.unit_id, known=walk.rules_asked
    )


def open_group(
    walk: Walk, node: str, engine_task: str, *, previous: CaseTask | None = None
) -> list[CaseTask]:
    """A node is reached: find who decides. Nobody found: it goes to whom the rule names, with the reason."""
    wanted = walk.definition.node(node)
    about = about_of(walk, previous)
    found = resolve(wanted, about)
    people, reason = list(found.people), found.unresolved
    if not people:
        other = fallback(about, reason)
        if other is None:
            raise NotAllowedNowError(
                message=f"“{wanted.name}”{reason}，也没有人可以接手，请联系系统管理员补齐任职。"
            )
        people = [other]
    group = new_uuid()
    made = [
        walk.add(new_task(walk, node, who, engine_task=engine_task, group=group, position=place))
        for place, who in enumerate(people)
    ]
    if reason:
        walk.write(
            "reroute", node=node, reason=people[0].why if people[0].is_fallback else reason,
            to_node=node, to_name="、".join(who.seat.name for who in people),
        )  # fmt: skip
    take_turns(walk, group)
    return made


def new_task(
    walk: Walk, node: str, who: Who, *, engine_task: str = "", group: UUID | None = None, position: int = 0
) -> CaseTask:
    wanted, seat = walk.definition.node(node), who.seat
    return CaseTask(
        id=new_uuid(), case=walk.case, engine_task=engine_task, node=node, name=walk.definition.name_of(node),
        kind=wanted.kind, group=group or new_uuid(), position=position, assignee_id=seat.staff_id,
        assignee_name=seat.name, post_id=seat.post_id, post_title=seat.post_title, unit_id=seat.unit_id,
        unit_name=seat.unit_name, why=who.why[:300], is_fallback=who.is_fallback,
        reading=node != START and walk.definition.reads_first(node), state="waiting", created_at=walk.now,
    )  # fmt: skip


def votes_of(tasks: list[CaseTask]) -> list[Vote]:
    answered = {task.answer_to_id: task.state == "done" for task in tasks if task.answer_to_id}
    return [
        Vote(
            id=task.pk,
            state=_state_of(task),
            position=task.position,
            added=bool(task.added_how),
            after=task.after_id,
            is_answered=task.outcome != "dissent" or answered.get(task.pk, False),
        )
        for task in tasks
        if not task.answer_to_id
    ]


def _state_of(task: CaseTask) -> VoteState:
    if task.state in ACTIVE:
        return "open"
    return _VOTES.get(task.outcome, "out") if task.state == "done" else "out"


def take_turns(walk: Walk, group: UUID) -> None:
    """Open the tasks whose turn has come; their clocks start."""
    tasks = walk.group(group)
    if any(task.back_group == group and task.state in ACTIVE for task in walk.tasks):
        return  # paused: somebody answers a return first
    turn = signing.whose_turn(rule_of(walk, tasks[0].node), votes_of(tasks))
    for task in tasks:
        if task.pk in turn and task.state == "waiting":
            task.state = "open"
            clocks.start_clock(walk.case, task, dict(walk.definition.clock_of(task.node)))
            walk.save(task)


def settle(walk: Walk, group: UUID, last: CaseTask) -> None:
    """After a decision: open who comes next, or close the group and let the case go on."""
    tasks = walk.group(group)
    result = signing.outcome(rule_of(walk, last.node), votes_of(tasks))
    if result is None:
        take_turns(walk, group)
        if not any(task.state in TO_DO for task in walk.group(group)) and not _waits_for_answer(walk, group):
            _nobody_left(walk, last)
        return
    for task in tasks:
        if task.state in ACTIVE:
            walk.end_task(task, "cancelled")
    walk.case.outcomes = {**walk.case.outcomes, last.node: result, "": result}
    if last.back_group is not None:
        _come_back(walk, last)
    elif not last.engine_task:
        _begin_again(walk, last)
    elif result == "refuse" and not walk.definition.drawing.handles_refusal(last.node):
        walk.close("refused", "end_refused", reason=f"{last.name}未同意")
    else:
        run = walk.run()
        run.complete(last.engine_task)
        advance(walk, run, previous=last)


def _waits_for_answer(walk: Walk, group: UUID) -> bool:
    return any(task.answer_to_id and task.state in TO_DO for task in walk.group(group))


def _nobody_left(walk: Walk, last: CaseTask) -> None:
    """Everybody of the group has gone without deciding it: ask the rule again."""
    open_group(walk, last.node, last.engine_task, previous=None)


def _come_back(walk: Walk, answered: CaseTask) -> None:
    """直接送回: the group that returned the case goes on where it stood."""
    group = answered.back_group
    if group is None:
        return
    paused = walk.group(group)
    returned = next((task for task in paused if task.state == "returned"), None)
    still_there = {task.assignee_id for task in paused if task.state in ACTIVE}
    if returned is not None and returned.assignee_id not in still_there:
        again = copy(returned)
        again.pk, again.state, again.created_at = new_uuid(), "waiting", walk.now
        again.opened_at = again.decided_at = again.decided_seq = again.decided_by = again.due_at = None
        again.outcome = again.opinion = again.decided_by_name = again.decided_for = ""
        walk.add(again)
    take_turns(walk, group)


def _begin_again(walk: Walk, answered: CaseTask) -> None:
    """The starter has put right what was returned: the drawing begins anew."""
    run = walk.run(afresh=True)
    advance_from_start(walk, run, previous=answered)


def advance_from_start(walk: Walk, run: engine.Run, *, previous: CaseTask | None) -> None:
    """Begin; a first node that the starter fills in is done by having been sent."""
    standing = run.go()
    first = walk.definition.drawing.first_filled()
    for engine_task, node in standing.ready:
        if first is not None and node == first.id:
            run.complete(engine_task)
            walk.case.outcomes = {**walk.case.outcomes, node: "agree", "": "agree"}
            run.names["outcomes"] = {key: value for key, value in walk.case.outcomes.items() if key}
            run.names["outcome"] = "agree"
    standing = run.go()
    walk.keep(run, standing)
    sync(walk, standing, previous=previous)
