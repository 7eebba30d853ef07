"""Reminders: planned with every change, gathered by one job per slot, merged per person, stopped at once when done."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, clock, timers
from common.errors import BadInputError
from common.events import publish
from directory.actors import Actor
from directory.services.rights import require
from workflows.consents import chasing
from workflows.consents.approvers import asked_to_decide
from workflows.errors import NotAllowedNowError, RemindedLatelyError
from workflows.events import ManualReminder
from workflows.rules.moves import STATE_WORDS, ItemState
from workflows.rules.part_moves import OWED
from workflows.rules.reminders import MANUAL, MISSED_AFTER, OVERDUE, audience, hours_of, next_overdue, slots
from workflows.rules.working_days import chinese_day
from workflows.services import slips
from workflows.services.addressees import Addressees
from workflows.services.calendar import next_office_moment, work_calendar
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.policy import Ladders, manual_pause, policy
from workflows.services.shapes import ItemAnswer
from workflows.services.slips import Say
from workflows.services.stamps import stamp
from workflows.services.views import item_out
from workflows.store import items, parts
from workflows.store import reminders as store
from workflows.store.models import Item, ItemHistory, Reminder, SlipLine

CHASED = frozenset({ItemState.DISPATCHED, ItemState.SIGNED_FOR, ItemState.IN_PROGRESS, ItemState.RECTIFYING})
BATCH = 500
KIND = "reminder"


def replan(item: Item, now: datetime, ladders: Ladders | None = None) -> None:
    """Make the planned reminders those of the item's present state, due date and ladder."""
    if item.state not in CHASED:
        store.stop(item)
        return
    ladder, calendar = (ladders or Ladders()).of(item.kind), work_calendar()
    owed = [(part.pk, part.due_on) for part in parts.of_item(item.pk) if part.state in OWED]
    wanted = {
        (part, slot.rule, slot.at): due_on
        for part, due_on in [(None, item.due_on), *owed]
        for slot in slots(due_on, now, calendar, ladder)
    }
    store.stop(item, keep=wanted)
    store.revive(item, wanted)
    store.add(
        Reminder(item=item, part_id=part, rule=rule, due_on=due_on, slot_at=at)
        for (part, rule, at), due_on in wanted.items()
    )


def is_owed(line: Reminder | SlipLine) -> bool:
    """Whether what the line says is still to be done: by the lead unit, by the one that owes the part, or by who must
    decide the consent.
    """
    if line.consent is not None:
        return chasing.still_waits(line.consent)
    return (
        line.item is not None and line.item.state in CHASED and (line.part is None or line.part.state in OWED)
    )


def set_timers(now: datetime) -> None:
    """One recurring timer per hour of the ladders, on working days. Not one per slot: deeds that run side by side would
    wait for each other's timers.
    """
    for at in hours_of(Ladders().all()):
        timers.set_timer(f"reminders:{at:%H%M}", next_office_moment(at, now), "workflows.send_reminders")


def send_due() -> int:
    """Gather what is due into one slip per person and slot; returns how many reminders were taken up.

    A batch commits as a whole: reminders are marked in the transaction that writes their lines. Slips are sealed when
    no reminder of their slot is planned any more, so nobody gets two cards, however often this is cut off.
    """
    set_timers(clock.now())
    store.stop_outdone(clock.now())
    taken = 0
    while True:
        with transaction.atomic():
            now = clock.now()
            rows = store.take_planned(now, BATCH)
            taken += _gather(rows, now)
        if len(rows) < BATCH:
            break
    chasing.plan_missing(clock.now())
    slips.seal(KIND, complete=lambda: not store.any_planned(clock.now()))
    return taken


def _gather(rows: list[Reminder], now: datetime) -> int:
    missed = [row for row in rows if now - row.slot_at > MISSED_AFTER]
    fresh = [row for row in rows if now - row.slot_at <= MISSED_AFTER and is_owed(row)]
    kept = {row.pk for row in fresh} | {row.pk for row in missed}
    store.mark([*missed, *(row for row in rows if row.pk not in kept)], "stopped")
    store.mark(fresh, "sent", now)
    ladders = Ladders()
    _plan_next([row for row in rows if row.rule == OVERDUE and is_owed(row)], now, ladders)
    slips.gather(KIND, _lines(fresh, ladders), spread_s=policy().spread_s)
    return len(fresh)


