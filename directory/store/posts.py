"""Queries on posts and appointments, for those who manage them."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.errors import ConflictError
from directory.store.models import Appointment, Post, Unit


def find_unit(unit_id: UUID) -> Unit | None:
    return Unit.objects.filter(pk=unit_id).first()


def lock_post(post_id: UUID) -> Post | None:
    """The post, its row locked until the transaction ends."""
    posts = Post.objects.select_related("unit").select_for_update(no_key=True, of=("self",))
    return posts.filter(pk=post_id).first()


def save_new(post: Post) -> None:
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError as err:
        raise ConflictError(
            field="code", message=_("岗位编码 {code} 已被使用，请换一个。").format(code=post.code)
        ) from err


def lock_appointment(appointment_id: UUID) -> Appointment | None:
    rows = Appointment.objects.select_related("post__unit", "staff").select_for_update(
        no_key=True, of=("self",)
    )
    return rows.filter(pk=appointment_id).first()


def open_appointments_of_post(post_id: UUID, on: Q) -> list[Appointment]:
    rows = Appointment.objects.select_related("staff").select_for_update(no_key=True, of=("self",))
    return list(rows.filter(on, post_id=post_id).order_by("pk"))


def appointments_of_staff(staff_id: int, on: Q) -> list[Appointment]:
    return list(Appointment.objects.filter(on, staff_id=staff_id).order_by("valid_from", "pk"))


def list_posts(unit_id: UUID | None) -> QuerySet[Post]:
    """Posts in protocol order, with their unit and division."""
    posts = Post.objects.select_related("unit", "division").order_by("unit__rank", "rank", "code")
    return posts.filter(unit_id=unit_id) if unit_id else posts


def list_appointments(
    *, unit_id: UUID | None = None, staff_id: int | None = None, post_id: UUID | None = None
) -> QuerySet[Appointment]:
    """Appointments with person, post and unit, the latest first."""
    rows = Appointment.objects.select_related("staff", "post__unit", "post__division")
    if unit_id:
        rows = rows.filter(post__unit_id=unit_id)
    if staff_id:
        rows = rows.filter(staff_id=staff_id)
    if post_id:
        rows = rows.filter(post_id=post_id)
    return rows.order_by("post__unit__rank", "post__rank", "-valid_from", "id")
