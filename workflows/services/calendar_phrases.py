"""What the forms ask: what a phrase means as a due moment, and when a limit ends. Nothing is stored."""

from datetime import datetime

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from directory.store.models import Region, Unit
from workflows.rules.clocks import ClockError, Limit, LimitUnit, due_of
from workflows.rules.due_phrases import understand
from workflows.rules.recurrence import RecurrenceError, next_due
from workflows.rules.recurring_phrases import HINT, understand_recurrence
from workflows.rules.working_days import Due, WorkCalendar
from workflows.services.calendar import work_calendar

MOST_PHRASE = 200


class DueOut(BaseModel):
    """`due` None: nothing was understood, `hint` says how to write it. `sure` False: `hint` tells the other reading.

    `due_on` is the day in Shanghai, as date fields want it; `recurrence` the rule when the phrase names a period,
    and `due` then its first moment.
    """

    due: datetime | None = None
    due_on: str = ""
    heard: str = ""
    because: str = ""
    provisional: bool = False
    sure: bool = True
    hint: str = ""
    recurrence: dict[str, str | int] | None = None


def understand_phrase(actor: Actor, phrase: str, region: str = "") -> DueOut:
    """The hours are those of the region, by default of the actor's unit.

    Raises: BadInputError for an unknown region or a text that is no phrase by its length.
    """
    if len(phrase) > MOST_PHRASE:
        raise BadInputError(field="phrase", message=_("时限的写法过长，请只写时限，例如：本周五下班前。"))
    calendar = _calendar(actor, region)
    if phrase.strip().startswith("每"):
        return _recurring(phrase, calendar)
    found = understand(phrase, clock.now(), calendar)
    if found.due is None:
        return DueOut(hint=found.hint)
    out = _out(found.due)
    return out.model_copy(update={"heard": found.heard, "sure": found.sure, "hint": found.hint})


def _recurring(phrase: str, calendar: WorkCalendar) -> DueOut:
    today = clock.local(clock.now()).date()
    try:
        rule = understand_recurrence(phrase, today)
        if rule is None:
            return DueOut(hint=HINT)
        due = next_due(rule, today, calendar)
    except RecurrenceError as refusal:
        return DueOut(hint=refusal.sentence)
    return _out(due).model_copy(update={"heard": rule.words(), "recurrence": rule.as_json()})


def explain(
    actor: Actor, *, amount: int, unit: str, received_at: datetime | None = None, region: str = ""
) -> DueOut:
    """When a limit ends that begins at `received_at`, by default now.

    Raises: BadInputError: an amount or unit that cannot be, a moment without a zone, an unknown region.
    """
    if received_at is not None and received_at.tzinfo is None:
        raise BadInputError(field="received_at", message=_("时间须带时区，请写作2026-07-01T10:00:00+08:00。"))
    if unit not in set(LimitUnit):
        raise BadInputError(
            field="unit", message=_("单位须为{units}之一，请改选。").format(units="、".join(LimitUnit))
        )
    try:
        limit = Limit(amount, LimitUnit(unit))
        return _out(due_of(limit, received_at or clock.now(), _calendar(actor, region)))
    except ClockError as refusal:
        raise BadInputError(field="amount", message=str(refusal)) from refusal
    except (OverflowError, ValueError):
        raise BadInputError(field="amount", message=_("时限超出日历范围，请改短。")) from None


def _calendar(actor: Actor, region: str) -> WorkCalendar:
    if region and not Region.objects.filter(code=region).exists():
        raise BadInputError(field="region", message=_("没有这个行政区划代码，请从通讯录中核对，例如421200。"))
    if not region and actor.unit_id:
        region = Unit.objects.filter(pk=actor.unit_id).values_list("region_id", flat=True).first() or ""
    return work_calendar(region)


def _out(due: Due) -> DueOut:
    return DueOut(due=due.at, due_on=due.day.isoformat(), because=due.because, provisional=due.provisional)
