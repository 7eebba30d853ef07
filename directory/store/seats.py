"""Who sits where on a day: the queries behind rooms that follow the directory."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from directory.store.models import Post, Unit

# Parameters: units uuid[], subtree bool, roles text[] (empty: all), today date, deepest int.
SEATED = """
WITH RECURSIVE wanted(id, depth) AS (
    SELECT u.id, 0 FROM directory_unit u WHERE u.id = ANY (%(units)s::uuid[])
  UNION
    SELECT u.id, w.depth + 1 FROM wanted w JOIN directory_unit u
        ON u.block_parent_id = w.id OR u.block_parent_id IS NULL AND u.line_parent_id = w.id
    WHERE %(subtree)s AND w.depth < %(deepest)s
)
SELECT DISTINCT s.id FROM directory_appointment a
JOIN directory_staff s ON s.id = a.staff_id AND s.is_active AND s.kind = 'person'
JOIN directory_post p ON p.id = a.post_id
JOIN directory_unit u ON u.id = p.unit_id AND (u.valid_to IS NULL OR u.valid_to > %(today)s)
WHERE p.unit_id IN (SELECT id FROM wanted) AND (cardinality(%(roles)s::text[]) = 0 OR p.role = ANY (%(roles)s::text[]))
    AND a.valid_from <= %(today)s AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
ORDER BY s.id
"""

# People who held one of the posts and do not any more: (post, staff).
FORMER = """
SELECT DISTINCT a.post_id, a.staff_id FROM directory_appointment a
WHERE a.post_id = ANY (%(posts)s::uuid[]) AND a.valid_to <= %(today)s AND NOT EXISTS (
    SELECT FROM directory_appointment now
    WHERE now.post_id = a.post_id AND now.staff_id = a.staff_id AND now.valid_from <= %(today)s
        AND (now.valid_to IS NULL OR now.valid_to > %(today)s))
"""

UNITS_OF = """
SELECT DISTINCT a.staff_id, p.unit_id FROM directory_appointment a JOIN directory_post p ON p.id = a.post_id
WHERE a.staff_id = ANY (%(staff)s) AND a.valid_from <= %(today)s AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
"""


def seated(
    units: Sequence[UUID], today: date, *, subtree: bool, roles: Sequence[str], deepest: int
) -> list[int]:
    """Staff keys of active people who hold a post in these units (and below) on that day."""
    params: dict[str, Any] = {
        "units": list(units),
        "subtree": subtree,
        "roles": list(roles),
        "today": today,
        "deepest": deepest,
    }
    with connection.cursor() as cursor:
        cursor.execute(SEATED, params)
        return [row[0] for row in cursor.fetchall()]


def former_holders(posts: Sequence[UUID], today: date) -> list[tuple[UUID, int]]:
    with connection.cursor() as cursor:
        cursor.execute(FORMER, {"posts": list(posts), "today": today})
        return [(row[0], row[1]) for row in cursor.fetchall()]


def units_of(staff_ids: Sequence[int], today: date) -> list[tuple[int, UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(UNITS_OF, {"staff": list(staff_ids), "today": today})
        return [(row[0], row[1]) for row in cursor.fetchall()]


def units_in_order() -> list[tuple[UUID, str, UUID | None]]:
    """(id, short or full name, parent) of every unit, past ones too, siblings in protocol order."""
    rows = Unit.objects.order_by("rank", "code")
    return [
        (unit, short or name, block or line)
        for unit, short, name, block, line in rows.values_list(
            "id", "short_name", "name", "block_parent_id", "line_parent_id"
        )
    ]


def units_of_posts(posts: Sequence[UUID]) -> dict[UUID, UUID]:
    return dict(Post.objects.filter(pk__in=list(posts)).values_list("pk", "unit_id"))
