"""Appointing people to posts, with dates; handing a post over; standing in (AB角)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common import audit, clock, events, timers
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.errors import EditedMeanwhileError
from directory.events import DirectoryChanged, RightsChanged
from directory.services.accounts import guard_admins
from directory.services.posts import admin_roles, check_separation
from directory.services.rights import Scope, require
from directory.store import people, sessions
from directory.store import posts as store
from directory.store.models import Appointment, AppointmentKind, Post, Staff

EDITABLE = ("kind", "is_primary", "valid_from", "valid_to")


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    staff_number: str,
    post_id: UUID,
    kind: str = AppointmentKind.SUBSTANTIVE,
    is_primary: bool = False,
    valid_from: date | None = None,
    valid_to: date | None = None,
    hand_over: bool = False,
) -> Appointment:
    """Appoint a person to a post for [valid_from, valid_to).

    Args:
        valid_from: today when left out. valid_to: the first day on which the post is lost; None: open.
        hand_over: whoever holds the post then loses it on valid_from, at once if that is today.
    Raises:
        NotFoundError: no such person or post. ConflictError: the same appointment from that day is there.
        BadInputError: dates in the wrong order, or a second one of the three administrators' posts.
        ForbiddenError: not the actor's to give, or to himself or herself.
    """
    store.queue_for_appointments()
    post, staff = store.lock_post(post_id), people.by_staff_number(staff_number.strip().lower())
    if post is None or staff is None or staff.kind != "person":
        raise NotFoundError
    _check_may(actor, post, staff.pk)
    starts = valid_from or clock.today()
    _check_dates(starts, valid_to)
    if post.unit.valid_to and post.unit.valid_to <= starts:
        raise BadInputError(field="post_id", message=_("该岗位所在单位已撤销，请选择现有单位的岗位。"))
    before = store.open_appointments_of_post(post.pk, people.not_over(starts)) if hand_over else []
    sessions.lock_staff(staff.pk)
    check_separation(staff.pk, post.role)
    ended = _end_all((each for each in before if each.staff_id != staff.pk), starts, actor)
    made = _insert(staff, post, kind=kind, is_primary=is_primary, valid_from=starts, valid_to=valid_to)
    _settle_primary(made)
    audit.record(
        actor=actor, verb="appointment.create", subject="appointment", subject_id=made.pk, new=shown(made)
    )
    _tell([staff.pk, *ended], starts, valid_to)
    return made


def _insert(staff: Staff, post: Post, **fields: Any) -> Appointment:
    if fields["kind"] not in AppointmentKind.values:
        raise BadInputError(field="kind", message=_("任职方式不存在，请从列表中选择。"))
    try:
        with transaction.atomic():
            return Appointment.objects.create(staff=staff, post=post, **fields)
    except IntegrityError as err:
        raise ConflictError(message=_("该人员自同一天起的这一任职已存在，请刷新后查看。")) from err


@transaction.atomic
def edit(*, actor: Actor, appointment_id: UUID, version: int, changes: Mapping[str, Any]) -> Appointment:
    """Change kind, primacy or dates. Ending today (`valid_to` = today) takes the rights away at once.

    Raises:
        EditedMeanwhileError: somebody else has saved since `version`.
        NotFoundError, BadInputError, ForbiddenError.
    """
    store.queue_for_appointments()
    row = store.lock_appointment(appointment_id)
    if row is None:
        raise NotFoundError
    _check_may(actor, row.post, row.staff_id)
    if row.version != version:
        raise EditedMeanwhileError
    sessions.lock_staff(row.staff_id)
    old = shown(row)
    for key, value in changes.items():
        if key in EDITABLE:
            setattr(row, key, value)
    _check_dates(row.valid_from, row.valid_to)
    if row.kind not in AppointmentKind.values:
        raise BadInputError(field="kind", message=_("任职方式不存在，请从列表中选择。"))
    row.version += 1
    row.save()
    _settle_primary(row)
    audit.record(
        actor=actor,
        verb="appointment.edit",
        subject="appointment",
        subject_id=row.pk,
        old=old,
        new=shown(row),
    )
    _tell([row.staff_id], row.valid_from, row.valid_to)
    return row


def _check_may(actor: Actor, post: Post, staff_id: int) -> None:
    require(actor, "appointment.manage", Scope(unit_id=post.unit_id))
    guard_admins(actor, admin_roles(post.role))
    if staff_id == actor.staff_id:
        raise ForbiddenError(message=_("不能办理本人的任职，请由另一位管理员办理。"), reason="self")


def _check_dates(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise BadInputError(field="valid_to", message=_("免职日期早于任职日期，请改为任职日期当天或以后。"))


def _end_all(rows: Iterable[Appointment], day: date, actor: Actor) -> list[int]:
    """End these appointments on `day`; those that would only start later never start. Returns the people."""
    gone = []
    for row in rows:
        old = shown(row)
        row.valid_to = max(day, row.valid_from)
        row.version += 1
        row.save(update_fields=["valid_to", "version"])
        audit.record(
            actor=actor,
            verb="appointment.end",
            subject="appointment",
            subject_id=row.pk,
            old=old,
            new=shown(row),
        )
        gone.append(row.staff_id)
    return gone


def _settle_primary(row: Appointment) -> None:
    """One primary post per person at a time: the new one wins; a person's only post is primary."""
    overlapping = people.not_over(row.valid_from)
    if row.valid_to is not None:
        overlapping &= Q(valid_from__lt=row.valid_to)
    others = [each for each in store.appointments_of_staff(row.staff_id, overlapping) if each.pk != row.pk]
    if row.is_primary:
        for each in (each for each in others if each.is_primary):
            each.is_primary = False
            each.version += 1
            each.save(update_fields=["is_primary", "version"])
    elif not any(each.is_primary for each in others):
        row.is_primary = True
        row.save(update_fields=["is_primary"])


def _tell(staff_ids: list[int], *days: date | None) -> None:
    events.publish(DirectoryChanged())
    events.publish(RightsChanged(tuple(dict.fromkeys(staff_ids))))
    for day in days:
        if day is not None and day > clock.today():
            announce_on(day)


def announce_on(day: date) -> None:
    """At the start of that day in Shanghai, tell the floors above whose posts begin or end."""
    midnight = datetime.combine(day, time(), clock.SHANGHAI)
    timers.set_timer(f"directory.rights:{day}", midnight, "directory.announce_rights", day=day.isoformat())


def announce(day: date) -> None:
    """Publish RightsChanged for everybody whose appointment begins or ends on that day."""
    if staff_ids := people.changing_on(day):
        events.publish(DirectoryChanged())
        events.publish(RightsChanged(tuple(staff_ids)))


def shown(row: Appointment) -> dict[str, Any]:
    return {
        "staff": row.staff.staff_number,
        "name": row.staff.name,
        "post": row.post.title,
        "post_id": str(row.post_id),
        "kind": row.kind,
        "is_primary": row.is_primary,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }
