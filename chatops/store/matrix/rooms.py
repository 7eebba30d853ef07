"""One room as a Matrix client may read it: what is visible, pages, state, members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatops.store.live import Pool
from chatops.store.matrix.events import COLUMNS, FROM, EventRow


@dataclass(frozen=True, slots=True)
class Access:
    """A person's view of a room: events with `first` < seq <= `last`. `joined` is false after leaving."""

    room: int
    room_id: str
    kind: str
    levels: dict[str, Any]
    level: int
    read_seq: int
    first: int
    last: int
    joined: bool


# Who has left sees the room up to the event that ended the last stay, never what came between it and a later ban.
ACCESS = """
SELECT r.id, r.room_id, r.kind, r.levels, m.level, m.read_seq, m.history_seq,
    CASE WHEN m.membership = 'join' THEN r.last_seq ELSE (
        SELECT min(x.seq) FROM chatops_event x
        WHERE x.room_id = r.id AND x.type = 'm.room.member' AND x.state_key = asked.usr AND x.seq > (
            SELECT max(j.seq) FROM chatops_event j
            WHERE j.room_id = r.id AND j.type = 'm.room.member' AND j.state_key = asked.usr
                AND j.content ->> 'membership' = 'join')
    ) END,
    m.membership = 'join', asked.n
FROM unnest(%(staff)s::bigint[], %(users)s::text[], %(rooms)s::text[]) WITH ORDINALITY AS asked (staff, usr, room, n)
JOIN chatops_room r ON r.room_id = asked.room
JOIN chatops_membership m ON m.room_id = r.id AND m.staff_id = asked.staff
"""

PAGE_BACK = f"""
SELECT {COLUMNS} {FROM}
WHERE e.room_id = %(room)s AND e.seq > %(after)s AND e.seq <= %(through)s
    AND (%(types)s::text[] IS NULL OR e.type LIKE ANY (%(types)s::text[]))
    AND (%(not_types)s::text[] IS NULL OR NOT e.type LIKE ANY (%(not_types)s::text[]))
    AND (%(senders)s::text[] IS NULL OR s.staff_number = ANY (%(senders)s::text[]))
    AND (%(not_senders)s::text[] IS NULL OR s.staff_number <> ALL (%(not_senders)s::text[]))
ORDER BY e.seq DESC LIMIT %(limit)s
"""
PAGE_ON = PAGE_BACK.replace("e.seq DESC LIMIT", "e.seq LIMIT")

# The state as it was before position `before`: one index probe for each key that the room has.
STATE = f"""
SELECT {COLUMNS} FROM unnest(%(rooms)s::bigint[], %(before)s::bigint[]) AS x (room, before)
JOIN chatops_roomstate k ON k.room_id = x.room
JOIN LATERAL (
    SELECT * FROM chatops_event v
    WHERE v.room_id = k.room_id AND v.type = k.type AND v.state_key = k.state_key AND v.seq < x.before
    ORDER BY v.seq DESC LIMIT 1
) e ON true
JOIN directory_staff s ON s.id = e.sender_id
WHERE %(members)s::text[] IS NULL OR k.type <> 'm.room.member' OR k.state_key = ANY (%(members)s::text[])
ORDER BY e.room_id, e.seq
"""  # noqa: S608

# What changed between the last answer and the first event shown now.
STATE_IN_GAP = f"""
SELECT DISTINCT ON (e.room_id, e.type, e.state_key) {COLUMNS}
FROM unnest(%(rooms)s::bigint[], %(after)s::bigint[], %(before)s::bigint[]) AS x (room, after, before)
JOIN chatops_event e ON e.room_id = x.room AND e.seq > x.after AND e.seq < x.before AND e.state_key IS NOT NULL
JOIN directory_staff s ON s.id = e.sender_id
ORDER BY e.room_id, e.type, e.state_key, e.seq DESC
"""  # noqa: S608

ONE_STATE = f"""
SELECT {COLUMNS} {FROM}
WHERE e.room_id = %s AND e.type = %s AND e.state_key = %s AND e.seq <= %s ORDER BY e.seq DESC LIMIT 1
"""

ONE_EVENT = f"SELECT {COLUMNS} {FROM} WHERE e.room_id = %s AND e.event_id = %s AND e.seq > %s AND e.seq <= %s"

JOINED_MEMBERS = """
SELECT s.staff_number, s.name FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
WHERE m.room_id = %s AND m.membership = 'join' ORDER BY m.seq, s.id
"""

