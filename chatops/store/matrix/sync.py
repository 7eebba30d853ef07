"""What changed for a person between two positions of the stream (matrix.md §2.2, §2.3).

The first statement takes its answer from one snapshot: the head of the stream, and for each room the last event that
the stream up to this head covers. Events that are committed but not yet drained are left for the next answer, so that
every event is told exactly once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatops.store.live import Pool
from chatops.store.matrix.events import COLUMNS, FROM, EventRow
from chatops.store.matrix.rooms import Sieve


@dataclass(frozen=True, slots=True)
class RoomChange:
    """A room of the person's. Events with `since` < seq <= `upto` are new.

    `was` is the membership at `since` (None: none), `now` at `upto`, from the event at `member_seq`. `receipts`:
    somebody's read position moved; `own`: the person's own marks did. `ended`: the event that ended the last stay.
    """

    room: int
    room_id: str
    kind: str
    since: int
    upto: int
    was: str | None
    now: str | None
    member_seq: int
    history_seq: int
    receipts: bool
    own: bool
    ended: int | None = None
    devices: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """One-time keys left by algorithm, and the algorithms of fallback keys that were not used."""

    once: dict[str, int]
    fallback: list[str]


NO_KEYS = Keys({}, [])


@dataclass(frozen=True, slots=True)
class Changes:
    """`head`, `epoch`: where the stream is now. `oldest`: its first position kept. `data`: account data types.

    `keys`: what is left of the device's keys. `relayed`: they were claimed or a message came for it; `queued`: messages
    wait for it or have arrived; `devices`: the person's own devices changed.
    """

    head: int
    epoch: str
    oldest: int
    data: list[str]
    rooms: list[RoomChange]
    keys: Keys
    relayed: bool
    queued: bool
    devices: bool


# seq up to which a room's events are in the stream; my membership there, which the row may be ahead of.
_ROOM = """
SELECT r.id, r.room_id, r.kind, t.first, u.upto,
    CASE WHEN t.moved THEN was.membership ELSE m.membership END AS was,
    CASE WHEN m.seq <= u.upto THEN m.membership ELSE at.membership END AS now,
    CASE WHEN m.seq <= u.upto THEN m.seq ELSE at.seq END AS member_seq, m.history_seq, t.receipts, t.own,
    CASE WHEN m.membership IN ('leave', 'ban') THEN (
        SELECT min(x.seq) FROM chatops_event x
        WHERE x.room_id = r.id AND x.type = 'm.room.member' AND x.state_key = %(user)s AND x.seq <= u.upto AND x.seq > (
            SELECT max(j.seq) FROM chatops_event j
            WHERE j.room_id = r.id AND j.type = 'm.room.member' AND j.state_key = %(user)s AND j.seq <= u.upto
                AND j.content ->> 'membership' = 'join')
    ) END AS ended, t.devices
FROM touched t
JOIN chatops_room r ON r.id = t.room_id
JOIN chatops_membership m ON m.room_id = t.room_id AND m.staff_id = %(staff)s
LEFT JOIN pending p ON p.room_id = t.room_id
CROSS JOIN LATERAL (SELECT coalesce(p.upto, r.last_seq) AS upto) u
LEFT JOIN LATERAL (
    SELECT e.content ->> 'membership' AS membership FROM chatops_event e
    WHERE t.moved AND e.room_id = r.id AND e.type = 'm.room.member' AND e.state_key = %(user)s AND e.seq < t.first
    ORDER BY e.seq DESC LIMIT 1
) was ON true
LEFT JOIN LATERAL (
    SELECT e.content ->> 'membership' AS membership, e.seq FROM chatops_event e
    WHERE m.seq > u.upto AND e.room_id = r.id AND e.type = 'm.room.member' AND e.state_key = %(user)s
        AND e.seq <= u.upto
    ORDER BY e.seq DESC LIMIT 1
) at ON true
"""

_HEAD = """
SELECT h.pos, h.epoch, coalesce((SELECT min(s.pos) FROM chatops_stream s), 0),
    (SELECT array_agg(DISTINCT s.body ->> 'type') FROM chatops_stream s
     WHERE s.pos > %(since)s AND s.staff_id = %(staff)s AND s.kind = 3 AND s.room_id IS NULL),
    (SELECT jsonb_object_agg(k.algorithm, k.many) FROM (
        SELECT o.algorithm, count(*) AS many FROM chatops_onetimekey o
        WHERE o.device_id = %(device)s AND NOT o.is_fallback GROUP BY o.algorithm) k),
    (SELECT array_agg(o.algorithm) FROM chatops_onetimekey o
     WHERE o.device_id = %(device)s AND o.is_fallback AND NOT o.used),
    (SELECT array_agg(DISTINCT s.kind) FROM chatops_stream s
     WHERE s.pos > %(since)s AND s.staff_id = %(staff)s
        AND (s.kind = 10 OR s.kind = 4 AND (s.body ->> 'device')::bigint = %(device)s)),
    EXISTS (SELECT 1 FROM chatops_todevice d WHERE d.device_id = %(device)s),
    c.*
