"""Who sits where, as the routing of approvals asks it."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from directory.store.models import Appointment, Post, PostRole, Unit


@dataclass(frozen=True)
class Seat:
    staff_id: int
    number: str
    name: str
    post_id: UUID
    post_title: str
    unit_id: UUID
    unit_name: str


# A step of a case asks these: written out, since working the statement out anew costs more than asking it.
_SEATS = """
SELECT a.staff_id, s.staff_number, s.name, a.post_id, p.title, p.unit_id, u.name
FROM directory_appointment a JOIN directory_staff s ON s.id = a.staff_id
JOIN directory_post p ON p.id = a.post_id JOIN directory_unit u ON u.id = p.unit_id
WHERE a.valid_from <= %(day)s AND (a.valid_to IS NULL OR a.valid_to > %(day)s)
AND (u.valid_to IS NULL OR u.valid_to > %(day)s) AND s.is_active AND s.kind = 'person' AND
"""
_BY_RANK = "ORDER BY u.rank, p.rank, p.code, a.is_primary DESC, a.staff_id"
_MAIN_FIRST = "ORDER BY a.is_primary DESC, a.valid_from, a.id"
_OF_POSTS = f"{_SEATS} a.post_id = ANY(%(of)s) {_BY_RANK}"
_IN_ROLE = f"{_SEATS} p.unit_id = ANY(%(of)s) AND p.role = ANY(%(roles)s) {_BY_RANK}"
_OF_PEOPLE = f"{_SEATS} a.staff_id = ANY(%(of)s) {_MAIN_FIRST}"
_OF_NUMBERS = f"{_SEATS} s.staff_number = ANY(%(of)s) {_MAIN_FIRST}"
_STAND_INS = """
SELECT a.staff_id, a.acting_id, s.name
FROM workflows_absence a JOIN directory_staff s ON s.id = a.acting_id AND s.is_active
WHERE a.staff_id = ANY(%(of)s) AND a.starts_on <= %(day)s AND a.ends_on >= %(day)s
AND (a.ended_on IS NULL OR a.ended_on > %(day)s)
UNION
SELECT d.staff_id, d.to_id, s.name
FROM workflows_delegation d JOIN directory_staff s ON s.id = d.to_id AND s.is_active
WHERE d.staff_id = ANY(%(of)s) AND d.starts_at <= %(at)s AND d.ends_at > %(at)s AND d.ended_at IS NULL
AND (d.processes = '[]'::jsonb OR d.processes @> %(process)s::jsonb)
ORDER BY 2
"""


def _asked(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _seats(statement: str, of: Collection[Any], day: date, **values: Any) -> list[Seat]:
    """The first seat of each person."""
    found: dict[int, Seat] = {}
    if of:
        for row in _asked(statement, of=list(of), day=day, **values):
            found.setdefault(row[0], Seat(*row))
    return list(found.values())


def of_posts(post_ids: Collection[UUID], day: date) -> list[Seat]:
    return _seats(_OF_POSTS, post_ids, day)


def in_role(unit_ids: Collection[UUID], roles: Collection[str], day: date) -> list[Seat]:
    return _seats(_IN_ROLE, unit_ids, day, roles=list(roles))


def of_people(staff_ids: Collection[int], day: date) -> list[Seat]:
    """The primary post of each."""
    place = {staff: at for at, staff in enumerate(staff_ids)}
    return sorted(_seats(_OF_PEOPLE, staff_ids, day), key=lambda seat: place[seat.staff_id])


def of_numbers(numbers: Collection[str], day: date) -> list[Seat]:
    place = {number: at for at, number in enumerate(numbers)}
    return sorted(_seats(_OF_NUMBERS, numbers, day), key=lambda seat: place[seat.number])


def stand_ins(
    staff_ids: Collection[int], process: str, at: datetime, day: date
) -> list[tuple[int, int, str]]:
    """(person, who acts in their place, name) by absence and by delegation, in cases of this process."""
    return _asked(_STAND_INS, of=list(staff_ids), day=day, at=at, process=json.dumps([process]))


def still_held(pairs: Collection[tuple[int, UUID]], day: date) -> set[tuple[int, UUID]]:
    """Of these (person, post), those that hold today."""
    begun = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    alive = Q(post__unit__valid_to__isnull=True) | Q(post__unit__valid_to__gt=day)
    rows = Appointment.objects.filter(
        begun & alive, staff__is_active=True, staff__kind="person", staff_id__in={staff for staff, _ in pairs},
        post_id__in={post for _, post in pairs},
    )  # fmt: skip
    return set(rows.values_list("staff_id", "post_id")) & set(pairs)


def find_unit(code: str) -> Unit | None:
    return Unit.objects.filter(code=code).first()


def units_by_id(unit_ids: Iterable[UUID]) -> dict[UUID, Unit]:
    return Unit.objects.select_related("block_parent").in_bulk(list(unit_ids))


def find_post(code: str) -> Post | None:
    return Post.objects.select_related("unit").filter(code=code).first()


def guided_in_region(line: UUID, region: str, day: date) -> list[Unit]:
    """The units that this one guides along the line, in a region."""
    alive = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    return list(Unit.objects.filter(alive, line_parent_id=line, region_id=region).order_by("rank", "code"))


def role_word(role: str) -> str:
    return str(dict(PostRole.choices).get(role, role))
