"""晾晒: editions from collecting to released. What is not released only its makers see."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from common import audit, clock
from common.errors import BadInputError, NotFoundError
from common.events import publish
from directory.actors import Actor
from directory.services.rights import may, require
from workflows.errors import NotAllowedNowError
from workflows.events import RankingReleased
from workflows.rules import ranking as rules
from workflows.rules.editions_of_ranking import EDITIONS
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.store.models import RankingEdition, TaskForce
from workflows.taskforces.common import force_to_manage, lock_running, moved, page_of, words
from workflows.taskforces.ranking_facts import collect_facts
from workflows.taskforces.ranking_switch import (
    FormulaOut,
    find_switch,
    formula_of,
    formula_out,
    last_released_on,
)

MAX_REASON = 500
IN_WORK = ("collecting", "frozen", "draft")


class RankLineOut(BaseModel):
    """`change`: places won since the edition before, None where there is nothing to compare."""

    unit_id: UUID
    name: str
    group: str
    group_words: str
    score: float | None
    rank: int | None
    change: int | None
    because: str


class EditionOut(BaseModel):
    """`superseded_by`: the number of the edition that corrects this one."""

    id: UUID
    taskforce_id: UUID
    number: int
    period_from: date
    period_to: date
    state: str
    state_words: str
    basis: str
    corrects: int | None
    superseded_by: int | None
    reason: str
    frozen_at: datetime | None
    released_at: datetime | None
    released_by_name: str
    released_by_post: str
    formula: FormulaOut
    lines: list[RankLineOut]
    reproduced: bool = Field(description="computing again from the frozen facts gives these lines")
    abilities: dict[str, bool]


class EditionAnswer(BaseModel):
    message: str
    edition: EditionOut


def list_editions(
    actor: Actor, taskforce_id: UUID, cursor: str | None = None
) -> tuple[list[EditionOut], str | None]:
    """Newest first; who does not prepare them sees the released ones only. Raises NotFoundError."""
    force = access_taskforce(actor, taskforce_id)
    found = (
        RankingEdition.objects.filter(taskforce=force)
        .select_related("corrects")
        .prefetch_related("corrections")
    )
    if not may(actor, "taskforce.manage", force_scope(force)):
        found = found.filter(state="released")
    rows, following = page_of(found.order_by("-number"), cursor)
    earlier = _released(force.pk)
    return [edition_out(actor, force, one, earlier) for one in rows], following


def latest_released(actor: Actor, taskforce_id: UUID) -> EditionOut | None:
    """What the wall shows: the newest released edition, while 晾晒 is on."""
    force = access_taskforce(actor, taskforce_id)
    switch = find_switch(taskforce_id)
    if switch is None or not switch.is_on:
        return None
    released = _released(taskforce_id)
    return edition_out(actor, force, released[0], released) if released else None


def _released(taskforce_id: UUID) -> list[RankingEdition]:
    found = RankingEdition.objects.filter(taskforce_id=taskforce_id, state="released")
    return list(found.select_related("corrects").prefetch_related("corrections").order_by("-number"))


def describe_edition(actor: Actor, edition_id: UUID) -> EditionOut:
    edition = _access(actor, edition_id)
    force = access_taskforce(actor, edition.taskforce_id)
    return edition_out(actor, force, edition, _released(force.pk))


def _access(actor: Actor, edition_id: UUID) -> RankingEdition:
    found = RankingEdition.objects.select_related("corrects").prefetch_related("corrections")
    edition = found.filter(pk=edition_id).first()
    if edition is None:
        raise NotFoundError
    force = access_taskforce(actor, edition.taskforce_id)
    if edition.state != "released" and not may(actor, "taskforce.manage", force_scope(force)):
        raise NotFoundError
    return edition


def check_open(
    *,
    actor: Actor,
    taskforce_id: UUID,
    period_from: date,
    period_to: date,
    corrects: UUID | None = None,
    reason: str = "",
    key: str | None = None,
) -> EditionAnswer:
    """Begin an edition. `corrects`: the released edition that this one puts right, with the reason.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError (off, another in work), BadInputError.
    """
    force_to_manage(actor, taskforce_id)
    reason = words(actor, reason, field="reason", most=MAX_REASON, needed=corrects is not None)
    if period_to < period_from:
        raise BadInputError(field="period_to", message=_("统计期的结束日期早于开始日期，请改正。"))
    if period_to > clock.today():
        raise BadInputError(field="period_to", message=_("统计期尚未结束，请选择今天或之前的结束日期。"))

    def deed() -> EditionAnswer:
        force = lock_running(taskforce_id)
        switch = find_switch(taskforce_id)
        if switch is None or not switch.is_on:
            raise NotAllowedNowError(message=_("本专班未开启晾晒。请由牵头人填写依据文件并开启后再编制。"))
        working = RankingEdition.objects.filter(taskforce=force, state__in=IN_WORK).first()
        if working is not None:
            raise NotAllowedNowError(
                message=_("第{number}期正在编制，请先发布或作废后再新建。").format(number=working.number)
            )
        of = None
        if corrects is not None:
            of = RankingEdition.objects.filter(pk=corrects, taskforce=force, state="released").first()
            if of is None:
                raise BadInputError(field="corrects", message=_("只能更正本专班已发布的期，请重新选择。"))
        top = RankingEdition.objects.filter(taskforce=force).aggregate(top=Max("number"))["top"] or 0
        edition = RankingEdition.objects.create(
            taskforce=force,
            number=top + 1,
            period_from=period_from,
            period_to=period_to,
            basis=switch.basis,
            formula=switch.formula,
            corrects=of,
            reason=reason,
            created_at=clock.now(),
        )
        return _answer(actor, edition, "open", "", _("已新建第{number}期。").format(number=edition.number))

    return once(
        actor=actor, key=key, verb="edition.open", subject_id=taskforce_id, answer=EditionAnswer, deed=deed
    )


def check_freeze(*, actor: Actor, edition_id: UUID, key: str | None = None) -> EditionAnswer:
    """Store the facts as they are now; from here on nothing but them counts."""

    def change(edition: RankingEdition, now: datetime) -> str:
        edition.facts = rules.facts_json(
            collect_facts(edition.taskforce, edition.period_from, edition.period_to)
        )
        edition.frozen_at = now
        return _("第{number}期数据已冻结。").format(number=edition.number)

    return _change(actor, edition_id, "freeze", "taskforce.manage", key, change)


def check_compute(*, actor: Actor, edition_id: UUID, key: str | None = None) -> EditionAnswer:
    """The draft from the frozen facts by the stored formula."""

    def change(edition: RankingEdition, _now: datetime) -> str:
        edition.lines = computed(edition)
        return _("第{number}期已按规则计算，请核对后由牵头人发布。").format(number=edition.number)

    return _change(actor, edition_id, "compute", "taskforce.manage", key, change)


def check_release(*, actor: Actor, edition_id: UUID, key: str | None = None) -> EditionAnswer:
    """发布, by the lead alone, at most as often as the basis allows. Raises also NotAllowedNowError."""

    def change(edition: RankingEdition, now: datetime) -> str:
        switch = find_switch(edition.taskforce_id)
        if switch is None or not switch.is_on:
            raise NotAllowedNowError(message=_("本专班未开启晾晒。请由牵头人填写依据文件并开启后再编制。"))
        first = rules.next_allowed(last_released_on(edition.taskforce_id), switch.every_days)
        if edition.corrects_id is None and first is not None and clock.today() < first:
            raise NotAllowedNowError(
                message=_(
                    "晾晒间隔未到，最早可于{day}发布；依据文件另有规定的，请牵头人修改晾晒设置。"
                ).format(day=first.isoformat())
            )
        if computed(edition) != edition.lines:
            raise NotAllowedNowError(
                message=_("本期结果与冻结数据重新计算的不一致，不能发布。请作废后重新编制。")
            )
        edition.released_at = now
        edition.released_by_name, edition.released_by_post = actor.name, actor.post_title
        publish(RankingReleased(edition.taskforce_id, edition.taskforce.room_id, edition.pk))
        return _("第{number}期已发布。").format(number=edition.number)

    return _change(actor, edition_id, "release", "ranking.release", key, change)


def check_drop(*, actor: Actor, edition_id: UUID, reason: str, key: str | None = None) -> EditionAnswer:
    reason = words(actor, reason, field="reason", most=MAX_REASON)

    def change(edition: RankingEdition, _now: datetime) -> str:
        edition.reason = reason
        return _("第{number}期已作废，期号保留。").format(number=edition.number)

    return _change(actor, edition_id, "drop", "taskforce.manage", key, change)


def computed(edition: RankingEdition) -> list[dict[str, Any]]:
    """The lines that follow from what is stored: equal to `lines` whenever it is asked."""
    lines = rules.rank(rules.facts_from(edition.facts), formula_of(edition.formula))
    return [{**vars(line), "shares": list(line.shares) if line.shares else None} for line in lines]


def _change(
    actor: Actor, edition_id: UUID, act: str, verb: str, key: str | None, change: Any
) -> EditionAnswer:
    seen = _access(actor, edition_id)

    def deed() -> EditionAnswer:
        force = lock_running(seen.taskforce_id)
        require(actor, verb, force_scope(force))
        edition = RankingEdition.objects.select_for_update(no_key=True).get(pk=edition_id)
        was = edition.state
        edition.state = moved(EDITIONS, was, act)
        message = change(edition, clock.now())
        edition.save()
        return _answer(actor, edition, act, was, message)

    return once(
        actor=actor, key=key, verb=f"edition.{act}", subject_id=edition_id, answer=EditionAnswer, deed=deed
    )


def _answer(actor: Actor, edition: RankingEdition, act: str, was: str, message: str) -> EditionAnswer:
    audit.record(
        actor=actor,
        verb=f"ranking.{act}",
        subject="ranking",
        subject_id=edition.pk,
        old={"state": was} if was else None,
        new={"state": edition.state, "number": edition.number, "reason": edition.reason},
    )
    return EditionAnswer(message=message, edition=describe_edition(actor, edition.pk))


def edition_out(
    actor: Actor, force: TaskForce, edition: RankingEdition, released: list[RankingEdition]
) -> EditionOut:
    """`released`: the force's released editions, newest first, to compare with."""
    before = next(
        (one for one in released if one.number < edition.number and one.pk != edition.corrects_id), None
    )
    earlier = {line["unit"]: line["rank"] for line in before.lines} if before else {}
    scope, possible = force_scope(force), EDITIONS.allowed(edition.state)
    verb = {"release": "ranking.release"}
    plain = ("id", "taskforce_id", "number", "period_from", "period_to", "state", "basis", "reason")
    more = ("frozen_at", "released_at", "released_by_name", "released_by_post")
    fixed = next((one.number for one in edition.corrections.all() if one.state == "released"), None)
    return EditionOut(
        **{name: getattr(edition, name) for name in (*plain, *more)},
        state_words=EDITIONS.states[edition.state],
        corrects=edition.corrects.number if edition.corrects else None,
        superseded_by=fixed,
        formula=formula_out(formula_of(edition.formula)),
        lines=[_line_out(line, earlier.get(line["unit"])) for line in edition.lines],
        reproduced=not edition.lines or computed(edition) == edition.lines,
        abilities={act: may(actor, verb.get(act, "taskforce.manage"), scope) for act in possible},
    )


def _line_out(line: dict[str, Any], before: int | None) -> RankLineOut:
    place = line["rank"]
    return RankLineOut(
        unit_id=UUID(line["unit"]),
        name=line["name"],
        group=line["group"],
        group_words=rules.GROUP_WORDS[line["group"]],
        score=None if line["score"] is None else float(line["score"]),
        rank=place,
        change=None if place is None or before is None else before - place,
        because=line["because"],
    )
