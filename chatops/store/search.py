"""Queries of the search: three ways to the newest messages that hold some words, and what a page of hits needs.

Sorting all 200,000 messages with a frequent word costs more than meeting the first twenty on the way back from the
newest; a rare word would send that walk through everything. So each search takes the way that should touch fewest rows:
`BY_GRAM` asks the index of bigrams, `BY_TIME` walks back from the newest, `BY_ROOM` reads the reader's own rooms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from chatops.store.frames import from_json
from chatops.store.models import Event
from chatops.store.search_models import DocKind, SearchGram

# One message in so many is counted, see SearchGram.
SAMPLE = 32
# A walk reads no more than this; what it did not reach is the next page's.
WALK_AT_MOST = 150_000
GRAMS_ASKED = 4

# In rows of a walk, about a microsecond each: a row fetched by the index of bigrams, and one of the reader's rooms.
GRAM_COST, ROOM_COST = 5.0, 2.0
FIRST = 2**62
ALL, FILES = "", " "  # what SearchGram counts beside bigrams

Place = tuple[int, int, int]  # (ts, room, seq): newest first, and the cursor


@dataclass(frozen=True)
class Reach:
    """What a person may read: room keys, the position in each after which, and how many messages that may be."""

    rooms: list[int]
    after: dict[str, int]
    messages: int


@dataclass(frozen=True)
class Filters:
    """`kind` is a DocKind; `since` and `until` are milliseconds, the latter exclusive. None leaves it open."""

    kind: int
    sender: int | None = None
    unit: UUID | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Found:
    """`places` newest first; `reached` is where to go on, None when nothing is left."""

    places: list[Place]
    reached: Place | None
    way: str


REACH = """
SELECT m.room_id, m.history_seq, r.n FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
WHERE m.staff_id = %s AND m.membership = 'join' AND (%s::text IS NULL OR r.room_id = %s)
"""

_CHEAP = """
d.room_id = ANY (%(rooms)s) AND d.kind = %(kind)s
AND (%(sender)s::bigint IS NULL OR d.sender_id = %(sender)s)
"""
# The parts that cost most come last; history is looked up for messages that have the words already.
_DEAR = """
AND (%(unit)s::uuid IS NULL OR EXISTS (
    SELECT 1 FROM directory_appointment a JOIN directory_post p ON p.id = a.post_id
    WHERE a.staff_id = d.sender_id AND p.unit_id = %(unit)s
        AND a.valid_from <= (to_timestamp(d.ts / 1000.0) AT TIME ZONE 'Asia/Shanghai')::date
        AND (a.valid_to IS NULL OR a.valid_to > (to_timestamp(d.ts / 1000.0) AT TIME ZONE 'Asia/Shanghai')::date)))
