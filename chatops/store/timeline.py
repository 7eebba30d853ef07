"""Pages of a room's timeline, with edits folded in."""

from typing import Any

from django.db import connection

from chatops.store.frames import EVENT_COLUMNS

SHOWN = f"""
SELECT {EVENT_COLUMNS}, edit.content, edit.seq
FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id
LEFT JOIN LATERAL (
    SELECT r.content -> 'm.new_content' AS content, r.seq FROM chatops_event r
    WHERE r.room_id = e.room_id AND r.relates_to = e.event_id AND r.rel_type = 'm.replace' AND r.redacted_by IS NULL
        AND r.sender_id = e.sender_id AND r.type = e.type AND e.redacted_by IS NULL
    ORDER BY r.seq DESC LIMIT 1
) edit ON true
WHERE e.room_id = %(room)s AND e.display AND e.seq < %(before)s AND e.seq > %(after)s
ORDER BY e.seq DESC LIMIT %(limit)s
"""  # noqa: S608 - constant columns

RAW = f"""
SELECT {EVENT_COLUMNS} FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id
WHERE e.room_id = %s AND e.seq > %s ORDER BY e.seq LIMIT %s
"""  # noqa: S608 - constant columns

# People only, as in the lists of names: a bot has nothing to read.
HISTOGRAM = """
SELECT m.read_seq, count(*) FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
WHERE m.room_id = %s AND m.membership = 'join' AND s.kind <> 'bot' GROUP BY 1 ORDER BY 1
"""


def shown_before(room: int, before: int, after: int, limit: int) -> list[tuple[Any, ...]]:
    """Displayable events between two positions (exclusive), newest first: EVENT_COLUMNS, then the newest edit's
    content and seq or NULLs."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, {"room": room, "before": before, "after": after, "limit": limit})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def all_after(room: int, after: int, limit: int) -> list[tuple[Any, ...]]:
    """Every event after a position, oldest first: EVENT_COLUMNS."""
    with connection.cursor() as cursor:
        cursor.execute(RAW, [room, after, limit])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def read_histogram(room: int) -> list[tuple[int, int]]:
    """How many members have read up to which position."""
    with connection.cursor() as cursor:
        cursor.execute(HISTOGRAM, [room])
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows
