"""撤回, 转办, 加签: who has the case changes, the drawing does not."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock, ids
from common.errors import BadInputError, ForbiddenError
from common.ids import new_uuid
from directory.actors import Actor
from workflows.approvals import clocks
from workflows.approvals.abilities import last_decided, may_end, may_withdraw
from workflows.approvals.answers import CaseDeedOut
from workflows.approvals.deeds import Said, deed, opinion_of, running, turn_of
from workflows.approvals.groups import sync, take_turns
from workflows.approvals.walk import ACTIVE, Walk
from workflows.errors import NotAllowedNowError
from workflows.rules.texts import unkeepable
from workflows.store import approval_people as people
from workflows.store.approval_people import Seat
from workflows.store.models import CaseTask

MOST_ADDED = 20
HOW = ("before", "after", "parallel")


def seats_of(user_ids: Sequence[str], *, field: str = "to") -> list[Seat]:
    """Raises BadInputError: nobody named, too many, or somebody who holds no post today."""
    if any(unkeepable(list(user_ids))):
        raise BadInputError(field=field, message=_("内容含有无法保存的字符，请删除后重试。"))
    numbers = list(dict.fromkeys(ids.staff_number_of(one) or one.lower() for one in user_ids if one))
    if not numbers:
        raise BadInputError(field=field, message=_("请选择人员。"))
    if len(numbers) > MOST_ADDED:
        raise BadInputError(field=field, message=_("一次最多选择{most}人。").format(most=MOST_ADDED))
    found = people.of_numbers(numbers, clock.today())
    if missing := set(numbers) - {seat.number for seat in found}:
        words = _("所选人员（{names}）不存在、已停用或没有任职，请从通讯录重新选择。")
        raise BadInputError(field=field, message=words.format(names=_("、").join(sorted(missing))))
    return found


def check_withdraw(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """撤回 by who acted last, until whoever comes next has opened it: the starter ends the case, an approver takes
    their decision back.

    Raises: NotAllowedNowError: it was opened already, or somebody else acted last.
    """
    opinion = opinion_of(actor, said.opinion)

    def change(walk: Walk) -> str:
        running(walk.case)
        if not may_withdraw(actor, walk.case, walk.tasks):
            opened = next((task for task in walk.active() if task.opened_at), None)
            if opened is not None:
                words = _("{name}已打开，不能撤回。如需修改请联系对方退回。").format(
                    name=opened.assignee_name
                )
            else:
                words = _("只有最近一步的办理人可以撤回。")
            raise NotAllowedNowError(message=words)
        last = last_decided(walk.tasks)
        if last is None or may_end(actor, walk.case, walk.tasks):
            walk.close("withdrawn", "withdraw", reason=opinion)
            return _("已撤回：{title}").format(title=walk.case.title)
        run = walk.run()
        if walk.case.outcomes.get(last.node) is not None and last.group not in {
            one.group for one in walk.active()
        }:
            run.back_to(last.engine_task)
            walk.write("withdraw", task=last, to_node=last.node, to_name=last.name, opinion=opinion)
            standing = run.go()
            walk.keep(run, standing)
            for task in walk.active():
                walk.end_task(task, "cancelled")
            last.state = "cancelled"
            walk.save(last)
            sync(walk, standing)
        else:
            walk.write("withdraw", task=last, to_node=last.node, to_name=last.name, opinion=opinion)
            again = copy_of(walk, last)
            last.state = "cancelled"
            walk.save(last)
            for answer in walk.group(last.group):
                if answer.answer_to_id == last.pk and answer.state in ACTIVE:
                    walk.end_task(answer, "cancelled")
            walk.add(again)
            take_turns(walk, again.group)
        return _("已撤回办理意见：{title}").format(title=walk.case.title)

    return deed(actor, case_id, "withdraw", change, key)


def copy_of(walk: Walk, task: CaseTask) -> CaseTask:
    """The same part of the same person, to be done again."""
    return CaseTask(
        id=new_uuid(), case=walk.case, engine_task=task.engine_task, node=task.node, name=task.name, kind=task.kind,
        group=task.group, position=task.position, assignee_id=task.assignee_id, assignee_name=task.assignee_name,
        post_id=task.post_id, post_title=task.post_title, unit_id=task.unit_id, unit_name=task.unit_name, why=task.why,
        reading=task.reading, state="waiting", created_at=walk.now, added_by=task.added_by, added_how=task.added_how,
        back_group=task.back_group,
    )  # fmt: skip


def hand_over(walk: Walk, task: CaseTask, seat: Seat, why: str) -> CaseTask:
    """Close the task and give its part to somebody else; the clock of the node goes on."""
    fresh = copy_of(walk, task)
    fresh.assignee_id, fresh.assignee_name, fresh.post_id = seat.staff_id, seat.name, seat.post_id
    fresh.post_title, fresh.unit_id, fresh.unit_name = seat.post_title, seat.unit_id, seat.unit_name
    fresh.why, fresh.is_fallback, fresh.state = (
        why[:300],
        False,
        task.state if task.state == "waiting" else "open",
    )
    fresh.answer_to, fresh.after = task.answer_to, task.after
    due = task.due_at
    walk.end_task(task, "cancelled")
    walk.add(fresh)
    for other in walk.tasks:
        if other.after_id == task.pk and other.state in ACTIVE:
            other.after = fresh
            walk.save(other)
    if fresh.state == "open":
        clocks.start_clock(walk.case, fresh, dict(walk.definition.clock_of(fresh.node)))
        fresh.due_at = due or fresh.due_at
        walk.save(fresh)
    return fresh


def check_transfer(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """转办 to one other person. Never to the starter where it is for approval.

    Raises: as `turn_of`; BadInputError: nobody, or somebody who cannot have it.
    """
    opinion = opinion_of(actor, said.opinion)
    seats = seats_of(said.to)
    if len(seats) != 1:
        raise BadInputError(field="to", message=_("转办只能选择一人；需多人办理请用加签。"))

    def change(walk: Walk) -> str:
        turn = turn_of(walk, said.task)
        seat, task = seats[0], turn.task
        if task.kind == "answer":
            raise NotAllowedNowError(message=_("不同意见由拟稿人答复，不能转办。"))
        may_have(walk, task, seat)
        why = _("{name}转办").format(name=actor.name)
        fresh = hand_over(walk, task, seat, f"{why}：{opinion}" if opinion else why)
        walk.write(
            "transfer", task=task, to_node=task.node, to_name=seat.name, opinion=opinion, act_for=turn.act_for
        )
        take_turns(walk, fresh.group)
        return _("已转{name}办理：{title}").format(name=seat.name, title=walk.case.title)

    return deed(actor, case_id, "transfer", change, key)


def may_have(walk: Walk, task: CaseTask, seat: Seat) -> None:
    """Raises BadInputError."""
    if seat.staff_id == walk.case.starter_id and task.kind == "approve":
        raise BadInputError(field="to", message=_("不能由申请人审批本人的申请，请另选人员。"))
    if any(
        one.assignee_id == seat.staff_id and one.state in ACTIVE and one.group == task.group
        for one in walk.tasks
    ):
        raise BadInputError(field="to", message=_("{name}已是本环节办理人。").format(name=seat.name))


def check_add_sign(*, actor: Actor, case_id: UUID, said: Said, key: str | None = None) -> CaseDeedOut:
    """加签: `mode` before (they decide, then I), after (I agree and it goes to them), parallel (beside me).

    Raises: as `turn_of`; BadInputError.
    """
    opinion = opinion_of(actor, said.opinion)
    seats = seats_of(said.to)
    if said.mode not in HOW:
        raise BadInputError(field="mode", message=_("请选择前加签、后加签或并加签。"))

    def change(walk: Walk) -> str:
        turn = turn_of(walk, said.task)
        task = turn.task
        if not task.engine_task or task.kind == "answer" or task.is_fallback:
            raise NotAllowedNowError(message=_("该环节不能加签。"))
        if said.mode == "after" and task.reading and task.opened_at is None:
            raise ForbiddenError(message=_("须先打开阅读再办理。"), reason="must_read")
        before = task.after
        for seat in seats:
            may_have(walk, task, seat)
            fresh = copy_of(walk, task)
            fresh.assignee_id, fresh.assignee_name, fresh.post_id = seat.staff_id, seat.name, seat.post_id
            fresh.post_title, fresh.unit_id, fresh.unit_name = seat.post_title, seat.unit_id, seat.unit_name
            fresh.why, fresh.added_by, fresh.added_how = (
                _("{name}加签").format(name=actor.name),
                actor.name,
                said.mode,
            )
            if said.mode == "before":
                fresh.after = before
            elif said.mode == "after":
                fresh.after = task
            walk.add(fresh)
            if said.mode == "before":
                before = task.after = fresh
        if said.mode == "before":
            task.state = "waiting"
            walk.save(task)
        names = _("、").join(seat.name for seat in seats)
        walk.write(
            "add_sign", task=task, to_node=task.node, to_name=names, opinion=opinion, act_for=turn.act_for,
            reason={"before": _("前加签"), "after": _("后加签"), "parallel": _("并加签")}[said.mode],
        )  # fmt: skip
        take_turns(walk, task.group)
        return _("已加签{names}：{title}").format(names=names, title=walk.case.title)

    return deed(actor, case_id, "add_sign", change, key)
