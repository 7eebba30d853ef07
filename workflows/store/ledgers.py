"""Queries on ledgers and their numbers."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from workflows.store import document_numbers
from workflows.store.models import FormalNumber, Ledger


def _with_unit() -> QuerySet[Ledger]:
    return Ledger.objects.select_related("unit")


def find(ledger_id: UUID) -> Ledger | None:
    return _with_unit().filter(pk=ledger_id).first()


def lock(ledger_id: UUID) -> Ledger:
    """The row, locked for giving numbers. Taken before any item's row."""
    return _with_unit().select_for_update(no_key=True, of=("self",)).get(pk=ledger_id)


def of_units(unit_ids: list[UUID]) -> QuerySet[Ledger]:
    return _with_unit().filter(unit_id__in=unit_ids)


def everything() -> QuerySet[Ledger]:
    return _with_unit()


def find_named(unit_id: UUID, name: str) -> Ledger | None:
    return _with_unit().filter(unit_id=unit_id, name=name).first()


def all_ids() -> list[UUID]:
    """Closed ones too: their items go on."""
    return list(Ledger.objects.order_by("pk").values_list("pk", flat=True))


def take_numbers(ledger: Ledger, count: int) -> range:
    """The next `count` short numbers. The ledger's row must be locked."""
    first = ledger.next_number
    ledger.next_number += count
    ledger.save(update_fields=["next_number"])
    return range(first, first + count)


def take_formal(ledger: Ledger, titles: list[str], year: int, now: datetime) -> list[str]:
    """The next formal numbers of the ledger's organ code, one per title (store.document_numbers)."""
    rows = document_numbers.take(ledger.organ_code, titles, year, now, ledger=ledger)
    return [row.text for row in rows]


def void_formal(text: str, *, by_name: str, reason: str, at: datetime) -> None:
    FormalNumber.objects.filter(text=text, void_at__isnull=True).update(
        void_at=at, void_by_name=by_name, void_reason=reason
    )


def numbers(ledger_id: UUID) -> QuerySet[FormalNumber]:
    return FormalNumber.objects.filter(ledger_id=ledger_id)
