from collections import Counter
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from common import clock
from directory.store.models import Unit
from workflows.store.models import ColourSnapshot, Item


def add(rows: Iterable[ColourSnapshot]) -> None:
    """A row of the same item and day stays as it is."""
    ColourSnapshot.objects.bulk_create(rows, ignore_conflicts=True)


def regions_of(unit_ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Unit.objects.filter(pk__in=set(unit_ids)).values_list("pk", "region_id"))


def row_of(item: Item, day: date, *, region: str, ahead: str) -> ColourSnapshot:
    return ColourSnapshot(
        taskforce_id=item.taskforce_id,
        ledger_id=item.ledger_id,
        item=item,
        day=day,
        colour=item.colour,
        state=item.state,
        percent=item.percent,
        planned_percent=item.planned_percent,
        lead_unit_id=item.lead_unit_id,
        region=region,
        category=item.category,
        kind=item.kind,
        due_on=item.due_on,
        first_due_on=item.first_due_on,
        closed_on=clock.local(item.closed_at).date() if item.closed_at else None,
        ahead=ahead,
    )


def counts_on(taskforce_id: UUID, day: date) -> Counter[str] | None:
    """Items by colour code (`done` for closed ones) on that day; None when nothing was recorded."""
    rows = list(
        ColourSnapshot.objects.filter(taskforce_id=taskforce_id, day=day)
        .exclude(state="cancelled")
        .values_list("colour", "state")
    )
    if not rows:
        return None
    return Counter(
        "done" if state in {"closed", "struck_off", "archived"} else colour for colour, state in rows
    )
