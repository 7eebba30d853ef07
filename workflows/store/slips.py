"""Queries on slips: what people are told, one card per person and slot."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from common.ids import new_uuid
from workflows.store.models import Slip, SlipLine

INSTANT = timedelta(microseconds=1)
Told = tuple[Slip, list[SlipLine]]  # the lines' slip is set here


def add(told: Iterable[Told]) -> None:
    """Open slips with lines; a line whose key is known stays as it is. A slip that is open no more gets a sister a
    moment later: nothing is put where it was read already.
    """
    waiting = list(told)
    while waiting:
        Slip.objects.bulk_create([slip for slip, _ in waiting], ignore_conflicts=True)
        known = _lock(slip for slip, _ in waiting)
        lines, late = [], []
        for slip, own in waiting:
            kept = known[slip.kind, slip.staff_id, slip.slot_at]
            if kept.state != "open":
                later = Slip(kind=slip.kind, staff_id=slip.staff_id, sound=slip.sound)
                later.slot_at, later.send_at = slip.slot_at + INSTANT, slip.send_at + INSTANT
                late.append((later, own))
                continue
            for line in own:
                line.slip = kept
                lines.append(line)
        SlipLine.objects.bulk_create(lines, ignore_conflicts=True)
        waiting = late


def _lock(slips: Iterable[Slip]) -> dict[tuple[str, int, datetime], Slip]:
    """So that nobody seals them before our lines are there."""
    keys = [(slip.kind, slip.staff_id, slip.slot_at) for slip in slips]
    found = Slip.objects.select_for_update(no_key=True).filter(
        kind__in={key[0] for key in keys},
        staff_id__in={key[1] for key in keys},
        slot_at__in={key[2] for key in keys},
    )
    return {(slip.kind, slip.staff_id, slip.slot_at): slip for slip in found.order_by("staff_id", "slot_at")}


def take_open(kind: str, until: datetime, limit: int) -> list[Slip]:
    found = Slip.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        kind=kind, state="open", slot_at__lte=until
    )
    return list(found.order_by("slot_at", "staff_id")[:limit])


def set_state(slips: Iterable[Slip], state: str) -> None:
    Slip.objects.filter(pk__in=[slip.pk for slip in slips]).update(state=state)


def lines_of(slips: Iterable[Slip]) -> list[SlipLine]:
    """Soonest due first."""
    rows = SlipLine.objects.filter(slip__in=[slip.pk for slip in slips])
    return list(rows.order_by("slip_id", "item__due_on", "item__number", "id"))


def hand_due(now: datetime, limit: int) -> tuple[UUID, int]:
    """Put sealed slips that are due into one batch: its id and how many. Two who do this at once share them out."""
    batch = new_uuid()
    due = Slip.objects.select_for_update(skip_locked=True).filter(state="sealed", send_at__lte=now)
    keys = list(due.order_by("send_at", "pk").values_list("pk", flat=True)[:limit])
    return batch, Slip.objects.filter(pk__in=keys).update(state="handed", batch=batch)


def next_send() -> datetime | None:
    """When the next sealed slip is due, or was."""
    return Slip.objects.filter(state="sealed").order_by("send_at").values_list("send_at", flat=True).first()


def in_batch(batch: UUID, most: int | None = None) -> list[Slip]:
    """What is not sent yet."""
    return list(Slip.objects.filter(batch=batch, state="handed").order_by("send_at", "pk")[:most])


def settle(slip_ids: Sequence[UUID], state: str, at: datetime) -> None:
    if not slip_ids:
        return
    Slip.objects.filter(pk__in=slip_ids, state="handed").update(state=state, sent_at=at)


def counts(kind: str, slot_at: datetime) -> dict[str, int]:
    """State → how many, of one slot."""
    found: dict[str, int] = {}
    for state in Slip.objects.filter(kind=kind, slot_at=slot_at).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def shown_lines(slip_ids: Iterable[UUID]) -> list[SlipLine]:
    """With all that a card shows of the items."""
    rows = SlipLine.objects.filter(slip__in=list(slip_ids)).select_related(
        "item", "item__taskforce", "item__ledger", "item__lead_unit", "part", "consent"
    )
    return list(rows.order_by("slip_id", "item__due_on", "item__number", "id"))


def lines_for(slip_ids: Iterable[UUID], staff_id: int) -> list[SlipLine]:
    """What slips that were sent to this person say of items."""
    rows = SlipLine.objects.filter(slip__in=list(slip_ids), slip__staff_id=staff_id, item__isnull=False)
    return list(rows.select_related("item", "part").order_by("slip_id", "id"))
