"""Application services on the async pool: who calls by their token, and what is to be told to them."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from chatops.store.live import Pool
from chatops.store.matrix.events import COLUMNS, FROM, EventRow
from directory.actors import Actor

BY_TOKEN = """
SELECT a.id, s.staff_number, a.namespaces -> 'users', a.rate_limited FROM chatops_appservice a
JOIN directory_staff s ON s.id = a.sender_id WHERE a.as_hash = %s AND a.is_active
"""  # noqa: S105 - a statement
SPEAKS_AS = """
SELECT s.id, s.staff_number, s.name, s.kind, d.id, d.device_id FROM directory_staff s
JOIN directory_device d ON d.staff_id = s.id AND d.device_id = %s AND d.revoked_at IS NULL
WHERE s.staff_number = %s AND s.kind = 'bot' AND s.is_active
"""
ACTIVE = """
SELECT a.id, a.url, a.hs_token, a.namespaces, s.staff_number, a.pos, a.txn, a.pending, a.failures
FROM chatops_appservice a JOIN directory_staff s ON s.id = a.sender_id
WHERE a.is_active AND a.url <> '' ORDER BY a.id
"""
PAGE = """
SELECT pos, room_id, ref FROM chatops_stream WHERE pos > %s AND kind = 1 ORDER BY pos LIMIT %s
"""
HEAD = "SELECT pos FROM chatops_streamhead WHERE id = 1"
# Who of each room could be a bridge's: bots, with the part of the room that is theirs to read and the event that made
# them what they are now. Who has left reads up to the first such event after the last join.
PRESENT = """
SELECT m.room_id, s.staff_number, m.history_seq,
    CASE WHEN m.membership = 'join' THEN 9223372036854775807 ELSE coalesce((
    SELECT min(x.seq) FROM chatops_event x
    WHERE x.room_id = m.room_id AND x.type = 'm.room.member' AND x.state_key = u.usr AND x.seq > (
        SELECT max(j.seq) FROM chatops_event j
        WHERE j.room_id = m.room_id AND j.type = 'm.room.member' AND j.state_key = u.usr
            AND j.content ->> 'membership' = 'join')
    ), 0) END, m.seq
FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
CROSS JOIN LATERAL (SELECT '@' || s.staff_number || ':' || %(server)s AS usr) u
WHERE m.room_id = ANY (%(rooms)s) AND s.kind = 'bot'
"""
NAMES = """
SELECT r.id, r.room_id, coalesce(array_agg(a.alias) FILTER (WHERE a.alias IS NOT NULL), '{}') FROM chatops_room r
LEFT JOIN chatops_roomalias a ON a.room_id = r.id WHERE r.id = ANY (%(rooms)s) GROUP BY r.id
"""
EVENTS = f"""
SELECT {COLUMNS} {FROM}
JOIN unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS x (room, seq, place)
    ON e.room_id = x.room AND e.seq = x.seq ORDER BY x.place
"""
KEEP = """
UPDATE chatops_appservice SET txn = txn + 1, pending = %s::jsonb, through = %s WHERE id = %s RETURNING txn
"""
PASS = "UPDATE chatops_appservice SET pos = %s WHERE id = %s"  # noqa: S105
TAKEN = "UPDATE chatops_appservice SET pos = through, pending = NULL, failures = 0 WHERE id = %s"
FAILED = "UPDATE chatops_appservice SET failures = failures + 1 WHERE id = %s RETURNING failures"


@dataclass(frozen=True, slots=True)
class Presence:
    """A bot in a room: it reads what comes after `after` up to `until`, and the event `own` that is about itself."""

    staff_number: str
    after: int
    until: int
    own: int

    def reads(self, seq: int) -> bool:
        return self.after < seq <= self.until or seq == self.own


@dataclass(frozen=True, slots=True)
class Caller:
    """The service that calls: its id, its own account, the user ids that it speaks for."""

    service: str
    sender: str
    users: list[dict[str, Any]]
    rate_limited: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A service to be told, and how far it has been; `pending` is the transaction on its way."""

    id: str
    url: str
    token: str
    namespaces: dict[str, Any]
    sender: str
    pos: int
    txn: int
    pending: dict[str, Any] | None
    failures: int


async def find_caller(pool: Pool, token_hash: bytes) -> Caller | None:
    rows = await _rows(pool, BY_TOKEN, [token_hash])
    return Caller(*rows[0]) if rows else None


async def find_actor(pool: Pool, staff_number: str, device_id: str) -> tuple[Actor, str] | None:
    """The account that a service speaks for, and the client's id of its device."""
    rows = await _rows(pool, SPEAKS_AS, [device_id, staff_number])
    if not rows:
        return None
    staff, number, name, kind, device, device_id = rows[0]
    return Actor(
        staff_id=staff, staff_number=number, name=name, kind=kind, device_id=device, door="bot"
    ), device_id


async def feeds(pool: Pool) -> list[Feed]:
    return [Feed(*row) for row in await _rows(pool, ACTIVE, None)]


async def head(pool: Pool) -> int:
    return int((await _rows(pool, HEAD, None))[0][0])


async def page(pool: Pool, pos: int, limit: int) -> list[tuple[int, int, int]]:
    """(position, room, seq) of events after a position."""
    return [(row[0], row[1], row[2]) for row in await _rows(pool, PAGE, [pos, limit])]


async def present(pool: Pool, rooms: list[int]) -> dict[int, list[Presence]]:
    """The bots of each room, also those that have left it."""
    found: dict[int, list[Presence]] = {}
    for room, *rest in await _rows(pool, PRESENT, {"rooms": rooms, "server": settings.SERVER_NAME}):
        found.setdefault(room, []).append(Presence(*rest))
    return found


async def names(pool: Pool, rooms: list[int]) -> dict[int, tuple[str, list[str]]]:
    """(room id, aliases) of each room."""
    return {row[0]: (row[1], row[2]) for row in await _rows(pool, NAMES, {"rooms": rooms})}


async def events(pool: Pool, places: list[tuple[int, int]]) -> list[EventRow]:
    """Events at (room, seq), in this order."""
    rows = await _rows(pool, EVENTS, [[room for room, _ in places], [seq for _, seq in places]])
    return [EventRow(*row) for row in rows]


async def keep(pool: Pool, service: str, body: dict[str, Any], through: int) -> int:
    """Keep a transaction before it is sent; its number."""
    return int((await _rows(pool, KEEP, [orjson.dumps(body).decode(), through, service]))[0][0])


async def pass_by(pool: Pool, service: str, pos: int) -> None:
    """Nothing up to there is for the service."""
    await _execute(pool, PASS, [pos, service])


async def taken(pool: Pool, service: str) -> None:
    await _execute(pool, TAKEN, [service])


async def failed(pool: Pool, service: str) -> int:
    """How often in a row the transaction on its way was not taken."""
    return int((await _rows(pool, FAILED, [service]))[0][0])


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall()


async def _execute(pool: Pool, statement: str, params: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, params)
