"""攻关: the hard-problem ledger. Found by any member, owned by a unit, struck off after somebody else verified it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.store.models import Unit
from workflows.rules.hard_problems import PROBLEMS
from workflows.services.changes import stamp
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce
from workflows.services.people import living_unit
from workflows.services.shapes import PersonRef, UnitRef
from workflows.services.views import person_out, unit_out
from workflows.store.models import HardProblem, Item, ProblemStep
from workflows.taskforces import problem_store as store
from workflows.taskforces.common import force_to_manage, knock, lock_running, moved, page_of, words

MAX_TITLE, MAX_TEXT, MAX_REASON = 200, 2000, 500
# Act → verb of the table of rights.
VERB_OF = {
    "own": "taskforce.manage",
    "measure": "problem.handle",
    "solve": "problem.handle",
    "accept": "problem.handle",
    "reject": "taskforce.manage",
    "verify": "taskforce.manage",
    "strike_off": "taskforce.manage",
}


class StepOut(BaseModel):
    at: datetime
    by_name: str
    by_post: str
    by_unit: str
    act: str
    act_words: str
    to_state: str
    text: str


class HardProblemOut(BaseModel):
    """One line of the ledger. `abilities`: what the actor may do now; `handover_waits`: signed over, not yet taken."""

    id: UUID
    taskforce_id: UUID
    number: int
    title: str
    detail: str
    item_id: UUID | None
    item_number: int | None
    item_title: str
    unit: UnitRef | None
    due_on: date | None
    overdue: bool
    measures: str
    result: str
    state: str
    state_words: str
    found_at: datetime
    found_by: PersonRef | None
    solved_by: PersonRef | None
    verified_by: PersonRef | None
    handover_waits: bool
    struck_off_at: datetime | None
    abilities: dict[str, bool]


class ProblemDetailOut(HardProblemOut):
    steps: list[StepOut]


class ProblemAnswer(BaseModel):
    message: str
    problem: HardProblemOut


def problem_scope(problem: HardProblem) -> Scope:
    force = problem.taskforce
    own = (problem.unit_id,) if problem.unit_id else ()
    return Scope(
        lead_unit_ids=own,
        member_unit_ids=tuple(unit.pk for unit in force.units.all()),
        taskforce_id=force.pk,
        taskforce_unit_id=force.office_unit_id,
        taskforce_lead_post_id=force.lead_post_id,
    )


def access_problem(actor: Actor, problem_id: UUID) -> HardProblem:
    """Who sees the force sees its problems, and so does the unit that has one. Raises NotFoundError."""
    problem = store.find(problem_id)
    if problem is None:
        raise NotFoundError
    if problem.unit_id != actor.unit_id or actor.unit_id is None:
        access_taskforce(actor, problem.taskforce_id)
    return problem


def list_problems(
    actor: Actor, taskforce_id: UUID, *, state: str = "", cursor: str | None = None
) -> tuple[list[HardProblemOut], str | None]:
    """The ledger by number. `state`: a state, `open`, or empty. Raises NotFoundError, BadInputError."""
    access_taskforce(actor, taskforce_id)
    if state and state != "open" and state not in PROBLEMS.states:
        raise BadInputError(field="state", message=_("状态无效，请从列表中选择。"))
    rows, following = page_of(store.of_force(taskforce_id, state), cursor)
    return [problem_out(actor, one) for one in rows], following


def describe_problem(actor: Actor, problem_id: UUID) -> ProblemDetailOut:
    problem = access_problem(actor, problem_id)
    lines = [
        StepOut(
            act_words=PROBLEMS.acts[one.act],
            **{name: getattr(one, name) for name in StepOut.model_fields if name != "act_words"},
        )
        for one in store.steps(problem)
    ]
    return ProblemDetailOut(**problem_out(actor, problem).model_dump(), steps=lines)


def check_find(
    *,
    actor: Actor,
    taskforce_id: UUID,
    title: str,
    detail: str = "",
    item_id: UUID | None = None,
    key: str | None = None,
) -> ProblemAnswer:
    """登记 a problem, by anybody of the force. `item_id`: the item that it holds up.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError, BadInputError (title, detail,
        item_id).
    """
    force_to_manage(actor, taskforce_id, "problem.raise")
    title = words(actor, title, field="title", most=MAX_TITLE)
    detail = words(actor, detail, field="detail", most=MAX_TEXT, needed=False)

    def deed() -> ProblemAnswer:
        force = lock_running(taskforce_id)
        if item_id is not None and not Item.objects.filter(pk=item_id, taskforce=force).exists():
            raise BadInputError(field="item_id", message=_("所选事项不属于本专班，请从台账中重新选择。"))
        now = clock.now()
        problem = HardProblem.objects.create(
            taskforce=force,
            number=store.next_number(taskforce_id),
            title=title,
            detail=detail,
            item_id=item_id,
            found_at=now,
            found_by_id=actor.staff_id or None,
        )
        return _answer(actor, problem, "find", "", f"登记难题“{title}”", now)

    return once(
        actor=actor, key=key, verb="problem.find", subject_id=taskforce_id, answer=ProblemAnswer, deed=deed
    )


def check_own(
    *, actor: Actor, problem_id: UUID, unit_id: UUID, due_on: date, key: str | None = None
) -> ProblemAnswer:
    """Name the unit that owns it, and its day. Raises also BadInputError (unit_id, due_on)."""

    def change(problem: HardProblem, _now: datetime) -> str:
        unit = living_unit(unit_id, field="unit_id")
        if due_on < clock.today():
            raise BadInputError(field="due_on", message=_("攻关时限早于今天，请改为今天或之后。"))
        problem.unit, problem.due_on = unit, due_on
        return f"由{unit.name}负责，{due_on.isoformat()}前解决"

    return _change(actor, problem_id, "own", key, change)


def check_measure(*, actor: Actor, problem_id: UUID, measures: str, key: str | None = None) -> ProblemAnswer:
    """制定措施, by the owning unit; may be said anew until it is solved. Raises also BadInputError (measures)."""
    measures = words(actor, measures, field="measures", most=MAX_TEXT)

    def change(problem: HardProblem, _now: datetime) -> str:
        problem.measures = measures
        return f"措施：{measures}"

    return _change(actor, problem_id, "measure", key, change)


def check_solve(*, actor: Actor, problem_id: UUID, result: str, key: str | None = None) -> ProblemAnswer:
    """报解决 with what came of it. Raises also BadInputError (result)."""
    result = words(actor, result, field="result", most=MAX_TEXT)

    def change(problem: HardProblem, _now: datetime) -> str:
        problem.result, problem.solved_by_id = result, actor.staff_id or None
        return f"报解决：{result}"

    return _change(actor, problem_id, "solve", key, change)


def check_reject(*, actor: Actor, problem_id: UUID, reason: str, key: str | None = None) -> ProblemAnswer:
    reason = words(actor, reason, field="reason", most=MAX_REASON)

    def change(problem: HardProblem, _now: datetime) -> str:
        problem.solved_by = None
        return f"退回：{reason}"

    return _change(actor, problem_id, "reject", key, change)


def check_verify(*, actor: Actor, problem_id: UUID, text: str = "", key: str | None = None) -> ProblemAnswer:
    """核验, by somebody else than who solved it, of another unit's post or not. Raises also ForbiddenError."""
    text = words(actor, text, field="text", most=MAX_REASON, needed=False)

    def change(problem: HardProblem, _now: datetime) -> str:
        if problem.solved_by_id is not None and problem.solved_by_id == actor.staff_id:
            raise ForbiddenError(
                message=_("解决人不能核验自己报解决的难题，请由专班办公室其他人员或牵头人核验。"),
                verb="problem.verify",
                reason="solver",
            )
        problem.verified_by_id = actor.staff_id or None
        return f"核验通过{'：' if text else ''}{text}"

    return _change(actor, problem_id, "verify", key, change)