AND d.seq > coalesce((%(after)s::jsonb ->> d.room_id::text)::bigint, 0)
"""
_RANGE = """
(d.ts, d.room_id, d.seq) < (%(ts)s, %(room)s, %(seq)s) AND d.ts >= %(since)s
"""
_NEWEST = "ORDER BY {0}.ts DESC, {0}.room_id DESC, {0}.seq DESC LIMIT %(limit)s"


def reach(staff_id: int, room_id: str | None) -> Reach:
    """The rooms that a person is in, or the one of them that is asked for."""
    with connection.cursor() as cursor:
        cursor.execute(REACH, [staff_id, room_id, room_id])
        rows = cursor.fetchall()
    after = {str(room): seq for room, seq, _ in rows if seq}
    return Reach([room for room, _, _ in rows], after, sum(n for _, _, n in rows))


def frequencies(grams: Sequence[str]) -> dict[str, int]:
    """In how many messages each bigram stands; ALL and FILES with it. Estimates from a sample."""
    asked = [ALL, FILES, *grams]
    known = dict(SearchGram.objects.filter(gram__in=asked).values_list("gram", "docs"))
    return {gram: known.get(gram, 0) * SAMPLE for gram in asked}


def choose(*, rare: int, total: int, walked: int, reach: Reach, limit: int) -> str:
    """The way that should touch fewest rows.

    Args:
        rare: messages that hold the rarest bigram asked for; `total`: all messages; `walked`: those of the kind
            that is asked for, the only ones which a walk meets.
    """
    mine = max(1, min(reach.messages, total))
    by_gram = GRAM_COST * (rare + SAMPLE)
    by_time = min(walked + SAMPLE, limit * total * (total / (max(1, rare) * mine)))
    by_room = ROOM_COST * reach.messages
    best = min(by_gram, by_time, by_room)
    if best == by_gram:
        return "gram"
    return "time" if best == by_time else "room"


def find(
    runs: Sequence[str], grams: Iterable[str], reach: Reach, filters: Filters, before: Place | None, limit: int,
    way: str | None = None,
) -> Found:  # fmt: skip
    """The newest `limit` messages with all `runs` (folded words) that the reader may see.

    Args:
        grams: their bigrams; `way` overrides the choice (for tests).
    """
    if not reach.rooms:
        return Found([], None, "none")
    known = frequencies(list(grams))
    total, walked = known.pop(ALL), known.pop(FILES)
    walked = walked if filters.kind == DocKind.FILE else total
    asked = sorted(known, key=lambda gram: (known[gram], gram))[:GRAMS_ASKED]
    rare = min(known.values(), default=0)
    way = way or choose(rare=rare, total=total, walked=walked, reach=reach, limit=limit)
    until = filters.until if filters.until is not None else FIRST
    ts, room, seq = min(before or (FIRST, 0, 0), (until, 0, 0))
    values: dict[str, Any] = {
        "rooms": reach.rooms, "after": orjson.dumps(reach.after).decode(), "kind": filters.kind,
        "sender": filters.sender, "unit": filters.unit, "since": filters.since or 0,
        "ts": ts, "room": room, "seq": seq, "limit": limit, "walk": WALK_AT_MOST,
        "grams": " & ".join(_quoted(gram) for gram in asked),
        **{f"run{at}": run for at, run in enumerate(runs)},
    }  # fmt: skip
    holds = "".join(f" AND strpos(d.body, %(run{at})s) > 0" for at in range(len(runs)))
    with connection.cursor() as cursor:
        cursor.execute(_statement(way, holds, filters.kind), values)
        places: list[Place] = cursor.fetchall()
        if len(places) == limit:
            return Found(places, places[-1], way)
        if way != "time":
            return Found(places, None, way)
        cursor.execute(_WALKED.format(kind=_of_kind(filters.kind)), values)
        return Found(places, cursor.fetchone(), way)


def _quoted(gram: str) -> str:
    """A lexeme of a tsquery; folded texts hold letters and digits only, so nothing needs escaping."""
    return f"'{gram}'"


def _of_kind(kind: int) -> str:
    """Files are few and have an index of their own, which wants the kind spelt out."""
    return f"AND d.kind = {DocKind.FILE:d}" if kind == DocKind.FILE else ""


def _statement(way: str, holds: str, kind: int) -> str:
    columns = "d.ts, d.room_id, d.seq"
    if way == "time":
        return f"""
            SELECT {columns} FROM (
                SELECT * FROM chatops_searchdoc d WHERE {_RANGE} {_of_kind(kind)}
                ORDER BY d.ts DESC, d.room_id DESC, d.seq DESC LIMIT %(walk)s
            ) d WHERE {_CHEAP} {holds} {_DEAR} {_NEWEST.format("d")}
        """  # noqa: S608 - constant parts
    if (
        way == "gram"
    ):  # by the bigrams alone: the planner thinks that any word stands in one message of two hundred
        held = "SELECT * FROM chatops_searchdoc d WHERE chatops_grams(d.body) @@ %(grams)s::tsquery"
        return f"""
            WITH held AS MATERIALIZED ({held})
            SELECT {columns} FROM held d WHERE {_CHEAP} AND {_RANGE} {holds} {_DEAR} {_NEWEST.format("d")}
        """  # noqa: S608
    # Materialised, or the planner would walk by time where it expects many.
    return f"""
        WITH held AS MATERIALIZED (
            SELECT {columns} FROM chatops_searchdoc d WHERE {_CHEAP} AND {_RANGE} {holds} {_DEAR}
        ) SELECT * FROM held {_NEWEST.format("held")}
    """  # noqa: S608


# Where a walk ended that did not fill its page; no row when it came to the oldest.
_WALKED = f"""
SELECT d.ts, d.room_id, d.seq FROM chatops_searchdoc d WHERE {_RANGE} {{kind}}
ORDER BY d.ts DESC, d.room_id DESC, d.seq DESC OFFSET %(walk)s - 1 LIMIT 1
"""  # noqa: S608

# As the timeline folds edits (store/timeline.py): the sender's own newest one that was not recalled.
EVENTS = """
SELECT e.room_id, e.seq, e.event_id, e.type, e.sender_id, e.ts, coalesce(edit.content, e.content), e.acting,
    e.rel_type, e.relates_to
