"""Queries on the tasks that come with orders."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from workflows.store.items import DONE
from workflows.store.models import Item, OrderItem, OrderUnit


def units_without_items(order_id: UUID, version: int, limit: int) -> list[OrderUnit]:
    """Units whose items of the order are to be made: commanded, or asked and received; not those who sent it back."""
    made = OrderItem.objects.filter(order_id=order_id, unit_id=OuterRef("unit_id"))
    found = OrderUnit.objects.filter(
        Q(is_request=False) | Q(received_at__isnull=False),
        order_id=order_id,
        version=version,
        expects=True,
        declined_at__isnull=True,
    )
    return list(found.exclude(Exists(made)).order_by("pk")[:limit])


def void_items(
    order_id: UUID, version: int, *, recalled: bool, final: Iterable[str], after: int, limit: int
) -> list[Item]:
    """Items, with their `order_item`, that nobody is to do any more, behind the `order_item` named `after`: of the
    recalled order, or of units that sent it back.
    """
    found = Item.objects.filter(order_item__order_id=order_id, order_item__gt=after)
    found = found.exclude(state__in=list(final)).select_related("order_item")
    if not recalled:
        gone = OrderUnit.objects.filter(
            order_id=order_id,
            version=version,
            unit_id=OuterRef("order_item__unit_id"),
            declined_at__isnull=False,
        )
        found = found.filter(Exists(gone))
    return list(found.order_by("order_item")[:limit])


def item_counts(order_id: UUID) -> dict[int, tuple[int, int]]:
    """Place of the task → items made, items done."""
    rows = (
        OrderItem.objects.filter(order_id=order_id)
        .values_list("place")
        .annotate(made=Count("item"), done=Count("pk", filter=Q(item__state__in=DONE)))
    )
    return {place: (made, done) for place, made, done in rows}


def items_of_unit(order_id: UUID, unit_id: UUID) -> dict[int, UUID]:
    """Place of the task → the unit's item."""
    rows = OrderItem.objects.filter(order_id=order_id, unit_id=unit_id, item__isnull=False)
    return dict(rows.values_list("place", "item_id"))


def problems(order_id: UUID, *, unit_id: UUID | None, limit: int) -> list[tuple[int, str, str]]:
    """(place of the task, unit, why) of those that stand aside; of one unit, or of all."""
    rows = OrderItem.objects.filter(order_id=order_id).exclude(problem="")
    if unit_id is not None:
        rows = rows.filter(unit_id=unit_id)
    return list(rows.order_by("pk").values_list("place", "unit__name", "problem")[:limit])
