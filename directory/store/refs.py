"""Short references to people, for the floors above."""

from collections.abc import Iterable

from django.db.models import QuerySet

from directory.store.models import Staff


def by_pk(keys: Iterable[int]) -> QuerySet[Staff]:
    return Staff.objects.filter(pk__in=list(keys)).only("pk", "staff_number", "name", "kind")


def by_number(staff_number: str) -> Staff | None:
    return (
        Staff.objects.filter(staff_number=staff_number)
        .only("pk", "staff_number", "name", "kind", "is_active")
        .first()
    )