FROM chatops_streamhead h LEFT JOIN changed c ON true WHERE h.id = 1
"""

# For a person to whom nothing happened: without the partitions of events, whose planning alone costs milliseconds.
QUIET = _HEAD.replace(
    "c.*\nFROM chatops_streamhead h LEFT JOIN changed c ON true",
    """EXISTS (
        SELECT 1 FROM chatops_stream s JOIN chatops_membership m ON m.room_id = s.room_id AND m.staff_id = %(staff)s
        WHERE s.pos > %(since)s AND (s.kind IN (1, 2, 10) OR s.kind = 3 AND s.staff_id = %(staff)s))
FROM chatops_streamhead h""",
)

_PENDING = (
    "pending AS (SELECT room_id, min(ref) - 1 AS upto FROM chatops_inbox WHERE kind = 1 GROUP BY room_id)"
)

SINCE = f"""
WITH {_PENDING}, touched AS MATERIALIZED (
    SELECT s.room_id, min(s.ref) FILTER (WHERE s.kind = 1) AS first,
        coalesce(bool_or(s.kind = 1 AND s.staff_id = %(staff)s), false) AS moved,
        bool_or(s.kind = 2) AS receipts, bool_or(s.kind IN (2, 3) AND s.staff_id = %(staff)s) AS own,
        bool_or(s.kind = 10) AS devices
    FROM chatops_stream s JOIN chatops_membership m ON m.room_id = s.room_id AND m.staff_id = %(staff)s
    WHERE s.pos > %(since)s AND (s.kind IN (1, 2, 10) OR s.kind = 3 AND s.staff_id = %(staff)s)
    GROUP BY s.room_id
), changed AS ({_ROOM}) {_HEAD}
"""  # noqa: S608 - constant parts

EVERYTHING = f"""
WITH {_PENDING}, touched AS (
    SELECT m.room_id, NULL::bigint AS first, false AS moved, true AS receipts, true AS own,
        false AS devices
    FROM chatops_membership m
    WHERE m.staff_id = %(staff)s AND (m.membership IN ('join', 'invite', 'knock') OR %(left)s AND NOT m.forgotten)
), changed AS ({_ROOM}) {_HEAD}
"""  # noqa: S608

# The newest events of each room's window, one more than asked for, so that a gap is seen.
TIMELINES = f"""
SELECT {COLUMNS}
FROM unnest(%(rooms)s::bigint[], %(after)s::bigint[], %(through)s::bigint[]) AS x (room, after, through)
CROSS JOIN LATERAL (
    SELECT v.* FROM chatops_event v
    WHERE v.room_id = x.room AND v.seq > x.after AND v.seq <= x.through
        AND (%(types)s::text[] IS NULL OR v.type LIKE ANY (%(types)s::text[]))
        AND (%(not_types)s::text[] IS NULL OR NOT v.type LIKE ANY (%(not_types)s::text[]))
        AND (%(senders)s::text[] IS NULL OR v.sender_id IN
            (SELECT id FROM directory_staff WHERE staff_number = ANY (%(senders)s::text[])))
        AND (%(not_senders)s::text[] IS NULL OR v.sender_id NOT IN
            (SELECT id FROM directory_staff WHERE staff_number = ANY (%(not_senders)s::text[])))
    ORDER BY v.seq DESC LIMIT %(limit)s
) e
JOIN directory_staff s ON s.id = e.sender_id
ORDER BY e.room_id, e.seq
"""  # noqa: S608

# Whom a receipt may name (docs/matrix.md): everybody sees the own mark; the two of a direct room and a room's owner see
# each; others see how far their own messages were read. The moment is the event's, never that of reading.
_SEEN = """
CROSS JOIN LATERAL (
    SELECT v.event_id, v.ts, v.seq FROM chatops_event v
    WHERE v.room_id = t.room_id AND CASE
        WHEN t.staff_id = %(viewer)s OR r.kind = 'direct' OR me.level >= 100 THEN v.seq = t.read
        ELSE v.sender_id = %(viewer)s AND v.countable AND v.seq <= t.read END
    ORDER BY v.seq DESC LIMIT 1
) e
"""
RECEIPTS_SINCE = f"""
SELECT t.room_id, s.staff_number, e.event_id, e.ts FROM (
    SELECT room_id, staff_id, max(ref) AS read, min((body ->> 'old')::bigint) AS old FROM chatops_stream
    WHERE pos > %(since)s AND pos <= %(head)s AND kind = 2 AND room_id = ANY (%(rooms)s) GROUP BY room_id, staff_id
) t
JOIN chatops_room r ON r.id = t.room_id
JOIN chatops_membership me ON me.room_id = t.room_id AND me.staff_id = %(viewer)s
{_SEEN}
JOIN directory_staff s ON s.id = t.staff_id WHERE e.seq > t.old
"""  # noqa: S608 - constant parts

RECEIPTS = f"""
SELECT t.room_id, s.staff_number, e.event_id, e.ts FROM unnest(%(rooms)s::bigint[]) AS x (room)
JOIN chatops_room r ON r.id = x.room
JOIN chatops_membership me ON me.room_id = x.room AND me.staff_id = %(viewer)s
CROSS JOIN LATERAL (
    SELECT v.room_id, v.staff_id, v.read_seq AS read FROM chatops_membership v
    WHERE v.room_id = x.room AND v.membership = 'join' AND v.read_seq > 0
    ORDER BY v.staff_id = %(viewer)s DESC, v.read_seq DESC LIMIT 500
) t
{_SEEN}
JOIN directory_staff s ON s.id = t.staff_id
"""  # noqa: S608

# Unread is derived as in chatops/store/live.py ROOMS; a private mark counts as read for its owner only.
_COUNTS = """
SELECT m.staff_id, r.id,
    r.n - coalesce((SELECT e.n FROM chatops_event e WHERE e.room_id = r.id AND e.seq = q.seq), 0)
        - (SELECT count(*) FROM chatops_event e
           WHERE e.room_id = r.id AND e.sender_id = m.staff_id AND e.seq > q.seq AND e.countable),
    (SELECT count(DISTINCT k.seq) FROM chatops_mention k
     WHERE k.staff_id IN (0, m.staff_id) AND k.room_id = r.id AND k.seq > q.seq AND NOT EXISTS (
         SELECT 1 FROM chatops_event e WHERE e.room_id = r.id AND e.seq = k.seq
             AND (e.sender_id = m.staff_id OR (%(by_thread)s AND e.rel_type = 'm.thread')))),
    (SELECT e.event_id FROM chatops_event e WHERE e.room_id = r.id AND e.seq = m.fully_read_seq),
    (SELECT e.event_id FROM chatops_event e WHERE e.room_id = r.id AND e.seq = q.private),
    (SELECT e.ts FROM chatops_event e WHERE e.room_id = r.id AND e.seq = q.private)
FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
LEFT JOIN chatops_persondata d
    ON d.staff_id = m.staff_id AND d.room_id = m.room_id AND d.type = 'matrix-private-read'
CROSS JOIN LATERAL (
    SELECT greatest(m.read_seq, (d.content ->> 'seq')::bigint) AS seq, (d.content ->> 'seq')::bigint AS private
) q
"""
COUNTS = f"{_COUNTS} WHERE m.staff_id = %(staff)s AND r.id = ANY (%(rooms)s)"
COUNTS_OF_MANY = f"{_COUNTS} WHERE r.id = %(room)s AND m.staff_id = ANY (%(people)s)"

# Unread replies of the threads that somebody follows, and how many of them name the person.
THREAD_COUNTS = """
SELECT t.room_id, t.root, c.unread, c.mentions
FROM chatops_threadstate t JOIN chatops_membership m ON m.room_id = t.room_id AND m.staff_id = t.staff_id
CROSS JOIN LATERAL (
    SELECT count(*) AS unread, count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM chatops_mention k WHERE k.room_id = e.room_id AND k.seq = e.seq AND k.staff_id IN (0, m.staff_id)
    )) AS mentions
    FROM chatops_event e
    WHERE e.room_id = t.room_id AND e.relates_to = t.root AND e.rel_type = 'm.thread' AND e.redacted_by IS NULL
        AND e.sender_id <> m.staff_id AND e.seq > greatest(t.read_seq, m.history_seq)
) c
WHERE t.staff_id = %s AND t.following AND t.room_id = ANY (%s) AND c.unread > 0
"""

# Members as counts, and for rooms without a name a few people to call them by.
SUMMARY = """
SELECT x.room, count(*) FILTER (WHERE m.membership = 'join'), count(*) FILTER (WHERE m.membership = 'invite')
FROM unnest(%(rooms)s::bigint[]) AS x (room) JOIN chatops_membership m ON m.room_id = x.room GROUP BY x.room
"""
HEROES = """
SELECT x.room, s.staff_number FROM unnest(%(rooms)s::bigint[]) AS x (room)
CROSS JOIN LATERAL (
    SELECT v.staff_id FROM chatops_membership v
    WHERE v.room_id = x.room AND v.staff_id <> %(staff)s AND v.membership IN ('join', 'invite') ORDER BY v.seq LIMIT 5
) m JOIN directory_staff s ON s.id = m.staff_id
"""

DIRECT_ROOMS = """
SELECT s.staff_number, r.room_id FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
JOIN chatops_membership o ON o.room_id = r.id AND o.staff_id <> m.staff_id JOIN directory_staff s ON s.id = o.staff_id
WHERE m.staff_id = %s AND m.membership = 'join' AND r.kind = 'direct' ORDER BY r.id
"""

MY_ROOMS = "SELECT room_id FROM chatops_membership WHERE staff_id = %s AND membership IN ('join', 'invite')"

JOINED_AMONG = """
SELECT r.id, r.room_id, r.kind, r.last_seq FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
WHERE m.staff_id = %s AND m.membership = 'join' AND r.id = ANY (%s)
"""

STAFF_NUMBERS = "SELECT id, staff_number FROM directory_staff WHERE id = ANY (%s)"

DRAIN_NOW = """
SELECT 1 FROM (SELECT 1 WHERE EXISTS (SELECT FROM chatops_inbox)) waiting CROSS JOIN chatops_drain(5000)
"""

STRIPPED = f"""
SELECT {COLUMNS} {FROM} JOIN chatops_roomstate k ON k.room_id = e.room_id AND k.type = e.type
    AND k.state_key = e.state_key AND k.seq = e.seq
