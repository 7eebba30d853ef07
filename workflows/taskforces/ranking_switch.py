"""晾晒 of a task force: off, or on with its basis document, its interval and its formula."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import may
from workflows.rules import ranking as rules
from workflows.rules.ranking import Formula
from workflows.services.changes import stamp
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.store.models import RankingEdition, RankingSwitch, TaskForce
from workflows.taskforces.common import force_to_manage, lock_running, words

MAX_BASIS, MOST_DAYS = 200, 366
DEFAULT_POINTS = {"on_time": 50, "done": 20, "progress": 30}


class FormulaOut(BaseModel):
    version: int
    on_time: int
    done: int
    progress: int
    sentence: str


class SwitchOut(BaseModel):
    """`next_on`: the first day on which an edition may be released; None: any day."""

    is_on: bool
    basis: str
    every_days: int | None
    formula: FormulaOut
    next_on: date | None
    may_release: bool
    may_prepare: bool


def describe_switch(actor: Actor, taskforce_id: UUID) -> SwitchOut:
    """Off unless switched on with a basis document. Raises NotFoundError."""
    return _switch_out(actor, access_taskforce(actor, taskforce_id))


def find_switch(taskforce_id: UUID) -> RankingSwitch | None:
    return RankingSwitch.objects.filter(taskforce_id=taskforce_id).order_by("-at", "-id").first()


def _switch_out(actor: Actor, force: TaskForce) -> SwitchOut:
    switch = find_switch(force.pk)
    every = switch.every_days if switch else None
    scope = force_scope(force)
    return SwitchOut(
        is_on=switch.is_on if switch else False,
        basis=switch.basis if switch else "",
        every_days=every,
        formula=formula_out(formula_of(switch.formula if switch else {"version": 1, **DEFAULT_POINTS})),
        next_on=rules.next_allowed(last_released_on(force.pk), every),
        may_release=may(actor, "ranking.release", scope),
        may_prepare=may(actor, "taskforce.manage", scope),
    )


def formula_of(stored: dict[str, int]) -> Formula:
    return Formula(stored["version"], stored["on_time"], stored["done"], stored["progress"])


def formula_out(formula: Formula) -> FormulaOut:
    return FormulaOut(**vars(formula), sentence=formula.sentence())


def last_released_on(taskforce_id: UUID) -> date | None:
    """Corrections do not count: they take the place of an edition, they are not another one."""
    last = (
        RankingEdition.objects.filter(taskforce_id=taskforce_id, state="released", corrects=None)
        .order_by("-released_at")
        .first()
    )
    return clock.local(last.released_at).date() if last and last.released_at else None


def check_switch(
    *,
    actor: Actor,
    taskforce_id: UUID,
    is_on: bool,
    basis: str = "",
    every_days: int | None = None,
    points: dict[str, int] | None = None,
    key: str | None = None,
) -> SwitchOut:
    """Switch 晾晒 on with its basis document, or off, by the lead.

    Args:
        every_days: only when the basis document names an interval; otherwise at most monthly.
        points: on_time, done, progress, together 100; the city's default when left out.
    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError, BadInputError (basis, every_days, points).
    """
    force_to_manage(actor, taskforce_id, "ranking.release")
    basis = words(actor, basis, field="basis", most=MAX_BASIS, needed=False)
    if is_on and not basis:
        raise BadInputError(
            field="basis",
            message=_("开启晾晒须有依据文件，请填写文件标题和文号，例如：咸政办发〔2026〕9号。"),
        )
    if every_days is not None and not 1 <= every_days <= MOST_DAYS:
        raise BadInputError(
            field="every_days", message=_("间隔须为1至366天，依据文件未写明的请留空（每月至多一期）。")
        )
    wanted = {**DEFAULT_POINTS, **(points or {})}
    if set(wanted) != set(DEFAULT_POINTS) or min(wanted.values()) < 0 or sum(wanted.values()) != rules.WHOLE:
        raise BadInputError(field="points", message=_("三项分值须为非负整数且合计100分，请调整。"))

    def deed() -> SwitchOut:
        force = lock_running(taskforce_id)
        before = find_switch(taskforce_id)
        old = before.formula if before else None
        same = old is not None and {name: old[name] for name in DEFAULT_POINTS} == wanted
        version = old["version"] if old and same else (old["version"] + 1 if old else 1)
        now = clock.now()
        RankingSwitch.objects.create(
            taskforce=force,
            is_on=is_on,
            basis=basis,
            every_days=every_days,
            formula={"version": version, **wanted},
            **stamp(actor, now),
        )
        audit.record(
            actor=actor,
            verb="ranking.switch",
            subject="taskforce",
            subject_id=force.pk,
            old={"is_on": before.is_on if before else False},
            new={"is_on": is_on, "basis": basis, "every_days": every_days, "formula": wanted},
        )
        return _switch_out(actor, access_taskforce(actor, taskforce_id))

    return once(
        actor=actor, key=key, verb="ranking.switch", subject_id=taskforce_id, answer=SwitchOut, deed=deed
    )
