"""Members of a room by person, unit and post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from chatops.store.models import Event, Membership, MembershipState


@dataclass(frozen=True, slots=True)
class Named:
    staff_id: int
    staff_number: str
    name: str
    post_title: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A room and the asking member's place in it."""

    room: int
    levels: dict[str, Any]
    level: int
    history_seq: int


# A unit stands for its people and those of the units below it; a post for whoever holds it now.
NAMED = """
WITH RECURSIVE tree AS (
    SELECT id FROM directory_unit WHERE id = ANY (%(units)s::uuid[])
    UNION SELECT u.id FROM directory_unit u JOIN tree t ON u.block_parent_id = t.id
)
SELECT DISTINCT ON (s.id) s.id, s.staff_number, s.name, coalesce(p.title, ''),
    coalesce(nullif(u.short_name, ''), u.name, '')
FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
LEFT JOIN directory_appointment a ON a.staff_id = s.id AND a.valid_from <= %(today)s
    AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
LEFT JOIN directory_post p ON p.id = a.post_id LEFT JOIN directory_unit u ON u.id = p.unit_id
WHERE m.room_id = %(room)s AND m.membership = 'join' AND (
    s.staff_number = ANY (%(users)s) OR p.id = ANY (%(posts)s::uuid[]) OR p.unit_id IN (SELECT id FROM tree))
ORDER BY s.id, a.is_primary DESC
"""


def named(
    room: int, users: Sequence[str], units: Sequence[UUID], posts: Sequence[UUID], today: date
) -> list[Named]:
    """The members meant, each once."""
    if not (users or units or posts):
        return []
    given: dict[str, Any] = {
        "room": room,
        "users": list(users),
        "units": list(units),
        "posts": list(posts),
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(NAMED, given)
        return [Named(*row) for row in cursor.fetchall()]


def find_place(room_id: str, staff_id: int) -> Place | None:
    return _place(Membership.objects.filter(room__room_id=room_id), staff_id)


def place_in(room: int, staff_id: int) -> Place | None:
    return _place(Membership.objects.filter(room_id=room), staff_id)


def _place(rows: Any, staff_id: int) -> Place | None:
    found = rows.filter(staff_id=staff_id, membership=MembershipState.JOIN).select_related("room").first()
    return Place(found.room_id, found.room.levels, found.level, found.history_seq) if found else None


def count_people(room: int, besides: int) -> int:
    return _people(room, besides).count()


def some_people(room: int, besides: int, most: int) -> list[int]:
    """Keys of those who are longest in the room."""
    return list(_people(room, besides).order_by("pk").values_list("staff_id", flat=True)[:most])


def is_in(room: int, staff_id: int) -> bool:
    joined = Membership.objects.filter(room_id=room, membership=MembershipState.JOIN)
    return joined.filter(staff_id=staff_id).exists()


def _people(room: int, besides: int) -> QuerySet[Membership]:
    joined = Membership.objects.filter(room_id=room, membership=MembershipState.JOIN)
    return joined.exclude(staff_id=besides).exclude(staff__kind="bot")


def own_newest(room: int, staff_id: int) -> Event | None:
    own = Event.objects.filter(room_id=room, sender_id=staff_id, countable=True, redacted_by=None)
    return own.order_by("-seq").first()


def sender_of(room: int, event_id: str) -> Event | None:
    return Event.objects.filter(room_id=room, event_id=event_id, redacted_by=None).first()
