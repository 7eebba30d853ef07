"""Queries on what hangs on items."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from workflows.store.models import Evidence, ItemPart, LeadDispute, ProgressReport, Rectification


def of_item(item_id: UUID) -> list[ItemPart]:
    return list(ItemPart.objects.filter(item_id=item_id).select_related("unit"))


def lock(part_id: UUID, item_id: UUID) -> ItemPart | None:
    found = ItemPart.objects.select_for_update(no_key=True, of=("self",)).select_related("unit")
    return found.filter(pk=part_id, item_id=item_id).first()


def find(part_id: UUID, item_id: UUID) -> ItemPart | None:
    return ItemPart.objects.select_related("unit").filter(pk=part_id, item_id=item_id).first()


def waiting(unit_id: UUID) -> QuerySet[ItemPart]:
    """Parts that the unit has not answered."""
    found = ItemPart.objects.filter(unit_id=unit_id, state__in=("dispatched", "signed_for"))
    return (
        found.exclude(item__state__in=("closed", "cancelled", "struck_off", "archived"))
        .select_related("item", "item__taskforce", "item__ledger", "item__lead_unit", "unit")
        .order_by("due_on", "pk")
    )


def dissents(lead_unit_id: UUID) -> QuerySet[ItemPart]:
    """Different opinions that this lead unit has not answered."""
    found = ItemPart.objects.filter(item__lead_unit_id=lead_unit_id, dissent_answer="").exclude(dissent="")
    return (
        found.exclude(item__state__in=("closed", "cancelled", "struck_off", "archived"))
        .select_related("item", "item__taskforce", "item__ledger", "item__lead_unit", "unit")
        .order_by("due_on", "pk")
    )


def doers_of(item_id: UUID) -> set[int]:
    """Who reported the whole last, and who reported the last rectification."""
    report = ProgressReport.objects.filter(item_id=item_id, state="taken").order_by("-at", "-id").first()
    order = Rectification.objects.filter(item_id=item_id).order_by("-at", "-id").first()
    found = {report.by_id if report else None, order.done_by_id if order else None}
    return {one for one in found if one is not None}


def evidence(item_id: UUID) -> list[Evidence]:
    return list(Evidence.objects.filter(item_id=item_id))


def add_evidence(rows: Iterable[Evidence]) -> None:
    Evidence.objects.bulk_create(rows)


def find_evidence(evidence_id: UUID, item_id: UUID) -> Evidence | None:
    return Evidence.objects.filter(pk=evidence_id, item_id=item_id).first()


def rectifications(item_id: UUID) -> list[Rectification]:
    return list(Rectification.objects.filter(item_id=item_id))


def rectifying(*states: str) -> QuerySet[Rectification, UUID]:
    """Ids of items with a rectification in one of the states."""
    return Rectification.objects.filter(state__in=states).values_list("item_id", flat=True)


def open_rectification(item_id: UUID) -> Rectification | None:
    return (
        Rectification.objects.select_for_update(no_key=True, of=("self",))
        .filter(item_id=item_id, state__in=("ordered", "planned", "done"))
        .first()
    )


def last_rectification(item_id: UUID) -> Rectification | None:
    return Rectification.objects.filter(item_id=item_id).order_by("-at", "-id").first()


def open_dispute(item_id: UUID) -> LeadDispute | None:
    return (
        LeadDispute.objects.select_for_update(no_key=True, of=("self",))
        .select_related("claimed_unit", "superior")
        .filter(item_id=item_id, settled_at__isnull=True)
        .first()
    )


def disputes(item_id: UUID) -> list[LeadDispute]:
    return list(
        LeadDispute.objects.filter(item_id=item_id).select_related("claimed_unit", "superior", "settled_unit")
    )


def escalated_to(unit_id: UUID) -> QuerySet[LeadDispute]:
    found = LeadDispute.objects.filter(
        superior_id=unit_id, settled_at__isnull=True, escalated_at__isnull=False
    )
    return found.select_related(
        "item", "item__taskforce", "item__ledger", "item__lead_unit", "claimed_unit"
    ).order_by("escalated_at", "pk")
