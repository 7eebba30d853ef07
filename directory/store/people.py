"""Queries on people and what they are appointed to."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from directory.store.models import Appointment, PostRole, Staff

ADMIN_ROLES = (PostRole.SYSTEM_ADMIN, PostRole.SECURITY_ADMIN, PostRole.AUDIT_ADMIN)


def valid_on(day: date, prefix: str = "") -> Q:
    """Rows whose half-open interval [valid_from, valid_to) holds `day`."""
    begun = Q(**{f"{prefix}valid_from__lte": day})
    return begun & (Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day}))


def not_over(day: date, prefix: str = "") -> Q:
    """Rows that hold on `day` or later."""
    return Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})


def held_by(staff_id: int, day: date) -> list[Appointment]:
    """What a person holds on that day, the primary post first."""
    held = Appointment.objects.filter(valid_on(day), staff_id=staff_id)
    held = held.filter(not_over(day, "post__unit__"))
    return list(
        held.select_related("staff", "post__unit__block_parent", "post__division").order_by(
            "-is_primary", "valid_from", "id"
        )
    )


def holders(post_ids: Iterable[UUID], day: date) -> QuerySet[Appointment]:
    """Who holds these posts on that day, substantive holders before stand-ins."""
    held = Appointment.objects.filter(valid_on(day), post_id__in=list(post_ids), staff__is_active=True)
    return held.select_related("staff", "post__unit").order_by(
        "post__rank", "-is_primary", "valid_from", "id"
    )


def admin_roles_held(staff_id: int, day: date, *, besides: UUID | None = None) -> set[str]:
    """Administrator roles of a person, now or later, other than by the post `besides`."""
    kept = Appointment.objects.filter(not_over(day), staff_id=staff_id, post__role__in=ADMIN_ROLES)
    kept = kept.exclude(post_id=besides) if besides else kept
    return set(kept.values_list("post__role", flat=True))


def changing_on(day: date) -> list[int]:
    """People with an appointment that begins or ends on that day."""
    rows = Appointment.objects.filter(Q(valid_from=day) | Q(valid_to=day))
    return list(rows.order_by("staff_id").values_list("staff_id", flat=True).distinct())


def has_active_admin(day: date) -> bool:
    """Whether anybody could sign in today as a system administrator."""
    held = Appointment.objects.filter(valid_on(day), post__role=PostRole.SYSTEM_ADMIN, staff__is_active=True)
    return held.exclude(staff__password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def by_staff_number(staff_number: str) -> Staff | None:
    return Staff.objects.filter(staff_number=staff_number).first()


def primary_of(staff_ids: Iterable[int], day: date) -> dict[int, Appointment]:
    """The post that each of these people acts as when nothing else is chosen."""
    held = Appointment.objects.filter(valid_on(day), staff_id__in=list(staff_ids))
    rows = held.select_related("post__unit").order_by("is_primary", "-valid_from", "-id")
    return {row.staff_id: row for row in rows}


def any_other_admin_role(post_code: str, role: str, day: date) -> bool:
    """Whether a holder of this post, now or later, also has another administrator's post."""
    holders_of_it = Appointment.objects.filter(not_over(day), post__code=post_code).values("staff_id")
    others = Appointment.objects.filter(not_over(day), staff_id__in=holders_of_it, post__role__in=ADMIN_ROLES)
    return others.exclude(post__code=post_code).exclude(post__role=role).exists()


def ids_of(staff_numbers: Iterable[str]) -> list[int]:
    return list(Staff.objects.filter(staff_number__in=list(staff_numbers)).values_list("pk", flat=True))
