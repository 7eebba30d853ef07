"""One card per person and slot: gathered, sealed, spread over some minutes, handed to the bot in batches.

Each step commits by itself and finds what the one before it left, so a crash between any two loses nothing; keys
(kind, person, slot) and (slip, source) make repeating harmless.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import clock, timers
from common.events import publish
from workflows.events import ReminderDue, SlipsHanded
from workflows.rules.reminders import spread_seconds
from workflows.rules.working_days import SHANGHAI
from workflows.store import slips as store
from workflows.store.models import Slip, SlipLine

BATCH = 500
HANDING = 100  # people in one job of the bots
# Often and little, so that what is spread comes as a trickle and not in waves. What a stop has held up comes at twice
# the rate of 55,000 in ten minutes: those who talk meanwhile do not notice that either.
BEAT = timedelta(seconds=2)
MOST_A_BEAT = 400
TASK = "workflows.hand_slips"


@dataclass(frozen=True)
class Say:
    """One line for one person."""

    staff_id: int
    slot_at: datetime
    item_id: UUID | None
    code: str
    source: UUID
    words: str = ""
    for_name: str = ""
    part_id: UUID | None = None
    consent_id: UUID | None = None


def gather(kind: str, said: Iterable[Say], *, spread_s: int = 0, sound: bool = True) -> None:
    """Put these lines on their people's slips, in the caller's transaction."""
    lines: dict[tuple[int, datetime], list[SlipLine]] = defaultdict(list)
    for one in said:
        lines[one.staff_id, one.slot_at].append(
            SlipLine(
                item_id=one.item_id,
                part_id=one.part_id,
                consent_id=one.consent_id,
                code=one.code,
                source=one.source,
                words=one.words,
                for_name=one.for_name,
            )
        )
    store.add(
        (
            Slip(
                kind=kind,
                staff_id=staff_id,
                slot_at=slot_at,
                send_at=slot_at + timedelta(seconds=spread_seconds(staff_id, slot_at, spread_s)),
                sound=sound,
            ),
            own,
        )
        for (staff_id, slot_at), own in lines.items()
    )


def seal(kind: str, *, complete: Callable[[], bool] = lambda: True) -> int:
    """Close the open slips whose slot has come, and set the timer that hands them on; returns how many.

    Args:
        complete: asked in each batch's transaction; False while another job still looks for lines of these slots.
    """
    sealed = 0
    while True:
        with transaction.atomic():
            if not complete():
                return sealed
            slips = store.take_open(kind, clock.now(), BATCH)
            store.set_state(slips, "sealed")
            if kind == "reminder":
                _tell(slips)
            if slips:
                timers.set_timer("slips", clock.now(), TASK)
        sealed += len(slips)
        if len(slips) < BATCH:
            return sealed


def _tell(slips: list[Slip]) -> None:
    """One event per person and slot: what they are reminded of."""
    lines: dict[UUID, list[SlipLine]] = defaultdict(list)
    for line in store.lines_of(slips):
        lines[line.slip_id].append(line)
    for slip in slips:
        publish(
            ReminderDue(
                staff_id=slip.staff_id,
                slot_at=slip.slot_at,
                key=f"reminder:{slip.staff_id}:{slip.slot_at.astimezone(SHANGHAI):%Y%m%dT%H%M}",
                lines=tuple((line.item_id, line.code) for line in lines[slip.pk] if line.item_id),
                consents=tuple(line.consent_id for line in lines[slip.pk] if line.consent_id),
            )
        )


def hand() -> int:
    """Give what is due to the bot, one job per hundred people and so many a beat, and come again while more is left."""
    handed = 0
    while True:
        with transaction.atomic():
            now = clock.now()
            batch, size = store.hand_due(now, HANDING)
            if size:
                publish(SlipsHanded(batch, size))
            handed += size
            if size < HANDING or handed >= MOST_A_BEAT:
                if following := store.next_send():
                    timers.set_timer("slips", max(following, now + BEAT), TASK)
                return handed
