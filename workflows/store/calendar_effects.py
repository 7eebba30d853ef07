"""What is open and hangs on the calendar."""

from collections.abc import Iterator
from uuid import UUID

from workflows.store.items import FINAL
from workflows.store.models import Item, LeadDispute, Rectification
from workflows.store.models.parts import RectificationState


def open_items() -> Iterator[Item]:
    return (
        Item.objects.exclude(state__in=FINAL)
        .only("pk", "title", "due_on")
        .order_by("due_on", "pk")
        .iterator()
    )


def open_item_ids() -> list[UUID]:
    return list(Item.objects.exclude(state__in=FINAL).order_by("pk").values_list("pk", flat=True))


def open_plans() -> Iterator[Rectification]:
    """Orders to rectify whose plan is not in."""
    found = Rectification.objects.filter(state=RectificationState.ORDERED).select_related("item")
    return found.order_by("pk").iterator()


def open_disputes() -> Iterator[LeadDispute]:
    found = LeadDispute.objects.filter(settled_at__isnull=True, escalated_at__isnull=True)
    return found.select_related("item").order_by("pk").iterator()
