"""Pages of a room's timeline, with what later events say about each folded in."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from chatops.store.frames import EVENT_COLUMNS

# One statement, so that a page is the room at one position (`head`) and a client can go on from there by the events
# alone. The room is given as a constant everywhere: only its partition is planned for.
FOLDED = f"""
WITH room AS (SELECT last_seq FROM chatops_room WHERE id = %(room)s
), pins AS (
    SELECT p.content -> 'pinned' AS list FROM chatops_roomstate st
    JOIN chatops_event p ON p.room_id = %(room)s AND p.seq = st.seq
    WHERE st.room_id = %(room)s AND st.type = 'm.room.pinned_events' AND st.state_key = ''
)
SELECT {EVENT_COLUMNS}, edit.content, edit.seq, reaction.list, thread.n, last.seq, last.ts, writer.staff_number,
    coalesce(last.acting ->> 'name', writer.name), coalesce((SELECT list ? e.event_id FROM pins), false),
    (SELECT last_seq FROM room)
FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id
LEFT JOIN LATERAL (
    SELECT r.content -> 'm.new_content' AS content, r.seq FROM chatops_event r
    WHERE r.room_id = %(room)s AND r.relates_to = e.event_id AND r.rel_type = 'm.replace' AND r.redacted_by IS NULL
        AND r.sender_id = e.sender_id AND r.type = e.type AND e.redacted_by IS NULL
    ORDER BY r.seq DESC LIMIT 1
) edit ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('key', key, 'count', n, 'mine', mine) ORDER BY first) AS list FROM (
        SELECT r.content -> 'm.relates_to' ->> 'key' AS key, count(*) AS n, min(r.seq) AS first,
            bool_or(r.sender_id = %(staff)s) AS mine
        FROM chatops_event r
        WHERE r.room_id = %(room)s AND r.relates_to = e.event_id AND r.rel_type = 'm.annotation'
            AND r.type = 'm.reaction' AND r.redacted_by IS NULL AND e.redacted_by IS NULL
        GROUP BY 1
    ) by_key
) reaction ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS n, max(r.seq) AS last FROM chatops_event r
    WHERE r.room_id = %(room)s AND r.relates_to = e.event_id AND r.rel_type = 'm.thread' AND r.redacted_by IS NULL
) thread ON true
LEFT JOIN chatops_event last ON last.room_id = %(room)s AND last.seq = thread.last
LEFT JOIN directory_staff writer ON writer.id = last.sender_id
WHERE e.room_id = %(room)s AND e.seq > %(after)s AND e.seq < %(before)s AND """  # noqa: S608 - constant columns

SHOWN = f"{FOLDED} e.display ORDER BY e.seq DESC LIMIT %(limit)s"
REPLIES = f"""{FOLDED} e.rel_type = 'm.thread' AND e.relates_to = %(root)s
ORDER BY e.seq DESC LIMIT %(limit)s"""
NAMED = f"{FOLDED} e.event_id = ANY (%(ids)s) ORDER BY e.seq"

RAW = f"""
SELECT {EVENT_COLUMNS} FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id
WHERE e.room_id = %s AND e.seq > %s ORDER BY e.seq LIMIT %s
"""  # noqa: S608 - constant columns

# People only, as in the lists of names: a bot has nothing to read.
HISTOGRAM = """
SELECT m.read_seq, count(*) FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
WHERE m.room_id = %s AND m.membership = 'join' AND s.kind <> 'bot' GROUP BY 1 ORDER BY 1
"""
MOST_SEQ = 2**62


@dataclass(frozen=True, slots=True)
class FoldedRow:
    """An event (`columns`: EVENT_COLUMNS) and what was said of it up to position `head` of the room."""

    columns: tuple[Any, ...]
    edit: Any
    edit_seq: int | None
    reactions: Any
    replies: int
    reply_seq: int | None
    reply_ts: int | None
    reply_number: str | None
    reply_name: str | None
    pinned: bool
    head: int


def shown_before(room: int, staff_id: int, before: int, after: int, limit: int) -> list[FoldedRow]:
    """Displayable events between two positions (exclusive), newest first, as `staff_id` sees them."""
    return _folded(SHOWN, room, staff_id, before=before, after=after, limit=limit)


def replies_before(
    room: int, staff_id: int, root: str, before: int, after: int, limit: int
) -> list[FoldedRow]:
    """Replies in a thread, newest first."""
    return _folded(REPLIES, room, staff_id, before=before, after=after, limit=limit, root=root)


def named(room: int, staff_id: int, ids: list[str], after: int) -> list[FoldedRow]:
    """These events, oldest first; those at or before `after` are left out."""
    return _folded(NAMED, room, staff_id, before=MOST_SEQ, after=after, ids=ids)


def _folded(statement: str, room: int, staff_id: int, **given: Any) -> list[FoldedRow]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"room": room, "staff": staff_id, **given})
        return [FoldedRow(row[:-10], *row[-10:]) for row in cursor.fetchall()]


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