def check_strike_off(*, actor: Actor, problem_id: UUID, key: str | None = None) -> ProblemAnswer:
    def change(problem: HardProblem, now: datetime) -> str:
        problem.struck_off_at = now
        return "销号"

    return _change(actor, problem_id, "strike_off", key, change)


def check_accept(*, actor: Actor, problem_id: UUID, key: str | None = None) -> ProblemAnswer:
    """接收移交: the unit says that it has what the dissolved force's lead signed over."""

    def change(problem: HardProblem, now: datetime) -> str:
        if problem.signed_over_at is None or problem.accepted_at is not None:
            raise BadInputError(field="problem_id", message=_("该难题没有待接收的移交，请刷新页面。"))
        problem.accepted_at = now
        return "接收移交"

    return _change(actor, problem_id, "accept", key, change)


def sign_over(actor: Actor, problems: Sequence[HardProblem], unit: Unit, now: datetime) -> None:
    """At the dissolution: each open problem (locked) goes to the unit, which owns it from now on."""
    for problem in problems:
        was = problem.state
        problem.state = moved(PROBLEMS, was, "sign_over")
        problem.unit, problem.signed_over_at, problem.accepted_at = unit, now, None
        problem.solved_by = problem.verified_by = None
        problem.save()
        _record(actor, problem, "sign_over", was, f"专班撤销，移交{unit.name}", now)


