from collections.abc import Iterable
from uuid import UUID

from workflows.store.models import ColourNotice


def add(rows: Iterable[ColourNotice]) -> None:
    """A row whose key (item, change, role) is known stays as it is."""
    ColourNotice.objects.bulk_create(rows, ignore_conflicts=True)


def of_item(item_id: UUID) -> list[ColourNotice]:
    return list(
        ColourNotice.objects.filter(item_id=item_id).select_related("staff").order_by("change_no", "role")
    )
