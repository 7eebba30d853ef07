from collections import Counter
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from workflows.store.models import ColourSnapshot


def add(rows: Iterable[ColourSnapshot]) -> None:
    """A row of the same item and day stays as it is."""
    ColourSnapshot.objects.bulk_create(rows, ignore_conflicts=True)


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
