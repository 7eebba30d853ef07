"""Who holds which post today, as this floor asks it."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from directory.store.models import Appointment, Post, Staff, Unit


def _held(today: date) -> QuerySet[Appointment]:
    """Appointments that hold today, of people whose account is open."""
    return Appointment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today), valid_from__lte=today, staff__is_active=True
    )


def holders(post_ids: Iterable[UUID], today: date) -> list[int]:
    """Staff keys in protocol order of their posts."""
    found = _held(today).filter(post_id__in=list(post_ids)).order_by("post__rank", "post__code", "staff_id")
    return list(dict.fromkeys(found.values_list("staff_id", flat=True)))


def first_holders(post_ids: Iterable[UUID], today: date) -> dict[UUID, Staff]:
    """Post → who holds it today, one query for all."""
    found = _held(today).filter(post_id__in=list(post_ids)).select_related("staff").order_by("-staff_id")
    return {appointment.post_id: appointment.staff for appointment in found}


def in_roles(unit_ids: Iterable[UUID], roles: Iterable[str], today: date) -> list[int]:
    """Staff keys of those who hold such a post in one of the units, in protocol order."""
    found = _held(today).filter(post__unit_id__in=list(unit_ids), post__role__in=list(roles))
    return list(
        dict.fromkeys(
            found.order_by("post__rank", "post__code", "staff_id").values_list("staff_id", flat=True)
        )
    )


def units_of(staff_id: int, today: date) -> set[UUID]:
    return set(_held(today).filter(staff_id=staff_id).values_list("post__unit_id", flat=True))


def find_unit(unit_id: UUID, today: date) -> Unit | None:
    alive = Q(valid_to__isnull=True) | Q(valid_to__gt=today)
    return Unit.objects.filter(alive, pk=unit_id).first()


def find_post(post_id: UUID) -> Post | None:
    return Post.objects.select_related("unit").filter(pk=post_id).first()


def holding(which: Q, today: date, most: int) -> list[Appointment]:
    """Appointments of today to such posts, in protocol order."""
    found = _held(today).filter(which, staff__kind="person").select_related("staff", "post", "post__unit")
    return list(found.order_by("post__unit__rank", "post__rank", "post__code", "staff_id")[:most])


def find_active(staff_number: str) -> Staff | None:
    return Staff.objects.filter(staff_number=staff_number, is_active=True, kind="person").first()


def get_staff(staff_id: int) -> Staff:
    return Staff.objects.get(pk=staff_id)
