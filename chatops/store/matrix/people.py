"""A person's own small data on the Matrix door: names, account data, filters, marks."""

from collections.abc import Callable
from typing import Any

import orjson

from chatops.store.live import Pool

# Our own rows in the same table (drafts) are no business of a Matrix client.
PREFIX = "matrix:"
FILTER = "matrix-filter:"
PRIVATE_READ = "matrix-private-read"
PRESENCE = "matrix-presence"

Change = Callable[[dict[str, Any]], dict[str, Any]]

NAME = "SELECT name FROM directory_staff WHERE staff_number = %s AND is_active"
GET = "SELECT content FROM chatops_persondata WHERE staff_id = %s AND room_id = %s AND type = %s"
ALL = """
SELECT room_id, type, content FROM chatops_persondata
WHERE staff_id = %s AND type LIKE 'matrix:%%' AND (%s::bigint[] IS NULL OR room_id = ANY (%s::bigint[]))
"""
# A change is told to the person's own devices through the stream, in the same statement.
PUT = """
WITH put AS (
    INSERT INTO chatops_persondata (staff_id, room_id, type, content)
    VALUES (%(staff)s, %(room)s, %(type)s, %(content)s)
    ON CONFLICT (staff_id, room_id, type) DO UPDATE SET content = excluded.content
)
INSERT INTO chatops_inbox (kind, room_id, staff_id, body)
SELECT 3, nullif(%(room)s, 0), %(staff)s, jsonb_build_object('type', %(type)s::text) WHERE %(told)s
"""
PRESENCE_OF = """
SELECT coalesce(d.content, '{}') FROM directory_staff s
LEFT JOIN chatops_persondata d ON d.staff_id = s.id AND d.room_id = 0 AND d.type = 'matrix-presence'
WHERE s.staff_number = %s AND s.is_active
"""
LOCK = "SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))"
FULLY_READ = """
WITH moved AS (
    UPDATE chatops_membership SET fully_read_seq = %(seq)s
    WHERE room_id = %(room)s AND staff_id = %(staff)s AND fully_read_seq < %(seq)s RETURNING 1
)
INSERT INTO chatops_inbox (kind, room_id, staff_id, body)
SELECT 3, %(room)s, %(staff)s, '{"type": "m.fully_read"}'::jsonb FROM moved
"""


async def find_name(pool: Pool, staff_number: str) -> str | None:
    rows = await _rows(pool, NAME, [staff_number])
    return rows[0][0] if rows else None


async def find_data(pool: Pool, staff_id: int, room: int, data_type: str) -> dict[str, Any] | None:
    """Account data; `room` 0 is the person's own."""
    rows = await _rows(pool, GET, [staff_id, room, PREFIX + data_type])
    return rows[0][0] if rows else None


async def list_data(
    pool: Pool, staff_id: int, rooms: list[int] | None
) -> list[tuple[int, str, dict[str, Any]]]:
    """(room, type, content), all of the person's or those of some rooms (0: of none)."""
    rows = await _rows(pool, ALL, [staff_id, rooms, rooms])
    return [(row[0], row[1].removeprefix(PREFIX), row[2]) for row in rows]


async def put_data(
    pool: Pool, staff_id: int, room: int, data_type: str, content: dict[str, Any], *, told: bool = True
) -> None:
    """Store; `told` lets it appear in the person's next sync."""
    params = {
        "staff": staff_id,
        "room": room,
        "type": PREFIX + data_type,
        "content": orjson.dumps(content).decode(),
        "told": told,
    }
    await _execute(pool, PUT, params)


async def update_data(pool: Pool, staff_id: int, room: int, data_type: str, how: Change) -> None:
    """Change account data by what is there, one change after the other. What `how` raises leaves it as it was."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(LOCK, [staff_id, data_type])
        cursor = await connection.execute(GET, [staff_id, room, PREFIX + data_type])
        row = await cursor.fetchone()
        content = orjson.dumps(how(row[0] if row else {})).decode()
        params = {
            "staff": staff_id,
            "room": room,
            "type": PREFIX + data_type,
            "content": content,
            "told": True,
        }
        await connection.execute(PUT, params)


async def mark_fully_read(pool: Pool, room: int, staff_id: int, seq: int) -> None:
    """Moves forward only."""
    await _execute(pool, FULLY_READ, {"room": room, "staff": staff_id, "seq": seq})


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall()


async def _execute(pool: Pool, statement: str, params: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, params)


async def find_filter(pool: Pool, staff_id: int, filter_id: str) -> dict[str, Any] | None:
    rows = await _rows(pool, GET, [staff_id, 0, FILTER + filter_id])
    return rows[0][0] if rows else None


async def put_filter(pool: Pool, staff_id: int, filter_id: str, body: dict[str, Any]) -> None:
    content = orjson.dumps(body).decode()
    params = {"staff": staff_id, "room": 0, "type": FILTER + filter_id, "content": content, "told": False}
    await _execute(pool, PUT, params)


async def put_private_read(pool: Pool, room: int, staff_id: int, seq: int) -> None:
    """A mark that only its owner sees; an older position changes nothing."""
    known = await _rows(pool, GET, [staff_id, room, PRIVATE_READ])
    if known and int(known[0][0].get("seq", 0)) >= seq:
        return
    content = orjson.dumps({"seq": seq}).decode()
    params = {"staff": staff_id, "room": room, "type": PRIVATE_READ, "content": content, "told": True}
    await _execute(pool, PUT, params)


async def put_presence(pool: Pool, staff_id: int, content: dict[str, Any]) -> None:
    """Kept for who asks; nobody is told."""
    raw = orjson.dumps(content).decode()
    params = {"staff": staff_id, "room": 0, "type": PRESENCE, "content": raw, "told": False}
    await _execute(pool, PUT, params)


async def find_presence(pool: Pool, staff_number: str) -> dict[str, Any] | None:
    """What the person said last, {} for nothing; None for nobody."""
    rows = await _rows(pool, PRESENCE_OF, [staff_number])
    return rows[0][0] if rows else None
