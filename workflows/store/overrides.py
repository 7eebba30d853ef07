from collections.abc import Collection
from uuid import UUID

from workflows.store.models import ColourOverride


def active_of(item_id: UUID) -> ColourOverride | None:
    return ColourOverride.objects.filter(item_id=item_id, state="active").first()


def active_of_many(item_ids: Collection[UUID]) -> dict[object, ColourOverride]:
    """Item → what is set by hand, one query for all."""
    return {row.item_id: row for row in ColourOverride.objects.filter(item_id__in=item_ids, state="active")}


def find(override_id: UUID) -> ColourOverride | None:
    return ColourOverride.objects.filter(pk=override_id).first()


def of_item(item_id: UUID) -> list[ColourOverride]:
    """Newest first."""
    return list(ColourOverride.objects.filter(item_id=item_id).order_by("-at", "-id"))
