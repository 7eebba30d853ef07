"""Queries that fill the search index. One process does it at a time: whoever holds the position's row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from chatops.store.models import Event, Room, Stream, StreamKind, Withdrawn
from chatops.store.search_models import SearchDoc, SearchPosition

REDACTION, EDIT = "m.room.redaction", "m.replace"

UPSERT = """
INSERT INTO chatops_searchdoc (room_id, seq, ts, sender_id, kind, body)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::text[])
ON CONFLICT (room_id, seq) DO UPDATE SET kind = excluded.kind, body = excluded.body
WHERE (chatops_searchdoc.kind, chatops_searchdoc.body) IS DISTINCT FROM (excluded.kind, excluded.body)
RETURNING room_id, seq, xmax = 0
"""

COUNT = """
INSERT INTO chatops_searchgram (gram, docs) SELECT * FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (gram) DO UPDATE SET docs = chatops_searchgram.docs + excluded.docs
"""


def lock_position() -> SearchPosition | None:
    """How far the index is, held until the transaction ends; None while another process holds it."""
    return SearchPosition.objects.select_for_update(skip_locked=True).filter(pk=1).first()


def news_after(pos: int, limit: int) -> list[tuple[int, int | None, int | None]]:
    """(position, room, seq) of the stream; room and seq are None for what is no event."""
    rows = Stream.objects.filter(pos__gt=pos).order_by("pos").values_list("pos", "kind", "room_id", "ref")
    return [
        (at, room, ref) if kind == StreamKind.EVENT else (at, None, None)
        for at, kind, room, ref in rows[:limit]
    ]


@dataclass(frozen=True, slots=True)
class Change:
    """An event as far as it changes what is searched: `target` is the event that it edits or recalls."""

    seq: int
    target: str | None


def changes(room: int, seqs: Iterable[int], types: Sequence[str]) -> list[Change]:
    """The events among `seqs` that are messages, edits or recalls."""
    rows = Event.objects.filter(room_id=room, seq__in=list(seqs), type__in=[*types, REDACTION])
    return [
        Change(row.seq, row.content.get("redacts") if row.type == REDACTION else _edited(row)) for row in rows
    ]


def _edited(row: Event) -> str | None:
    return row.relates_to if row.rel_type == EDIT else None


def seqs_of(room: int, event_ids: Iterable[str]) -> set[int]:
    """Where these events stand; for a recalled edit also the message that it had edited."""
    found: set[int] = set()
    wanted = {one for one in event_ids if isinstance(one, str)}
    while wanted:
        rows = list(Event.objects.filter(room_id=room, event_id__in=wanted).values_list("seq", "redacted_by"))
        recalled = [seq for seq, by in rows if by is not None and seq not in found]
        found |= {seq for seq, _ in rows}
        gone = Withdrawn.objects.filter(room_id=room, seq__in=recalled).values_list("content", flat=True)
        relations = [content.get("m.relates_to") for content in gone]
        wanted = {
            relation["event_id"]
            for relation in relations
            if isinstance(relation, dict) and relation.get("rel_type") == EDIT and "event_id" in relation
        }
    return found


def older(room: int, after: int, types: Sequence[str], limit: int) -> list[int]:
    """Positions of a room's messages after one, for the back-fill."""
    rows = Event.objects.filter(room_id=room, seq__gt=after, type__in=types, redacted_by=None, state_key=None)
    return list(rows.order_by("seq").values_list("seq", flat=True)[:limit])


def next_room(after: int, until: int) -> int | None:
    rooms = Room.objects.filter(pk__gt=after, pk__lte=until).order_by("pk")
    return rooms.values_list("pk", flat=True).first()


def put(docs: Sequence[SearchDoc]) -> set[tuple[int, int]]:
    """Write documents, new or with a new text; answers (room, seq) of those that were not there before."""
    if not docs:
        return set()
    columns = [
        [getattr(doc, name) for doc in docs] for name in ("room_id", "seq", "ts", "sender_id", "kind", "body")
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, columns)
        return {(room, seq) for room, seq, fresh in cursor.fetchall() if fresh}


def remove(room: int, seqs: Iterable[int]) -> None:
    SearchDoc.objects.filter(room_id=room, seq__in=list(seqs)).delete()


def count(grams: Counter[str]) -> None:
    """Add to the counts of bigrams; in order, so that two writers never wait for each other crosswise."""
    pairs = sorted(grams.items())
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [[gram for gram, _ in pairs], [docs for _, docs in pairs]])


def save(position: SearchPosition) -> None:
    position.save(update_fields=["pos", "fill_room", "fill_seq"])
