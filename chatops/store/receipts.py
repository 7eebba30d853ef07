"""Who has read an event and who has not, who has answered it: counts by unit and pages of names, rooms of any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from chatops.store.members import HOLDERS, SEAT
from chatops.store.models import Confirmation, Event, Membership

# People (not bots, not the sender) who were in the room when the event came: it is them that it was said to.
ADDRESSED = """
addressed AS (
    SELECT m.staff_id, s.staff_number, s.name, m.read_seq >= %(seq)s AS has_read, c.answer, c.note, c.handed_to
    FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id AND s.kind <> 'bot'
    LEFT JOIN chatops_confirmation c ON c.room_id = m.room_id AND c.seq = %(seq)s AND c.staff_id = m.staff_id
    WHERE m.room_id = %(room)s AND m.membership = 'join' AND m.seq <= %(seq)s AND m.staff_id <> %(sender)s
)
"""

COUNTS = f"""
WITH {ADDRESSED}
SELECT x.unit_id, count(*), count(*) FILTER (WHERE a.has_read), count(*) FILTER (WHERE a.answer = 'received'),
    count(*) FILTER (WHERE a.answer = 'difficulty'), count(*) FILTER (WHERE a.answer = 'transferred')
FROM addressed a {SEAT.format(key="a.staff_id")} GROUP BY x.unit_id
"""  # noqa: S608 - constant parts

TOTALS = f"""
WITH {ADDRESSED}
SELECT count(*), count(*) FILTER (WHERE has_read), count(*) FILTER (WHERE answer = 'received'),
    count(*) FILTER (WHERE answer = 'difficulty'), count(*) FILTER (WHERE answer = 'transferred')
FROM addressed
"""  # noqa: S608

_STATE = """
CASE %(state)s WHEN 'read' THEN a.has_read WHEN 'unread' THEN NOT a.has_read
    WHEN 'unconfirmed' THEN a.answer IS NULL WHEN 'all' THEN true ELSE a.answer = %(state)s END
"""

PEOPLE = f"""
WITH {ADDRESSED},
    shown AS (SELECT unit, place FROM unnest(%(units)s::uuid[]) WITH ORDINALITY AS o (unit, place))
SELECT a.staff_id, a.staff_number, a.name, coalesce(x.title, ''), x.unit_id, a.has_read, a.answer, coalesce(a.note, ''),
    coalesce(h.name, '')
FROM addressed a {SEAT.format(key="a.staff_id")} LEFT JOIN shown ON shown.unit = x.unit_id
LEFT JOIN directory_staff h ON h.id = a.handed_to
WHERE {_STATE} AND (%(unit)s::text = '' OR coalesce(x.unit_id::text, 'none') = %(unit)s)
    AND (%(unit)s::text IN ('', 'none') OR a.staff_id IN ({HOLDERS}))
ORDER BY shown.place NULLS LAST, x.rank NULLS LAST, a.staff_id LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608

KEYS = f"WITH {ADDRESSED} SELECT a.staff_id FROM addressed a WHERE {_STATE} ORDER BY a.staff_id"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Tally:
    """People of whom there is talk, and how many of them have read or answered."""

    total: int
    read: int
    received: int
    difficulty: int
    transferred: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """One of them, as lists show: never with a time."""

    staff_id: int
    staff_number: str
    name: str
    post_title: str
    unit_id: UUID | None
    has_read: bool
    answer: str | None
    note: str
    handed_to: str


def counts(event: Event, today: date) -> list[tuple[UUID | None, Tally]]:
    """By unit, in no order; one query."""
    return [(row[0], Tally(*row[1:])) for row in _rows(COUNTS, {**_of(event), "today": today})]


def totals(event: Event) -> Tally:
    return Tally(*_rows(TOTALS, _of(event))[0])


def people(
    event: Event, today: date, *, state: str, units: Sequence[UUID], unit: str, limit: int, offset: int
) -> list[Addressee]:
    """A page of names. `state`: read, unread, unconfirmed, all or an answer; `unit`: "" for all, "none"."""
    params = {
        **_of(event), "today": today, "state": state, "units": list(units), "unit": unit, "limit": limit,
        "offset": offset,
    }  # fmt: skip
    return [Addressee(*row) for row in _rows(PEOPLE, params)]


def keys(event: Event, state: str) -> list[int]:
    return [row[0] for row in _rows(KEYS, {**_of(event), "state": state})]


def own_answer(event: Event, staff_id: int) -> Confirmation | None:
    return Confirmation.objects.filter(room_id=event.room_id, seq=event.seq, staff_id=staff_id).first()


def put_answer(event: Event, staff_id: int, **fields: Any) -> None:
    key: dict[str, Any] = {"room_id": event.room_id, "seq": event.seq, "staff_id": staff_id}
    Confirmation.objects.update_or_create(**key, defaults=fields)


def was_addressed(event: Event, membership: Membership) -> bool:
    return membership.seq <= event.seq and membership.staff_id != event.sender_id


def _of(event: Event) -> dict[str, Any]:
    return {"room": event.room_id, "seq": event.seq, "sender": event.sender_id}


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