def _plan_next(rows: Iterable[Reminder], now: datetime, ladders: Ladders) -> None:
    calendar, ahead = work_calendar(), []
    for row in rows:
        if (item := row.item) is None:
            continue
        due_on = row.part.due_on if row.part else item.due_on
        if slot := next_overdue(due_on, now, calendar, ladders.of(item.kind)):
            following = Reminder(item=item, part=row.part, rule=slot.rule, due_on=due_on, slot_at=slot.at)
            ahead.append(following)
    store.add(ahead)


def _lines(rows: list[Reminder], ladders: Ladders) -> list[Say]:
    """In a fixed number of queries, and some for each rule by which consents are put to posts. Nobody is told of one
    twice in a slot.
    """
    calendar = work_calendar()
    items_of = [row.item for row in rows if row.item]
    who = Addressees(items_of, more_units={row.part.unit_id for row in rows if row.part})
    decide = asked_to_decide(row.consent for row in rows if row.consent)
    asked: dict[UUID, list[int]] = {}
    for row in rows:
        if row.consent is not None:
            asked[row.pk] = decide[row.consent.pk]
        elif row.item is not None:
            roles = audience(ladders.of(row.item.kind), row.rule, row.slot_at, row.due_on, calendar)
            asked[row.pk] = who.asked(row.item, roles, row.part.unit_id if row.part else None)
    who.with_acting(staff for people in asked.values() for staff in people)
    return [
        Say(
            reader.staff_id,
            row.slot_at,
            row.item_id,
            row.rule,
            row.pk,
            for_name=reader.for_name,
            part_id=row.part_id,
            consent_id=row.consent_id,
        )
        for row in rows
        for reader in who.readers(asked[row.pk])
        if row.consent is None or reader.staff_id != row.consent.by_id
    ]


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
        pause = manual_pause()
        if last and now - last < pause:
            left = int((last + pause - now).total_seconds() * 1000)
            raise RemindedLatelyError(retry_after_ms=left, hours=int(pause.total_seconds() // 3600))
        _press(actor, item, now)
        message = _("已催办第{number}项“{title}”").format(number=item.number, title=item.title)
        return ItemAnswer(message=message, item=item_out(actor, items.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb="remind", subject_id=item_id, answer=ItemAnswer, deed=deed)


def check_doing(*, actor: Actor, item_id: UUID, on: date, key: str | None = None) -> ItemAnswer:
    """正在办: the unit says by when it will be done. Nothing moves; whoever reads the item sees it.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, BadInputError (a day that has gone by).
    """
    access_item(actor, item_id)

    def deed() -> ItemAnswer:
        item, now = items.lock(item_id), clock.now()
        require(actor, "item.report", item_scope(item))
        if item.state not in CHASED:
            words = STATE_WORDS[item.state]
            raise NotAllowedNowError(
                message=_("第{number}项{words}，无需答复。").format(number=item.number, words=words)
            )
        if on < clock.local(now).date():
            raise BadInputError(field="on", message=_("预计完成日期早于今天，请改选今天或以后。"))
        text = f"正在办理，预计{chinese_day(on)}完成"
        items.add_history(
            [
                ItemHistory(
                    item=item, act="doing", text=text, facts={"on": on.isoformat()}, **stamp(actor, now)
                )
            ]
        )
        audit.record(
            actor=actor, verb="item.doing", subject="item", subject_id=item.pk, new={"on": on.isoformat()}
        )
        message = _("已记录：第{number}项预计{day}完成").format(number=item.number, day=chinese_day(on))
        return ItemAnswer(message=message, item=item_out(actor, items.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb="doing", subject_id=item_id, answer=ItemAnswer, deed=deed)


def _press(actor: Actor, item: Item, now: datetime) -> None:
    reminder = Reminder(item=item, rule=MANUAL, due_on=item.due_on, slot_at=now, state="sent", sent_at=now)
    store.add([reminder])
    who = {"by_id": actor.staff_id or None, "by_name": actor.name, "by_post": actor.post_title}
    history = ItemHistory(item=item, at=now, act="remind", text="催办", by_unit=actor.unit_name, **who)
    items.add_history([history])
    audit.record(actor=actor, verb="item.remind", subject="item", subject_id=item.pk)
    found = Addressees([item])
    asked = found.handlers(item)
    found.with_acting(asked)
    publish(
        ManualReminder(
            item_id=item.pk,
            taskforce_id=item.taskforce_id,
            room_id=item.home_room_id,
            staff_ids=tuple(reader.staff_id for reader in found.readers(asked)),
            by_name=actor.name,
            key=f"remind:{reminder.pk}",
        )
    )
