"""Queries on what cases leave behind: deliveries, items, archives."""

from collections.abc import Iterable
from uuid import UUID

from workflows.store.models import Case, CaseArchive, CaseItem, CaseTask, DocumentDelivery


def deliveries_of(case_id: UUID) -> list[DocumentDelivery]:
    """In the order of protocol; with unit and received case."""
    found = DocumentDelivery.objects.filter(case_id=case_id).select_related("unit", "received")
    return list(found.order_by("is_copy", "unit__rank", "unit__code"))


def units_sent(case_id: UUID) -> set[UUID]:
    return set(DocumentDelivery.objects.filter(case_id=case_id).values_list("unit_id", flat=True))


def lock_delivery(delivery_id: int) -> DocumentDelivery | None:
    rows = DocumentDelivery.objects.select_for_update(of=("self",)).select_related("case", "unit")
    return rows.filter(pk=delivery_id).first()


def sender_of(case_id: UUID) -> DocumentDelivery | None:
    """The delivery by which this case came."""
    return DocumentDelivery.objects.filter(received_id=case_id).select_related("case").first()


def signed_of(case_ids: Iterable[UUID]) -> dict[UUID, CaseTask]:
    """Of each received case the task by which it was signed for."""
    rows = CaseTask.objects.filter(case_id__in=list(case_ids), kind="register", state="done")
    return {row.case_id: row for row in rows.order_by("-decided_at")}


def items_of(case_id: UUID) -> list[CaseItem]:
    rows = CaseItem.objects.filter(case_id=case_id)
    return list(rows.select_related("item", "item__lead_unit", "item__ledger", "item__taskforce"))


def archive_of(case_id: UUID) -> CaseArchive | None:
    return CaseArchive.objects.select_related("case").filter(case_id=case_id).first()


def cases_of(case_ids: Iterable[UUID]) -> list[Case]:
    return list(Case.objects.select_related("process").filter(pk__in=list(case_ids)))


def decided_by(staff_id: int, case_ids: Iterable[UUID]) -> list[CaseTask]:
    """What this person has decided in these cases, the newest last."""
    rows = CaseTask.objects.filter(decided_by_id=staff_id, case_id__in=list(case_ids))
    return list(rows.order_by("decided_at"))


def holders_of(case_id: UUID) -> set[int]:
    """Who has something to do in the case now."""
    rows = CaseTask.objects.filter(case_id=case_id, state__in=("open", "opened"), assignee__isnull=False)
    return set(rows.values_list("assignee_id", flat=True))
