"""Queries on absences: who stands in for whom on a day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from directory.store.models import Staff
from workflows.store.models import Absence


def holding(day: date) -> QuerySet[Absence]:
    """Absences of that day whose acting person still has an open account."""
    not_over = Q(ended_on__isnull=True) | Q(ended_on__gt=day)
    return Absence.objects.filter(not_over, starts_on__lte=day, ends_on__gte=day, acting__is_active=True)


def acting_for(staff_ids: Iterable[int], day: date) -> dict[int, list[int]]:
    """Absent person → who stands in, one query for all."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = holding(day).filter(staff_id__in=list(staff_ids)).order_by("at", "id")
    for staff_id, acting_id in rows.values_list("staff_id", "acting_id"):
        if acting_id not in found[staff_id]:
            found[staff_id].append(acting_id)
    return found


def principals_of(staff_id: int, day: date) -> dict[int, str]:
    """Whom this person stands in for on that day: staff key → name."""
    rows = holding(day).filter(acting_id=staff_id).order_by("staff__name")
    return dict(rows.values_list("staff_id", "staff__name"))


def overlapping(staff_id: int, starts_on: date, ends_on: date) -> Absence | None:
    found = Absence.objects.filter(staff_id=staff_id, starts_on__lte=ends_on, ends_on__gte=starts_on)
    for row in found.select_related("acting"):
        if row.ended_on is None or row.ended_on > max(starts_on, row.starts_on):
            return row
    return None


def find(absence_id: UUID) -> Absence | None:
    return Absence.objects.select_related("staff", "acting").filter(pk=absence_id).first()


def listed(staff_ids: Iterable[int], since: date) -> list[Absence]:
    """Of these people, or with one of them standing in, not over before `since`."""
    keys = list(staff_ids)
    rows = Absence.objects.filter(Q(staff_id__in=keys) | Q(acting_id__in=keys), ends_on__gte=since)
    return list(rows.select_related("staff", "acting"))


def names_of(staff_ids: Iterable[int]) -> dict[int, str]:
    return dict(Staff.objects.filter(pk__in=list(staff_ids)).values_list("pk", "name"))
