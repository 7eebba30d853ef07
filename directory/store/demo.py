"""Queries for the demo city's accounts."""

from collections.abc import Iterable

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet

from common import clock
from directory.store.models import Appointment, Staff, StaffKind
from directory.store.people import valid_on


def set_passwords(encoded: str) -> int:
    nobody_can = Staff.objects.filter(kind=StaffKind.PERSON, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return nobody_can.update(password=encoded, has_demo_password=True)


def with_demo_password() -> QuerySet[Staff]:
    return Staff.objects.filter(has_demo_password=True)


def primary_appointments(staff_numbers: Iterable[str]) -> QuerySet[Appointment]:
    held = Appointment.objects.filter(valid_on(clock.today()), is_primary=True)
    return held.filter(staff__staff_number__in=list(staff_numbers)).select_related("staff", "post__unit")
