"""Events as the Matrix door reads them, with what redactions and edits say about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatops.store.live import Pool

# `e` must be chatops_event, `s` directory_staff.
COLUMNS = (
    "e.room_id, e.seq, e.event_id, e.type, e.state_key, s.staff_number, e.ts, e.content, e.acting,"
    " e.redacted_by, e.device_id, e.txn_id"
)
FROM = "FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id"


@dataclass(frozen=True, slots=True)
class EventRow:
    """A stored event. `room` is the room's key; `device`, `txn` name the send that made it."""

    room: int
    seq: int
    event_id: str
    type: str
    state_key: str | None
    staff_number: str
    ts: int
    content: dict[str, Any]
    acting: dict[str, str] | None
    redacted_by: str | None
    device: int | None
    txn: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """`mine`: the reader has written in it or started it."""

    count: int
    mine: bool
    latest: EventRow


@dataclass(frozen=True, slots=True)
class Decorations:
    """By (room, event id): the redaction of an event, its newest valid edit, what a member event replaced, its
    thread."""

    redactions: dict[tuple[int, str], EventRow]
    edits: dict[tuple[int, str], EventRow]
    before: dict[tuple[int, str], dict[str, Any]]
    threads: dict[tuple[int, str], Thread]


NOTHING = Decorations({}, {}, {}, {})
NO_END = 2**63 - 1

# Of all three nothing is read that came after `upto`, where the reader's part of the room ends.
REDACTIONS = f"""
SELECT {COLUMNS} {FROM}
JOIN unnest(%s::bigint[], %s::text[], %s::bigint[]) AS x (room, id, upto)
    ON e.room_id = x.room AND e.event_id = x.id AND e.seq <= x.upto
"""

# An edit counts when it has the same sender and type and neither is a state event (C-S API, event replacements).
EDITS = f"""
SELECT DISTINCT ON (e.room_id, e.relates_to) e.relates_to, {COLUMNS} {FROM}
JOIN unnest(%s::bigint[], %s::text[], %s::bigint[]) AS x (room, id, upto)
    ON e.room_id = x.room AND e.relates_to = x.id AND e.seq <= x.upto
JOIN chatops_event o ON o.room_id = x.room AND o.event_id = x.id
WHERE e.rel_type = 'm.replace' AND e.redacted_by IS NULL AND e.state_key IS NULL AND o.state_key IS NULL
    AND e.sender_id = o.sender_id AND e.type = o.type AND o.rel_type IS DISTINCT FROM 'm.replace'
    AND jsonb_typeof(e.content -> 'm.new_content') = 'object'
ORDER BY e.room_id, e.relates_to, e.ts DESC, e.event_id COLLATE "C" DESC
"""  # noqa: S608

THREADS = f"""
SELECT x.id, t.count, t.mine OR o.sender_id = %s, {COLUMNS}
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS x (room, id, upto)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, max(v.seq) AS last, bool_or(v.sender_id = %s) AS mine FROM chatops_event v
    WHERE v.room_id = x.room AND v.relates_to = x.id AND v.rel_type = 'm.thread' AND v.redacted_by IS NULL
        AND v.seq <= x.upto
) t
JOIN chatops_event e ON e.room_id = x.room AND e.seq = t.last JOIN directory_staff s ON s.id = e.sender_id
JOIN chatops_event o ON o.room_id = x.room AND o.event_id = x.id
"""  # noqa: S608

# What the member event before said: bots tell a join from a changed name by it.
BEFORE = """
SELECT x.room, x.id, p.content
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[]) AS x (room, id, key, seq)
JOIN LATERAL (
    SELECT v.content FROM chatops_event v
    WHERE v.room_id = x.room AND v.type = 'm.room.member' AND v.state_key = x.key AND v.seq < x.seq
    ORDER BY v.seq DESC LIMIT 1
) p ON true
"""


async def decorations(
    pool: Pool,
    rows: Sequence[EventRow],
    *,
    reader: int = 0,
    newest: dict[int, int] | None = None,
    ends: dict[int, int] | None = None,
) -> Decorations:
    """What belongs to these events' `unsigned`; four queries at most, none when there is nothing to ask.

    Args:
        reader: whose part in threads is told.
        newest: by room, the position after which nothing is to be told yet: no event there can speak of the last one.
        ends: by room, the last position that the reader may see; who has left hears of no later edit or reply.
    """
    if not rows:
        return NOTHING
    newest, ends = newest or {}, ends or {}
    redacted = [(row.room, row.redacted_by) for row in rows if row.redacted_by]
    editable = [
        (row.room, row.event_id)
        for row in rows
        if row.state_key is None and not row.redacted_by and row.seq < newest.get(row.room, row.seq + 1)
    ]
    members = [row for row in rows if row.type == "m.room.member" and row.state_key is not None]
    before: dict[tuple[int, str], dict[str, Any]] = {}
    redactions: dict[tuple[int, str], EventRow] = {}
    edits: dict[tuple[int, str], EventRow] = {}
    threads: dict[tuple[int, str], Thread] = {}
    if not (redacted or editable or members):
        return NOTHING
    async with pool.connection() as connection:
        if redacted:
            cursor = await connection.execute(REDACTIONS, _columns(redacted, ends))
            redactions = {(row[0], row[2]): EventRow(*row) for row in await cursor.fetchall()}
        if editable:
            cursor = await connection.execute(EDITS, _columns(editable, ends))
            edits = {(row[1], row[0]): EventRow(*row[1:]) for row in await cursor.fetchall()}
            cursor = await connection.execute(THREADS, [reader, *_columns(editable, ends), reader])
            threads = {
                (row[3], row[0]): Thread(row[1], bool(row[2]), EventRow(*row[3:]))
                for row in await cursor.fetchall()
            }
        if members:
            names = [[row.room for row in members], [row.event_id for row in members]]
            keys = [[row.state_key for row in members], [row.seq for row in members]]
            cursor = await connection.execute(BEFORE, [*names, *keys])
            before = {(row[0], row[1]): row[2] for row in await cursor.fetchall()}
    return Decorations(redactions, edits, before, threads)


def _columns(pairs: Sequence[tuple[int, str | None]], ends: dict[int, int]) -> list[list[Any]]:
    rooms = [room for room, _ in pairs]
    return [rooms, [name for _, name in pairs], [ends.get(room, NO_END) for room in rooms]]
