"""Queries on posts and appointments, for those who manage them."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common.errors import ConflictError
from directory.store.models import Appointment, Division, Post, Unit


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


def divisions(unit_id: UUID) -> list[Division]:
    return list(Division.objects.filter(unit_id=unit_id).order_by("rank", "name"))


def lock_division(division_id: UUID) -> Division | None:
    return Division.objects.select_for_update(no_key=True).filter(pk=division_id).first()


def save_division(division: Division, *, new: bool) -> None:
    try:
        with transaction.atomic():
            division.save(force_insert=new)
    except IntegrityError as err:
        raise ConflictError(
            field="name", message=_("该单位已有内设机构“{name}”，请换一个名称。").format(name=division.name)
        ) from err


_APPOINTMENTS_LOCK = 0x745A_0012


def queue_for_appointments() -> None:
    """Changes of appointments are rare and touch several people and posts: they run one after another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPOINTMENTS_LOCK])


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