SEQ_AT = """
SELECT coalesce(
    (SELECT ref FROM chatops_stream WHERE room_id = %(room)s AND kind = 1 AND pos <= %(pos)s ORDER BY pos DESC LIMIT 1),
    (SELECT ref - 1 FROM chatops_stream WHERE room_id = %(room)s AND kind = 1 AND pos > %(pos)s ORDER BY pos LIMIT 1),
    (SELECT last_seq FROM chatops_room WHERE id = %(room)s), 0)
"""

JOINED_ROOMS = """
SELECT r.room_id FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
WHERE m.staff_id = %s AND m.membership = 'join' ORDER BY r.id
"""

MEMBER_EVENT = """
SELECT e.event_id FROM chatops_room r JOIN chatops_roomstate k ON k.room_id = r.id
    AND k.type = 'm.room.member' AND k.state_key = %s
JOIN chatops_event e ON e.room_id = r.id AND e.seq = k.seq WHERE r.room_id = %s
"""

# The same reaction twice; a retry of the same request is not one.


@dataclass(frozen=True, slots=True)
class Sieve:
    """An event filter in the database's words: LIKE patterns and staff numbers; None lets everything through."""

    types: list[str] | None = None
    not_types: list[str] | None = None
    senders: list[str] | None = None
    not_senders: list[str] | None = None

    def params(self) -> dict[str, list[str] | None]:
        return {
            "types": self.types,
            "not_types": self.not_types,
            "senders": self.senders,
            "not_senders": self.not_senders,
        }


Asked = tuple[int, str, str]


async def find_accesses(pool: Pool, asked: list[Asked]) -> dict[Asked, Access]:
    """By (staff id, user id, room id). Left out: a room that is unknown or that the person has never joined."""
    staff, users, rooms = zip(*asked, strict=True)
    params = {"staff": list(staff), "users": list(users), "rooms": list(rooms)}
    rows = await _rows(pool, ACCESS, params)
    return {asked[row[-1] - 1]: Access(*row[:-1]) for row in rows if row[7] is not None}


async def page(
    pool: Pool, room: int, *, after: int, through: int, limit: int, backwards: bool, sieve: Sieve
) -> list[EventRow]:
    """Events with after < seq <= through that the sieve lets pass; from the newest when backwards."""
    params = {"room": room, "after": after, "through": through, "limit": limit, **sieve.params()}
    return [EventRow(*row) for row in await _rows(pool, PAGE_BACK if backwards else PAGE_ON, params)]


async def state_before(
    pool: Pool, rooms: dict[int, int], members: Sequence[str] | None = None
) -> list[EventRow]:
    """The state of each room before a position, {room: position}. `members` limits member events to these users."""
    if not rooms:
        return []
    params = {"rooms": list(rooms), "before": list(rooms.values()), "members": members and list(members)}
    return [EventRow(*row) for row in await _rows(pool, STATE, params)]


async def state_between(pool: Pool, gaps: dict[int, tuple[int, int]]) -> list[EventRow]:
    """State that changed inside gaps, {room: (after, before)}, both exclusive: the newest of each key."""
    if not gaps:
        return []
    after, before = zip(*gaps.values(), strict=True)
    params = {"rooms": list(gaps), "after": list(after), "before": list(before)}
    return [EventRow(*row) for row in await _rows(pool, STATE_IN_GAP, params)]


async def find_state(pool: Pool, access: Access, event_type: str, state_key: str) -> EventRow | None:
    rows = await _rows(pool, ONE_STATE, [access.room, event_type, state_key, access.last])
    return EventRow(*rows[0]) if rows else None


async def find_event(pool: Pool, access: Access, event_id: str) -> EventRow | None:
    """The event if it is visible."""
    rows = await _rows(pool, ONE_EVENT, [access.room, event_id, access.first, access.last])
    return EventRow(*rows[0]) if rows else None


async def joined_members(pool: Pool, room: int) -> list[tuple[str, str]]:
    """(staff number, name) of those who are in the room."""
    return [(row[0], row[1]) for row in await _rows(pool, JOINED_MEMBERS, [room])]


async def member_event(pool: Pool, room_id: str, user: str) -> str | None:
    """The id of the event that says what a person's membership is."""
    rows = await _rows(pool, MEMBER_EVENT, [user, room_id])
    return rows[0][0] if rows else None


async def joined_rooms(pool: Pool, staff_id: int) -> list[str]:
    return [row[0] for row in await _rows(pool, JOINED_ROOMS, [staff_id])]


async def seq_at(pool: Pool, room: int, pos: int) -> int:
    """The room's last position that a reader of the stream up to `pos` has seen."""
    return int((await _rows(pool, SEQ_AT, {"room": room, "pos": pos}))[0][0])


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall()
