"""Queries behind the administrators' lists."""

from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from directory.store.models import Appointment, Post, Staff
from directory.store.people import valid_on


def accounts(text: str, spelt: str, unit_id: UUID | None, day: date) -> QuerySet[Staff]:
    rows = Staff.objects.filter(kind="person").order_by("staff_number")
    if unit_id:
        here = Appointment.objects.filter(valid_on(day), staff=OuterRef("pk"), post__unit_id=unit_id)
        rows = rows.filter(Exists(here))
    if text:
        match = Q(name__icontains=text) | Q(staff_number__icontains=text)
        if spelt.isascii() and spelt.isalpha():
            match |= Q(initials__startswith=spelt)
        rows = rows.filter(match)
    return rows


def posts(unit_id: UUID | None) -> QuerySet[Post]:
    rows = Post.objects.select_related("unit", "division").order_by(
        "unit__rank", "unit__code", "rank", "code"
    )
    return rows.filter(unit_id=unit_id) if unit_id else rows


def appointments(*, unit_id: UUID | None, post_id: UUID | None, staff_number: str) -> QuerySet[Appointment]:
    rows = Appointment.objects.select_related("staff", "post__unit")
    if unit_id:
        rows = rows.filter(post__unit_id=unit_id)
    if post_id:
        rows = rows.filter(post_id=post_id)
    if staff_number:
        rows = rows.filter(staff__staff_number=staff_number)
    return rows.order_by("post__unit__rank", "post__unit__code", "post__rank", "-valid_from", "id")
