from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from workflows.store.models import Item, Reminder


def add(rows: Iterable[Reminder]) -> None:
    """Rows whose key is known already stay as they are."""
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


Key = tuple[UUID | None, str, datetime]


def stop(item: Item, *, keep: Collection[Key] = ()) -> None:
    """Stop what is planned of an item and its parts, except `keep` (part, rule, slot)."""
    planned = Reminder.objects.filter(item=item, state="planned")
    gone = [row.pk for row in planned if (row.part_id, row.rule, row.slot_at) not in keep]
    if gone:
        Reminder.objects.filter(pk__in=gone).update(state="stopped")


def stop_of_consent(consent_id: UUID) -> None:
    Reminder.objects.filter(consent=consent_id, state="planned").update(state="stopped")


def revive(item: Item, wanted: Mapping[Key, date]) -> None:
    """What was stopped and is wanted again for the same day (a report sent back) is planned again."""
    stopped = Reminder.objects.filter(item=item, state="stopped")
    again = [row.pk for row in stopped if wanted.get((row.part_id, row.rule, row.slot_at)) == row.due_on]
    if again:
        Reminder.objects.filter(pk__in=again).update(state="planned")


def take_planned(until: datetime, limit: int) -> list[Reminder]:
    """Planned rows with a slot up to `until`, soonest due first, locked; rows that another job holds are left
    to it.
    """
    found = Reminder.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state="planned", slot_at__lte=until
    )
    return list(
        found.select_related(
            "item", "item__taskforce", "item__ledger", "item__lead_unit", "part", "consent"
        ).order_by("due_on", "id")[:limit]
    )


def mark(rows: Iterable[Reminder], state: str, at: datetime | None = None) -> None:
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(state=state, sent_at=at)


def last_manual_at(item: Item) -> datetime | None:
    found = Reminder.objects.filter(item=item, rule="manual").order_by("-slot_at").first()
    return found.slot_at if found else None


def any_planned(until: datetime) -> bool:
    """Also what another job holds and has not committed."""
    return Reminder.objects.filter(state="planned", slot_at__lte=until).exists()


def was_reminded(item: Item) -> bool:
    return Reminder.objects.filter(item=item, part=None, state="sent").exists()


def counted(item: Item) -> tuple[int, datetime | None]:
    """How many were sent to the lead unit of one item, and when the last."""
    sent = list(
        Reminder.objects.filter(item=item, part=None, state="sent")
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)
    )
    return len(sent), sent[0] if sent else None


def stop_outdone(until: datetime) -> int:
    """After a stop several slots of one item, or of one part, are due together: the newest says it all, the others are
    stopped.
    """
    due = Q(state="planned", slot_at__lte=until)
    later = Reminder.objects.filter(due, slot_at__gt=OuterRef("slot_at"))
    of_whole = Q(part=None) & Exists(later.filter(part=None, item=OuterRef("item")))
    return (
        Reminder.objects.filter(due)
        .filter(of_whole | Exists(later.filter(part=OuterRef("part"))))
        .update(state="stopped")
    )
