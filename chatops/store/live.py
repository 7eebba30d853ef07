"""Queries of the live line, on its own small async pool (psycopg, no ORM)."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from chatops.store.frames import EVENT_COLUMNS, event_dict

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

# Unread is derived: countable events after my position, less my own since then (decisions 24).
ROOMS = """
SELECT r.id, r.room_id, r.kind, r.name, r.last_seq, r.n, m.read_seq, m.level, m.muted, m.pinned,
    m.notify, r.archived_at IS NOT NULL,
    m.history_seq,
    r.n - coalesce((SELECT e.n FROM chatops_event e WHERE e.room_id = r.id AND e.seq = m.read_seq), 0)
        - (SELECT count(*) FROM chatops_event e
           WHERE e.room_id = r.id AND e.sender_id = m.staff_id AND e.seq > m.read_seq AND e.countable) AS unread,
    (SELECT count(DISTINCT k.seq) FROM chatops_mention k
     WHERE k.staff_id IN (0, m.staff_id) AND k.room_id = r.id AND k.seq > m.read_seq AND NOT EXISTS (
         SELECT 1 FROM chatops_event e WHERE e.room_id = r.id AND e.seq = k.seq AND e.sender_id = m.staff_id))
FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
WHERE m.staff_id = %(staff)s AND m.membership = 'join' AND (%(room)s::bigint IS NULL OR r.id = %(room)s)
"""

EVENTS = f"""
SELECT {EVENT_COLUMNS}, e.type = 'm.room.member' FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id
WHERE e.room_id = %s AND e.seq > %s AND e.seq <= %s ORDER BY e.seq LIMIT %s
"""  # noqa: S608 - constant columns

STREAM = """
SELECT pos, kind, room_id, staff_id, ref, body FROM chatops_stream WHERE pos > %s ORDER BY pos LIMIT %s
"""

PERSON_FRAMES = """
SELECT pos, body FROM chatops_stream WHERE staff_id = %s AND kind = 6 AND pos > %s AND pos <= %s ORDER BY pos LIMIT 500
"""

# Positions only move forward, never beyond the room's end; a change is told through the stream with the old position.
MARK_READ = """
WITH mark AS (
    SELECT m.id, m.room_id, m.staff_id, m.read_seq AS old, least(x.seq, r.last_seq) AS seq
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS x (room, staff, seq)
    JOIN chatops_membership m ON m.room_id = x.room AND m.staff_id = x.staff AND m.membership = 'join'
    JOIN chatops_room r ON r.id = x.room
    WHERE m.read_seq < least(x.seq, r.last_seq)
    ORDER BY m.id FOR UPDATE OF m
), moved AS (
    UPDATE chatops_membership m SET read_seq = mark.seq FROM mark WHERE m.id = mark.id
)
INSERT INTO chatops_inbox (kind, room_id, staff_id, ref, body)
SELECT 2, room_id, staff_id, seq, jsonb_build_object('old', old) FROM mark
"""


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """A room in a person's list, with positions and derived counts; what lies up to `history` is not theirs to see."""

    room: int
    room_id: str
    kind: str
    name: str
    last: int
    n: int
    read: int
    level: int
    muted: bool
    pinned: bool
    notify: str
    archived: bool
    history: int
    unread: int
    mentions: int

    def as_json(self) -> dict[str, Any]:
        return {
            "room": self.room_id,
            "kind": self.kind,
            "name": self.name,
            "last": self.last,
            "n": self.n,
            "read": self.read,
            "level": self.level,
            "muted": self.muted,
            "pinned": self.pinned,
            "notify": self.notify,
            "archived": self.archived,
            "unread": max(0, self.unread),
            "mentions": self.mentions,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the stream."""

    pos: int
    kind: int
    room: int | None
    staff: int | None
    ref: int | None
    body: Any


async def rooms_of(pool: Pool, staff_id: int, room: int | None = None) -> list[RoomEntry]:
    """The rooms that a person has joined; with `room`, at most that one."""
    async with pool.connection() as connection:
        cursor = await connection.execute(ROOMS, {"staff": staff_id, "room": room})
        return [RoomEntry(*row) for row in await cursor.fetchall()]


async def events_after(
    pool: Pool, room: int, room_id: str, after: int, through: int, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """Events after..through (exclusive, inclusive), oldest first, at most `limit`; and whether members changed."""
    async with pool.connection() as connection:
        cursor = await connection.execute(EVENTS, [room, after, through, limit])
        rows = await cursor.fetchall()
    return [event_dict(room_id, row[:-1]) for row in rows], any(row[-1] for row in rows)


async def changes_after(pool: Pool, pos: int, limit: int) -> list[Change]:
    async with pool.connection() as connection:
        cursor = await connection.execute(STREAM, [pos, limit])
        return [Change(*row) for row in await cursor.fetchall()]


async def head(pool: Pool) -> int:
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT pos FROM chatops_streamhead WHERE id = 1")
        row = await cursor.fetchone()
        return row[0] if row else 0


async def person_frames(pool: Pool, staff_id: int, after: int, through: int) -> list[tuple[int, Any]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(PERSON_FRAMES, [staff_id, after, through])
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def mark_read(pool: Pool, marks: list[tuple[int, int, int]]) -> None:
    """Write read positions, rows (room, staff, seq), in one statement."""
    columns = [list(column) for column in zip(*marks, strict=True)]
    async with pool.connection() as connection:
        await connection.execute(MARK_READ, columns)


async def clock_offset(pool: Pool) -> float:
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT seconds FROM common_clockoffset WHERE id = 1")
        row = await cursor.fetchone()
        return row[0] if row else 0.0
