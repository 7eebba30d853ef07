"""Events that speak of another one, and threads."""

from typing import Any

from chatops.store.live import Pool
from chatops.store.matrix.events import COLUMNS, FROM, EventRow

DEEPEST = 3

RELATED = f"""
WITH RECURSIVE found (event_id, seq, depth) AS (
    SELECT v.event_id, v.seq, 1 FROM chatops_event v
    WHERE v.room_id = %(room)s AND v.relates_to = %(event)s
        AND (%(rel_type)s::text IS NULL OR v.rel_type = %(rel_type)s)
    UNION
    SELECT v.event_id, v.seq, f.depth + 1 FROM found f
    JOIN chatops_event v ON v.room_id = %(room)s AND v.relates_to = f.event_id
    WHERE f.depth < %(depth)s
)
SELECT {COLUMNS} {FROM} JOIN (SELECT DISTINCT seq FROM found) f ON f.seq = e.seq
WHERE e.room_id = %(room)s AND e.seq > %(after)s AND e.seq <= %(through)s AND e.redacted_by IS NULL
    AND (%(type)s::text IS NULL OR e.type = %(type)s)
ORDER BY e.seq DESC LIMIT %(limit)s
"""  # noqa: S608 - constant parts
RELATED_ON = RELATED.replace("e.seq DESC LIMIT", "e.seq LIMIT")

THREADS = f"""
SELECT {COLUMNS}, t.last {FROM} JOIN (
    SELECT v.relates_to, max(v.seq) AS last, bool_or(v.sender_id = %(staff)s) AS mine FROM chatops_event v
    WHERE v.room_id = %(room)s AND v.rel_type = 'm.thread' AND v.redacted_by IS NULL AND v.seq > %(after)s
    GROUP BY v.relates_to
) t ON t.relates_to = e.event_id
WHERE e.room_id = %(room)s AND e.seq > %(after)s AND t.last <= %(through)s
    AND (NOT %(participated)s OR t.mine OR e.sender_id = %(staff)s)
ORDER BY t.last DESC LIMIT %(limit)s
"""  # noqa: S608

AT_TIME = """
SELECT e.event_id, e.ts FROM chatops_event e
WHERE e.room_id = %(room)s AND e.seq > %(first)s AND e.seq <= %(last)s AND e.ts >= %(ts)s ORDER BY e.ts, e.seq LIMIT 1
"""
BEFORE_TIME = """
SELECT e.event_id, e.ts FROM chatops_event e
WHERE e.room_id = %(room)s AND e.seq > %(first)s AND e.seq <= %(last)s AND e.ts <= %(ts)s
ORDER BY e.ts DESC, e.seq DESC LIMIT 1
"""


async def related(
    pool: Pool,
    *,
    room: int,
    event_id: str,
    rel_type: str | None,
    event_type: str | None,
    after: int,
    through: int,
    limit: int,
    backwards: bool,
    depth: int,
) -> list[EventRow]:
    """Relations of an event with after < seq <= through, to `depth`."""
    params = {
        "room": room,
        "event": event_id,
        "rel_type": rel_type,
        "type": event_type,
        "after": after,
        "through": through,
        "limit": limit,
        "depth": depth,
    }
    return [EventRow(*row) for row in await _rows(pool, RELATED if backwards else RELATED_ON, params)]


async def thread_roots(
    pool: Pool, *, room: int, staff: int, participated: bool, after: int, through: int, limit: int
) -> list[tuple[EventRow, int]]:
    """(root, position of its newest reply), the newest reply first, replies up to `through`."""
    params = {
        "room": room,
        "staff": staff,
        "participated": participated,
        "after": after,
        "through": through,
        "limit": limit,
    }
    return [(EventRow(*row[:-1]), row[-1]) for row in await _rows(pool, THREADS, params)]


async def at_time(
    pool: Pool, room: int, first: int, last: int, ts: int, *, backwards: bool
) -> tuple[str, int] | None:
    params = {"room": room, "first": first, "last": last, "ts": ts}
    rows = await _rows(pool, BEFORE_TIME if backwards else AT_TIME, params)
    return (rows[0][0], rows[0][1]) if rows else None


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall()
