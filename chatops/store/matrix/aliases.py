"""Names of rooms and the room directory (C-S API, "Room aliases", "Published room directory")."""

from typing import Any

from chatops.store.live import Pool

FIND = """
SELECT r.room_id, r.id, a.creator_id FROM chatops_roomalias a JOIN chatops_room r ON r.id = a.room_id
WHERE a.alias = %s
"""
PUT = """
INSERT INTO chatops_roomalias (alias, room_id, creator_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1
"""
DELETE = "DELETE FROM chatops_roomalias WHERE alias = %s"
OF_ROOM = "SELECT alias FROM chatops_roomalias WHERE room_id = %s ORDER BY alias"

IS_LISTED = """
SELECT r.id, l.room_id IS NOT NULL FROM chatops_room r LEFT JOIN chatops_listedroom l ON l.room_id = r.id
WHERE r.room_id = %s
"""
LIST = "INSERT INTO chatops_listedroom (room_id) VALUES (%s) ON CONFLICT DO NOTHING"
UNLIST = "DELETE FROM chatops_listedroom WHERE room_id = %s"

# What may be said of a room to somebody who is not in it: nothing but what its directory entry says.
_SUMMARY = """
SELECT r.id, r.room_id, r.name, r.purpose, r.kind, count(m.id) FILTER (WHERE m.membership = 'join'),
    (SELECT e.content ->> 'join_rule' FROM chatops_roomstate k JOIN chatops_event e
        ON e.room_id = k.room_id AND e.seq = k.seq
     WHERE k.room_id = r.id AND k.type = 'm.room.join_rules' AND k.state_key = ''),
    (SELECT min(a.alias) FROM chatops_roomalias a WHERE a.room_id = r.id),
    (SELECT v.membership FROM chatops_membership v WHERE v.room_id = r.id AND v.staff_id = %(staff)s)
FROM chatops_room r LEFT JOIN chatops_membership m ON m.room_id = r.id
"""
LISTED = f"""
{_SUMMARY} JOIN chatops_listedroom l ON l.room_id = r.id
WHERE r.archived_at IS NULL AND (%(like)s::text IS NULL OR r.name ILIKE %(like)s OR r.purpose ILIKE %(like)s)
GROUP BY r.id ORDER BY count(m.id) FILTER (WHERE m.membership = 'join') DESC, r.id OFFSET %(offset)s LIMIT %(limit)s
"""
LISTED_COUNT = """
SELECT count(*) FROM chatops_listedroom l JOIN chatops_room r ON r.id = l.room_id WHERE r.archived_at IS NULL
"""
SUMMARIES = f"{_SUMMARY} WHERE r.room_id = ANY (%(rooms)s) GROUP BY r.id"

# Groups of a unit that the person is in, and those of its own that everybody may find.
UNIT_ROOMS = f"""
{_SUMMARY} WHERE r.unit = ANY (%(units)s::uuid[]) AND r.archived_at IS NULL
    AND (EXISTS (SELECT 1 FROM chatops_membership v
                 WHERE v.room_id = r.id AND v.staff_id = %(staff)s AND v.membership IN ('join', 'invite'))
         OR EXISTS (SELECT 1 FROM chatops_listedroom l WHERE l.room_id = r.id))
GROUP BY r.id ORDER BY r.id
"""  # noqa: S608


class Summary:
    """A room as its directory entry shows it. `membership` is the asking person's, or None."""

    __slots__ = ("alias", "join_rule", "key", "kind", "members", "membership", "name", "room_id", "topic")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.key, self.room_id, self.name, self.topic, self.kind, self.members = row[:6]
        self.join_rule, self.alias, self.membership = row[6:9]


async def find(pool: Pool, alias: str) -> tuple[str, int, int] | None:
    """(room id, room key, who made it)."""
    rows = await _rows(pool, FIND, [alias])
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


async def put(pool: Pool, alias: str, room: int, creator: int) -> bool:
    """False when the name is taken."""
    return bool(await _rows(pool, PUT, [alias, room, creator]))


async def delete(pool: Pool, alias: str) -> None:
    await _execute(pool, DELETE, [alias])


async def of_room(pool: Pool, room: int) -> list[str]:
    return [row[0] for row in await _rows(pool, OF_ROOM, [room])]


async def is_listed(pool: Pool, room_id: str) -> tuple[int, bool] | None:
    """(room key, whether the directory shows it); None for an unknown room."""
    rows = await _rows(pool, IS_LISTED, [room_id])
    return (rows[0][0], rows[0][1]) if rows else None


async def set_listed(pool: Pool, room: int, *, listed: bool) -> None:
    await _execute(pool, LIST if listed else UNLIST, [room])


async def listed(
    pool: Pool, *, staff: int, term: str | None, offset: int, limit: int
) -> tuple[list[Summary], int]:
    """A page of the room directory, the largest first, and how many rooms it has."""
    like = None if not term else f"%{term.replace(chr(92), '').replace('%', '').replace('_', chr(92) + '_')}%"
    params = {"staff": staff, "like": like, "offset": offset, "limit": limit}
    rows = await _rows(pool, LISTED, params)
    return [Summary(row) for row in rows], int((await _rows(pool, LISTED_COUNT, None))[0][0])


async def summaries(pool: Pool, *, staff: int, room_ids: list[str]) -> list[Summary]:
    rows = await _rows(pool, SUMMARIES, {"staff": staff, "rooms": room_ids})
    return [Summary(row) for row in rows]


async def unit_rooms(pool: Pool, *, staff: int, units: list[str]) -> list[Summary]:
    """Rooms of these units that the person is in or may find."""
    return [Summary(row) for row in await _rows(pool, UNIT_ROOMS, {"staff": staff, "units": units})]


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall() if cursor.description else []


async def _execute(pool: Pool, statement: str, params: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, params)
