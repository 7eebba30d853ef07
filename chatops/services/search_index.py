"""Filling the search index: follows the drained stream, and works through what was there before it.

Runs in the worker (`chores`), never in a sender's transaction. Each step is one transaction that also moves the stored
position, so a kill loses nothing and a step done twice changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import transaction

from chatops.services.search_text import INDEXED_TYPES, fold, grams_of, kind_of, text_of
from chatops.store import search as reading
from chatops.store import search_index as store
from chatops.store.search import EventRow
from chatops.store.search_models import DocKind, SearchDoc, SearchPosition

STEP = 500
ROOMS_A_STEP = 200


def step() -> bool:
    """Index the next few hundred changes, or else some older messages. True when there may be more to do at once."""
    with transaction.atomic():
        position = store.lock_position()
        if position is None:
            return False
        followed, filled = _follow(position), None
        if not followed:  # what is new comes first
            filled = _fill(position)
        if followed is not None or filled is not None:
            store.save(position)
    return bool(followed or filled)


def _follow(position: SearchPosition) -> bool | None:
    """Take what the stream has told since; None when it has told nothing."""
    news = store.news_after(position.pos, STEP)
    if not news:
        return None
    touched: defaultdict[int, set[int]] = defaultdict(set)
    for _, room, seq in news:
        if room is not None and seq is not None:
            touched[room].add(seq)
    for room, seqs in touched.items():
        refresh(room, _changed(room, seqs))
    position.pos = news[-1][0]
    return len(news) == STEP


def _changed(room: int, seqs: Iterable[int]) -> set[int]:
    """Positions of the messages that these events make, edit or recall."""
    found = store.changes(room, seqs, INDEXED_TYPES)
    targets = [change.target for change in found if change.target is not None]
    return {change.seq for change in found if change.target is None} | store.seqs_of(room, targets)


def _fill(position: SearchPosition) -> bool | None:
    """The back-fill's next messages; None when it is done."""
    if position.fill_room >= position.fill_until and position.fill_seq == 0:
        return None
    left = STEP
    for _ in range(ROOMS_A_STEP):
        if position.fill_seq == 0:
            room = store.next_room(position.fill_room, position.fill_until)
            if room is None:
                position.fill_room = position.fill_until
                break
            position.fill_room = room
        seqs = store.older(position.fill_room, position.fill_seq, INDEXED_TYPES, left)
        refresh(position.fill_room, set(seqs))
        position.fill_seq = seqs[-1] if len(seqs) == left else 0
        left -= len(seqs)
        if left == 0:
            break
    return True


def refresh(room: int, seqs: set[int]) -> None:
    """Make the documents at these positions say what the events say now."""
    if not seqs:
        return
    events = reading.events_at((room, seq) for seq in seqs)
    docs = [doc for event in events.values() if (doc := document(event)) is not None]
    if gone := seqs - {doc.seq for doc in docs}:
        store.remove(room, gone)
    fresh = store.put(docs)
    grams: Counter[str] = Counter()
    for doc in docs:
        if (doc.room_id, doc.seq) in fresh and reading.sampled(doc.room_id, doc.seq):
            grams.update({reading.ALL, *grams_of(doc.body)})
            grams.update([reading.FILES] if doc.kind == DocKind.FILE else [])
    if grams:
        store.count(grams)


def document(event: EventRow) -> SearchDoc | None:
    """How a message is searched; None for one that says nothing."""
    if event.type not in INDEXED_TYPES:
        return None
    body = fold(text_of(event.type, event.content))
    if not body:
        return None
    return SearchDoc(
        room_id=event.room, seq=event.seq, ts=event.ts, sender_id=event.sender_id,
        kind=kind_of(event.content), body=body,
    )  # fmt: skip