WHERE e.room_id = ANY (%(rooms)s) AND (e.state_key = '' AND e.type = ANY (%(types)s)
    OR e.type = 'm.room.member' AND e.state_key = %(user)s)
ORDER BY e.room_id, e.seq
"""


async def drain_now(pool: Pool) -> bool:
    """Move what waits in the inbox to the stream; True if there was something. Nearly always one cheap look."""
    return bool(await _rows(pool, DRAIN_NOW, None))


async def changes(
    pool: Pool, *, staff_id: int, user: str, device: int, since: int | None, left: bool = False
) -> Changes:
    """What changed after position `since`; with None, all rooms, those left only if `left`."""
    params = {"staff": staff_id, "user": user, "device": device, "since": since or 0, "left": left}
    if since is not None:
        [quiet] = await _rows(pool, QUIET, params)
        if not quiet[8]:
            return _changes(quiet, [])
    rows = await _rows(pool, EVERYTHING if since is None else SINCE, params)
    return _changes(rows[0], [_change(row[8:]) for row in rows if row[8] is not None])


def _changes(row: tuple[Any, ...], found: list[RoomChange]) -> Changes:
    head, epoch, oldest, data, once, fallback, kinds, queued = row[:8]
    kinds = kinds or []
    keys = Keys(once or {}, fallback or []) if once or fallback else NO_KEYS
    return Changes(head, epoch, oldest, data or [], found, keys, 4 in kinds, queued, 10 in kinds)  # noqa: PLR2004


def _change(row: tuple[Any, ...]) -> RoomChange:
    room, room_id, kind, first, upto, was, now, member_seq, history_seq, receipts, own, ended, devices = row
    since = upto if first is None else first - 1
    return RoomChange(
        room,
        room_id,
        kind,
        since,
        upto,
        was,
        now,
        member_seq or 0,
        history_seq,
        bool(receipts),
        bool(own),
        ended,
        bool(devices),
    )


async def timelines(
    pool: Pool, windows: dict[int, tuple[int, int]], limit: int, sieve: Sieve
) -> list[EventRow]:
    """The newest `limit` events of each window {room: (after, through)} by room, oldest first."""
    if not windows:
        return []
    after, through = zip(*windows.values(), strict=True)
    params = {
        "rooms": list(windows),
        "after": list(after),
        "through": list(through),
        "limit": limit,
        **sieve.params(),
    }
    return [EventRow(*row) for row in await _rows(pool, TIMELINES, params)]


async def receipts(
    pool: Pool, rooms: Sequence[int], since: int | None, head: int, viewer: int
) -> list[tuple[int, str, str, int]]:
    """(room, staff number, event id, the event's ts) as `viewer` may know it; with `since`, moves in (since, head]."""
    if not rooms:
        return []
    params = {"rooms": list(rooms), "since": since, "head": head, "viewer": viewer}
    return [
        (row[0], row[1], row[2], row[3])
        for row in await _rows(pool, RECEIPTS if since is None else RECEIPTS_SINCE, params)
    ]


@dataclass(frozen=True, slots=True)
class Counts:
    """`fully_read` and `private` are event ids or None."""

    unread: int
    mentions: int
    fully_read: str | None
    private: str | None
    private_ts: int | None


async def counts(
    pool: Pool, staff_id: int, rooms: Sequence[int], *, by_thread: bool = False
) -> dict[int, Counts]:
    """`by_thread`: mentions in threads are counted there."""
    if not rooms:
        return {}
    params = {"staff": staff_id, "rooms": list(rooms), "by_thread": by_thread}
    found = await _rows(pool, COUNTS, params)
    return {row[1]: _counts(row) for row in found}


async def counts_of_many(pool: Pool, room: int, people: Sequence[int]) -> dict[int, Counts]:
    """Of one room, by staff key."""
    found = await _rows(pool, COUNTS_OF_MANY, {"room": room, "people": list(people), "by_thread": False})
    return {row[0]: _counts(row) for row in found}


def _counts(row: tuple[Any, ...]) -> Counts:
    return Counts(max(0, row[2]), row[3], *row[4:])


async def thread_counts(
    pool: Pool, staff_id: int, rooms: Sequence[int]
) -> dict[int, dict[str, tuple[int, int]]]:
    """By room and root (unread, mentions) of followed threads with something unread."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for room, root, unread, mentions in await _rows(pool, THREAD_COUNTS, [staff_id, list(rooms)]):
        found.setdefault(room, {})[root] = (unread, mentions)
    return found


async def public_id(pool: Pool, room: int) -> str:
    [row] = await _rows(pool, "SELECT room_id FROM chatops_room WHERE id = %s", [room])
    return str(row[0])


async def summaries(pool: Pool, rooms: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Joined and invited members of each room."""
    if not rooms:
        return {}
    return {row[0]: (row[1], row[2]) for row in await _rows(pool, SUMMARY, {"rooms": list(rooms)})}


async def heroes(pool: Pool, staff_id: int, rooms: Sequence[int]) -> dict[int, list[str]]:
    """Staff numbers of others, at most five a room."""
    people: dict[int, list[str]] = {room: [] for room in rooms}
    if rooms:
        for room, number in await _rows(pool, HEROES, {"staff": staff_id, "rooms": list(rooms)}):
            people[room].append(number)
    return people


async def direct_rooms(pool: Pool, staff_id: int) -> list[tuple[str, str]]:
    """(staff number of the other, room id)."""
    return [(row[0], row[1]) for row in await _rows(pool, DIRECT_ROOMS, [staff_id])]


async def my_rooms(pool: Pool, staff_id: int) -> list[int]:
    return [row[0] for row in await _rows(pool, MY_ROOMS, [staff_id])]


async def joined_among(pool: Pool, staff_id: int, rooms: Sequence[int]) -> list[tuple[int, str, str, int]]:
    """(room, room id, kind, last position) of those of the rooms that the person is in."""
    if not rooms:
        return []
    return [
        (row[0], row[1], row[2], row[3]) for row in await _rows(pool, JOINED_AMONG, [staff_id, list(rooms)])
    ]


async def staff_numbers(pool: Pool, keys: Sequence[int]) -> dict[int, str]:
    return {row[0]: row[1] for row in await _rows(pool, STAFF_NUMBERS, [list(keys)])} if keys else {}


async def stripped(pool: Pool, user: str, rooms: Sequence[int], types: Sequence[str]) -> list[EventRow]:
    """What somebody who is invited may know of a room, and the invitation itself."""
    if not rooms:
        return []
    return [
        EventRow(*row)
        for row in await _rows(pool, STRIPPED, {"rooms": list(rooms), "types": list(types), "user": user})
    ]


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall()
