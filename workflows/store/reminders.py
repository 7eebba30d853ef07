from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from workflows.store.models import Item, Reminder


def add(rows: Iterable[Reminder]) -> None:
    """Rows whose key is known already stay as they are."""
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def stop(item: Item, *, keep: set[tuple[str, datetime]] | None = None) -> None:
    """Stop what is planned, except `keep` (rule, slot)."""
    planned = Reminder.objects.filter(item=item, state="planned")
    gone = [row.pk for row in planned if (row.rule, row.slot_at) not in (keep or set())]
    if gone:
        Reminder.objects.filter(pk__in=gone).update(state="stopped")


def revive(item: Item, keep: set[tuple[str, datetime]], due_on: date) -> None:
    """What was stopped and is wanted again (a report sent back) is planned again."""
    stopped = Reminder.objects.filter(item=item, state="stopped", due_on=due_on)
    again = [row.pk for row in stopped if (row.rule, row.slot_at) in keep]
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
        found.select_related("item", "item__taskforce", "item__ledger", "item__lead_unit").order_by(
            "due_on", "id"
        )[:limit]
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
    return Reminder.objects.filter(item=item, state="sent").exists()


def counted(item: Item) -> tuple[int, datetime | None]:
    """How many were sent of one item, and when the last."""
    sent = list(
        Reminder.objects.filter(item=item, state="sent")
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)
    )
    return len(sent), sent[0] if sent else None


def stop_outdone(until: datetime) -> int:
    """After a stop several slots of one item are due together: the newest says it all, the others are stopped."""
    due = Q(state="planned", slot_at__lte=until)
    newer = Reminder.objects.filter(due, item=OuterRef("item"), slot_at__gt=OuterRef("slot_at"))
    return Reminder.objects.filter(due).filter(Exists(newer)).update(state="stopped")
