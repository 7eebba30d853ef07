"""Members of a room by unit, in protocol order, of rooms of any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

# One seat a member: the primary post of today, else the oldest. A look-up for each, so that no plan goes wrong with the
# number of members; `{key}` is the member's staff key.
SEAT = """
LEFT JOIN LATERAL (
    SELECT p.id AS post_id, p.unit_id, p.title, p.rank FROM directory_appointment held
    JOIN directory_post p ON p.id = held.post_id
    WHERE held.staff_id = {key} AND held.valid_from <= %(today)s
        AND (held.valid_to IS NULL OR held.valid_to > %(today)s)
    ORDER BY held.is_primary DESC, held.valid_from, held.id LIMIT 1
) x ON true
"""

# Who holds a post in the asked unit at all: the look-ups are then for these alone.
HOLDERS = """
SELECT held.staff_id FROM directory_appointment held JOIN directory_post p ON p.id = held.post_id
WHERE p.unit_id::text = %(unit)s
"""

COUNTS = f"""
SELECT x.unit_id, count(*), count(*) FILTER (WHERE s.kind = 'bot')
FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id {SEAT.format(key="m.staff_id")}
WHERE m.room_id = %(room)s AND m.membership = 'join' GROUP BY x.unit_id
"""  # noqa: S608 - constant parts

# `units`: unit ids in the order in which they are shown. `q` matches name, pinyin, initials, title.
PEOPLE = f"""
WITH shown AS (SELECT unit, place FROM unnest(%(units)s::uuid[]) WITH ORDINALITY AS o (unit, place))
SELECT s.id, s.staff_number, s.name, s.kind, m.level, coalesce(x.title, ''), x.unit_id, s.pinyin, s.initials,
    x.post_id
FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
{SEAT.format(key="m.staff_id")} LEFT JOIN shown ON shown.unit = x.unit_id
WHERE m.room_id = %(room)s AND m.membership = 'join'
    AND (%(unit)s::text = '' OR coalesce(x.unit_id::text, 'none') = %(unit)s)
    AND (%(unit)s::text IN ('', 'none') OR m.staff_id IN ({HOLDERS}))
    AND (%(q)s = '' OR s.name ILIKE %(like)s OR x.title ILIKE %(like)s OR s.initials LIKE %(starts)s
        OR replace(s.pinyin, ' ', '') LIKE %(starts)s OR x.unit_id = ANY (%(named)s::uuid[]))
ORDER BY s.kind = 'bot', shown.place NULLS LAST, x.rank NULLS LAST, s.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Seated:
    """A member with the post in which he or she sits in lists."""

    staff_id: int
    staff_number: str
    name: str
    kind: str
    level: int
    post_title: str
    unit_id: UUID | None
    pinyin: str
    initials: str
    post_id: UUID | None


def counts(room: int, today: date) -> list[tuple[UUID | None, int, int]]:
    """(unit or None, members, of these bots), in no order."""
    return _rows(COUNTS, {"room": room, "today": today})


def people(
    room: int,
    today: date,
    *,
    units: Sequence[UUID],
    unit: str,
    q: str,
    named: Sequence[UUID],
    limit: int,
    offset: int,
) -> list[Seated]:
    """A page of members. `unit`: "" for all, "none" for people without a post; `named`: units that `q` names."""
    safe = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    params = {
        "room": room, "today": today, "units": list(units), "unit": unit, "q": q, "like": f"%{safe}%",
        "starts": f"{safe.lower().replace(' ', '')}%", "named": list(named), "limit": limit, "offset": offset,
    }  # fmt: skip
    return [Seated(*row) for row in _rows(PEOPLE, params)]


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