Change = Callable[[HardProblem, datetime], str]


def _change(actor: Actor, problem_id: UUID, act: str, key: str | None, change: Change) -> ProblemAnswer:
    access_problem(actor, problem_id)

    def deed() -> ProblemAnswer:
        problem, now = store.lock(problem_id), clock.now()
        require(actor, VERB_OF[act], problem_scope(problem))
        was = problem.state
        if act != "accept":
            problem.state = moved(PROBLEMS, was, act)
        before = problem.unit_id
        message = change(problem, now)
        problem.save()
        return _answer(actor, problem, act, was, message, now, before)

    return once(
        actor=actor,
        key=key,
        verb=f"problem.{act}",
        subject_id=problem_id,
        answer=ProblemAnswer,
        deed=deed,
    )


def _answer(
    actor: Actor,
    problem: HardProblem,
    act: str,
    was: str,
    text: str,
    now: datetime,
    before: UUID | None = None,
) -> ProblemAnswer:
    _record(actor, problem, act, was, text, now)
    knock(problem.taskforce, problem.unit_id, before)
    said = _("难题{number}：{text}。").format(number=problem.number, text=text)
    fresh = store.find(problem.pk)
    assert fresh is not None  # noqa: S101 - locked by this transaction
    return ProblemAnswer(message=said, problem=problem_out(actor, fresh))


def _record(actor: Actor, problem: HardProblem, act: str, was: str, text: str, now: datetime) -> None:
    ProblemStep.objects.create(
        problem=problem, act=act, from_state=was, to_state=problem.state, text=text, **stamp(actor, now)
    )
    new: dict[str, Any] = {"state": problem.state, "number": problem.number, "text": text[:200]}
    audit.record(
        actor=actor,
        verb=f"problem.{act}",
        subject="problem",
        subject_id=problem.pk,
        old={"state": was} if was else None,
        new=new,
    )


def problem_out(actor: Actor, problem: HardProblem) -> HardProblemOut:
    """From a row that the store has read with `shown()`."""
    scope = problem_scope(problem)
    waits = problem.signed_over_at is not None and problem.accepted_at is None
    abilities = {
        act: may(actor, VERB_OF[act], scope) for act in PROBLEMS.allowed(problem.state) if act in VERB_OF
    }
    abilities["accept"] = waits and may(actor, VERB_OF["accept"], scope)
    if problem.solved_by_id is not None and problem.solved_by_id == actor.staff_id:
        abilities["verify"] = False
    plain = ("id", "taskforce_id", "number", "title", "detail", "item_id", "due_on", "measures", "result")
    return HardProblemOut(
        **{name: getattr(problem, name) for name in (*plain, "state", "found_at", "struck_off_at")},
        item_number=problem.item.number if problem.item else None,
        item_title=problem.item.title if problem.item else "",
        unit=unit_out(problem.unit) if problem.unit else None,
        overdue=problem.due_on is not None
        and problem.state != "struck_off"
        and problem.due_on < clock.today(),
        state_words=PROBLEMS.states[problem.state],
        found_by=person_out(problem.found_by) if problem.found_by else None,
        solved_by=person_out(problem.solved_by) if problem.solved_by else None,
        verified_by=person_out(problem.verified_by) if problem.verified_by else None,
        handover_waits=waits,
        abilities=abilities,
    )
