"""The series of formal numbers, and the code words that they begin with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from workflows.rules.document_numbers import Style, write
from workflows.store.models import FormalNumber, FormalSeries, OrganCode


def take(
    organ_code: str, titles: list[str], year: int, now: datetime, *, style: Style = "document", **more: Any
) -> list[FormalNumber]:
    """The next numbers of the series, one per title, without gap: its row is locked until the commit, and a deed that
    fails gives its numbers back.
    """
    FormalSeries.objects.bulk_create([FormalSeries(organ_code=organ_code, year=year)], ignore_conflicts=True)
    series = FormalSeries.objects.select_for_update().get(organ_code=organ_code, year=year)
    first = series.next
    series.next += len(titles)
    series.save(update_fields=["next"])
    return FormalNumber.objects.bulk_create(
        FormalNumber(
            organ_code=organ_code,
            year=year,
            sequence=first + place,
            text=write(organ_code, year, first + place, style),
            title=title,
            given_at=now,
            **more,
        )
        for place, title in enumerate(titles)
    )


def find_of_case(case_id: UUID) -> FormalNumber | None:
    """The number of a document that holds."""
    return FormalNumber.objects.filter(case_id=case_id, void_at__isnull=True).first()


def of_case(case_id: UUID) -> list[FormalNumber]:
    """All that a document has been given, void ones too; newest first."""
    return list(FormalNumber.objects.filter(case_id=case_id).order_by("-given_at"))


def lock(number_id: UUID) -> FormalNumber | None:
    return FormalNumber.objects.select_for_update().filter(pk=number_id).first()


def of_series(organ_code: str, year: int, before: int | None, limit: int) -> list[FormalNumber]:
    """Newest first, below `before`."""
    found = FormalNumber.objects.filter(organ_code=organ_code, year=year)
    if before is not None:
        found = found.filter(sequence__lt=before)
    return list(found.order_by("-sequence")[:limit])


def codes() -> QuerySet[OrganCode]:
    return OrganCode.objects.select_related("unit")


def find_code(code: str) -> OrganCode | None:
    return codes().filter(code=code).first()
