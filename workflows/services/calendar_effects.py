"""What a change of the calendar does to what is open, and the recompute that carries it out.

Dates that the system worked out from a limit follow the calendar. Dates that a person set are never moved: the report
names those that fall on a day off now, so that the person can. Reminders and colours follow by themselves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from directory.actors import Actor
from directory.services.rights import require
from workflows.rules.reminders import slots
from workflows.rules.working_days import SHANGHAI, WorkCalendar, chinese_day
from workflows.services import calendar, nightly, reminders
from workflows.store import calendar_effects as store
from workflows.store import items as item_store

MOST_SHOWN = 100
BATCH = 200
VERB = "calendar.manage"


class CalendarEffectOut(BaseModel):
    """`moves`: the recompute sets the new date itself; otherwise a person decides."""

    kind: str
    subject: UUID
    title: str
    link: str
    old_due_on: date
    new_due_on: date
    moves: bool
    because: str


class CalendarEffectsOut(BaseModel):
    """Counts over everything open; `items` are the first hundred."""

    computed: int
    set_by_hand: int
    reminders: int
    items: list[CalendarEffectOut]


@dataclass(frozen=True)
class Computed:
    """A due moment that the system worked out: `days` working days after `received_at`."""

    subject: UUID
    title: str
    link: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class DueSource:
    """Where such moments are stored. `save(subject, due)` writes the new one under the row's lock."""

    kind: str
    look: Callable[[], Iterable[Computed]]
    save: Callable[[UUID, datetime], None]


_sources: dict[str, DueSource] = {}


def register(source: DueSource) -> None:
    """Called at start, by whoever stores due moments that follow from a limit in working days."""
    _sources[source.kind] = source


def effects(old: WorkCalendar, new: WorkCalendar) -> CalendarEffectsOut:
    """What would change for everything that is open, if `new` took the place of `old`."""
    now = clock.now()
    computed = [effect for source in _sources.values() for effect in _computed(source, old, new)]
    by_hand, moved = [], 0
    for item in store.open_items():
        moved += slots(item.due_on, now, old) != slots(item.due_on, now, new)
        if old.is_working_day(item.due_on) and not new.is_working_day(item.due_on):
            by_hand.append(_by_hand(item.pk, item.title, item.due_on, new))
    shown = [*computed, *by_hand][:MOST_SHOWN]
    return CalendarEffectsOut(computed=len(computed), set_by_hand=len(by_hand), reminders=moved, items=shown)


def _by_hand(key: UUID, title: str, due_on: date, new: WorkCalendar) -> CalendarEffectOut:
    nearest = new.previous_working_day(due_on)
    because = _("时限{day}改为{kind}；日期由交办方确定，系统不自动改动，最近的前一工作日为{nearest}").format(
        day=chinese_day(due_on), kind=new.day_words(due_on), nearest=chinese_day(nearest)
    )
    link = f"/supervision/{key}"
    return CalendarEffectOut(
        kind="item", subject=key, title=title, link=link, old_due_on=due_on, new_due_on=due_on, moves=False,
        because=because,
    )  # fmt: skip


def _computed(source: DueSource, old: WorkCalendar, new: WorkCalendar) -> Iterable[CalendarEffectOut]:
    for one in source.look():
        days = old.working_days_between(old.day_of_receipt(one.received_at), _day(one.due_at))
        due = new.add_working_days(one.received_at, max(days, 0))
        if due.day != _day(one.due_at):
            yield CalendarEffectOut(
                kind=source.kind, subject=one.subject, title=one.title, link=one.link,
                old_due_on=_day(one.due_at), new_due_on=due.day, moves=True, because=due.because,
            )  # fmt: skip


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def follow(*, actor: Actor, old: WorkCalendar, new: WorkCalendar) -> int:
    """Write the computed dates anew, in the transaction of the edit; returns how many moved."""
    moved = 0
    for source in _sources.values():
        for effect in list(_computed(source, old, new)):
            source.save(effect.subject, new.closing(effect.new_due_on))
            audit.record(
                actor=actor,
                verb="calendar.follow",
                subject=effect.kind,
                subject_id=effect.subject,
                old={"due_on": effect.old_due_on.isoformat()},
                new={"due_on": effect.new_due_on.isoformat(), "because": effect.because},
            )
            moved += 1
    return moved


def check_recompute(*, actor: Actor) -> dict[str, int]:
    """By hand, at once. Raises ForbiddenError."""
    require(actor, VERB)
    done = recompute()
    audit.record(actor=actor, verb="calendar.recompute", subject="calendar", subject_id="all", new=done)
    return done


def recompute() -> dict[str, int]:
    """Reminders and colours of everything open, by the calendar as it is now. Safe to repeat."""
    calendar.drop()
    changed = nightly.recolour_all()
    keys: Sequence[UUID] = store.open_item_ids()
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            for item in item_store.lock_many(keys[start : start + BATCH]):
                reminders.replan(item, clock.now())
    return {"items": len(keys), "colours": changed}


def counted(found: CalendarEffectsOut) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude={"items"})