FROM unnest(%(rooms)s::bigint[], %(seqs)s::bigint[]) wanted (room, seq)
JOIN chatops_event e ON e.room_id = wanted.room AND e.seq = wanted.seq
LEFT JOIN LATERAL (
    SELECT r.content -> 'm.new_content' AS content FROM chatops_event r
    WHERE r.room_id = e.room_id AND r.relates_to = e.event_id AND r.rel_type = 'm.replace' AND r.redacted_by IS NULL
        AND r.sender_id = e.sender_id AND r.type = e.type
    ORDER BY r.seq DESC LIMIT 1
) edit ON true
WHERE e.redacted_by IS NULL AND e.state_key IS NULL AND e.rel_type IS DISTINCT FROM 'm.replace'
"""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A message as it stands now, its newest edit folded in."""

    room: int
    seq: int
    event_id: str
    type: str
    sender_id: int
    ts: int
    content: dict[str, Any]
    acting: dict[str, str]
    rel_type: str | None
    relates_to: str | None


def events_at(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], EventRow]:
    """The messages at (room, seq) that are neither recalled nor edits themselves."""
    wanted = list(places)
    values = {"rooms": [room for room, _ in wanted], "seqs": [seq for _, seq in wanted]}
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, values)
        rows = cursor.fetchall()
    found = {}
    for room, seq, event_id, kind, sender, ts, content, acting, rel_type, relates_to in rows:
        said, stamp = from_json(content), from_json(acting)
        said = said if isinstance(said, dict) else {}
        found[room, seq] = EventRow(
            room, seq, event_id, kind, sender, ts, said, stamp or {}, rel_type, relates_to
        )
    return found


ROOMS = """
SELECT r.id, r.room_id, r.kind, r.name, r.purpose, r.archived_at IS NOT NULL, r.last_ts, o.name, o.pinyin, o.initials,
    o.staff_number
FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
LEFT JOIN LATERAL (
    SELECT s.name, s.pinyin, s.initials, s.staff_number FROM chatops_membership x
    JOIN directory_staff s ON s.id = x.staff_id
    WHERE r.kind = 'direct' AND x.room_id = r.id AND x.staff_id <> m.staff_id LIMIT 1
) o ON true
WHERE m.staff_id = %(staff)s AND m.membership = 'join' AND (%(only)s::bigint[] IS NULL OR r.id = ANY (%(only)s))
ORDER BY r.last_ts DESC, r.id
"""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room that the reader is in. `other_*` is the other person of a direct room."""

    pk: int
    room_id: str
    kind: str
    name: str
    purpose: str
    archived: bool
    last_ts: int
    other_name: str | None
    other_pinyin: str | None
    other_initials: str | None
    other_number: str | None


def rooms_of(staff_id: int, only: Sequence[int] | None = None) -> list[RoomRow]:
    """The reader's rooms, the one with the newest message first."""
    with connection.cursor() as cursor:
        cursor.execute(ROOMS, {"staff": staff_id, "only": list(only) if only is not None else None})
        return [RoomRow(*row) for row in cursor.fetchall()]


def shown_until(room: int, seq: int, count: int) -> tuple[int, bool]:
    """The position of the `count`-th displayable event after `seq`, and whether it is the room's last one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.seq FROM chatops_event e WHERE e.room_id = %s AND e.display AND e.seq > %s "
            "ORDER BY e.seq LIMIT %s",
            [room, seq, count + 1],
        )
        seqs = [row[0] for row in cursor.fetchall()]
    shown = seqs[:count]
    return (shown[-1] if shown else seq), len(seqs) <= count


def sampled(room: int, seq: int) -> bool:
    return (room * 31 + seq) % SAMPLE == 0


def count_shown(room: int, after: int, until: int) -> int:
    """Displayable events in (after, until]."""
    return Event.objects.filter(room_id=room, seq__gt=after, seq__lte=until, display=True).count()
