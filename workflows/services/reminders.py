"""Reminders: planned with every change, sent by one job per slot, merged per person, stopped at once when
done.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, clock, timers
from common.events import publish
from directory.actors import Actor
from directory.services.rights import require
from directory.store.models import Unit
from workflows.errors import NotAllowedNowError, RemindedLatelyError
from workflows.events import ManualReminder, ReminderDue
from workflows.rules.moves import STATE_WORDS, ItemState
from workflows.rules.reminders import (
    BEFORE_DUE,
    MANUAL,
    MANUAL_PAUSE,
    MISSED_AFTER,
    MORNING,
    OVERDUE,
    next_overdue,
    slots,
)
from workflows.rules.working_days import SHANGHAI
from workflows.services import people
from workflows.services.calendar import next_office_moment, work_calendar
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.views import ItemAnswer, item_out
from workflows.store import items
from workflows.store import reminders as store
from workflows.store.models import Item, ItemHistory, Reminder

CHASED = frozenset({ItemState.DISPATCHED, ItemState.SIGNED_FOR, ItemState.IN_PROGRESS})
BATCH = 500


def replan(item: Item, now: datetime) -> None:
    """Make the planned reminders those of the item's present state and due date."""
    if item.state not in CHASED:
        store.stop(item)
        return
    wanted = {(slot.rule, slot.at) for slot in slots(item.due_on, now, work_calendar())}
    store.stop(item, keep=wanted)
    store.revive(item, wanted, item.due_on)
    store.add([Reminder(item=item, rule=rule, due_on=item.due_on, slot_at=at) for rule, at in wanted])


def set_timers(now: datetime) -> None:
    """One recurring timer per hour of the rules, on working days. Not one per slot: deeds that run side by side would
    wait for each other's timers.
    """
    for at in sorted({MORNING, *(rule.at for rule in BEFORE_DUE)}):
        timers.set_timer(f"reminders:{at:%H%M}", next_office_moment(at, now), "workflows.send_reminders")


def send_due() -> int:
    """Send what is due, one event per person; returns how many reminders were sent.

    A batch commits as a whole: reminders are marked sent in the transaction that defers the bots' jobs, so a
    crash sends all of them or none.
    """
    set_timers(clock.now())
    sent = 0
    while True:
        with transaction.atomic():
            rows = store.take_planned(clock.now(), BATCH)
            sent += _send(rows, clock.now())
        if len(rows) < BATCH:
            return sent


def _send(rows: list[Reminder], now: datetime) -> int:
    missed = [row for row in rows if now - row.slot_at > MISSED_AFTER]
    fresh = [row for row in rows if now - row.slot_at <= MISSED_AFTER and row.item.state in CHASED]
    over = [row for row in rows if row not in fresh and row not in missed]
    store.mark([*missed, *over], "stopped")
    store.mark(fresh, "sent", now)
    for row in rows:
        if row.rule == OVERDUE and row.item.state in CHASED:
            _plan_next(row.item, now)
    for (staff_id, slot_at), lines in _by_person(fresh).items():
        first = min(row.pk for row in lines)
        publish(
            ReminderDue(
                staff_id=staff_id,
                slot_at=slot_at,
                key=f"reminder:{staff_id}:{slot_at.astimezone(SHANGHAI):%Y%m%dT%H%M}:{first}",
                lines=tuple((row.item_id, row.rule) for row in lines),
            )
        )
    return len(fresh)


def _plan_next(item: Item, now: datetime) -> None:
    slot = next_overdue(item.due_on, now, work_calendar())
    store.add([Reminder(item=item, rule=slot.rule, due_on=item.due_on, slot_at=slot.at)])


def _by_person(rows: list[Reminder]) -> dict[tuple[int, datetime], list[Reminder]]:
    """Units and people are asked once each, whatever the number of rows."""
    find = cache(people.contacts)
    works_in = cache(people.works_in)
    found: dict[tuple[int, datetime], list[Reminder]] = defaultdict(list)
    for row in rows:
        for staff_id in _recipients(row.item, find, works_in):
            found[staff_id, row.slot_at].append(row)
    return found


def _recipients(
    item: Item, find: Callable[[Unit], list[int]], works_in: Callable[[int, UUID], bool]
) -> list[int]:
    """The handler while in a post of the lead unit, or else the unit's contacts: who has left gets nothing."""
    if item.handler_id and works_in(item.handler_id, item.lead_unit_id):
        return [item.handler_id]
    return find(item.lead_unit)


def check_remind_now(*, actor: Actor, item_id: UUID, key: str | None = None) -> ItemAnswer:
    """催办 by hand, by lead or office: at most once per item in four hours.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, RemindedLatelyError.
    """
    scope = item_scope(access_item(actor, item_id))
    require(actor, "item.dispatch", scope)

    def deed() -> ItemAnswer:
        item, now = items.lock(item_id), clock.now()
        if item.state not in CHASED:
            words = STATE_WORDS[item.state]
            raise NotAllowedNowError(
                message=_("第{number}项{words}，无需催办。").format(number=item.number, words=words)
            )
        last = store.last_manual_at(item)
        if last and now - last < MANUAL_PAUSE:
            raise RemindedLatelyError(retry_after_ms=int((last + MANUAL_PAUSE - now).total_seconds() * 1000))
        _press(actor, item, now)
        message = _("已催办第{number}项“{title}”").format(number=item.number, title=item.title)
        return ItemAnswer(message=message, item=item_out(actor, items.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb="remind", subject_id=item_id, answer=ItemAnswer, deed=deed)


def _press(actor: Actor, item: Item, now: datetime) -> None:
    reminder = Reminder(item=item, rule=MANUAL, due_on=item.due_on, slot_at=now, state="sent", sent_at=now)
    store.add([reminder])
    who = {"by_id": actor.staff_id or None, "by_name": actor.name, "by_post": actor.post_title}
    history = ItemHistory(item=item, at=now, act="remind", text="催办", by_unit=actor.unit_name, **who)
    items.add_history([history])
    audit.record(actor=actor, verb="item.remind", subject="item", subject_id=item.pk)
    publish(
        ManualReminder(
            item_id=item.pk,
            taskforce_id=item.taskforce_id,
            room_id=item.home_room_id,
            staff_ids=tuple(_recipients(item, people.contacts, people.works_in)),
            by_name=actor.name,
            key=f"remind:{reminder.pk}",
        )
    )
