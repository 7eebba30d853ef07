"""Sending from synchronous services: the same item, gate and SQL function as the live line."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from chatops.delivery.journal import Entry
from chatops.delivery.wake import wake_on_commit
from chatops.services import admission, media_uses, mentions, polls, relations
from chatops.services.content import plain_text
from chatops.services.outgoing import NotInRoomError, make_item, refusal
from chatops.store import rooms
from chatops.store.append import Appended, Item, append_now
from chatops.store.redactions import find_txn
from directory.actors import Actor


@dataclass(frozen=True)
class Sent:
    """Where an event was put. `deduplicated`: a retry of the same transaction id; the ids are the first ones."""

    event_id: str
    seq: int
    origin_ts: int
    deduplicated: bool


def send(
    *,
    actor: Actor,
    room_id: str,
    type: str,  # noqa: A002 - Matrix's word
    content: dict[str, Any],
    txn_id: str | None = None,
    state_key: str | None = None,
) -> Sent:
    """Append one event to a room, as the last statement of the caller's transaction.

    Raises:
        NotInRoomError, RoomArchivedError, MayNotPostError: the room refuses this sender.
        BadInputError, TooLargeError, SecrecyRefusedError: the content cannot be taken.
        FileNotYoursError: it shows a file that the actor may not hand on.
        What `relations.check`, `mentions.resolve` and `polls.check` raise, for an event that speaks of others.
    After commit: the live line forwards the event; the door is woken.
    """
    room = rooms.find_room(room_id)
    if room is None:
        raise NotInRoomError
    item, mentioned = make_item(
        actor=actor, room=room.pk, event_type=type, content=content, txn_id=txn_id, state_key=state_key
    )
    return sent(put(item, actor=actor, mentioned=mentioned))


def deliver(entry: Entry, *, actor: Actor) -> Appended:
    """Store what `outgoing.needs_thread` keeps from the journal. Raises as `send`."""
    return put(entry.item, actor=actor, mentioned=entry.mentioned)


def put(item: Item, *, actor: Actor, mentioned: bool = False) -> Appended:
    """Gate, relations, files, mentions, and the append, in one transaction. Raises as `send`."""
    admission.check(plain_text(item["content"]), actor=actor, where="message")
    with transaction.atomic():
        # A retry is answered as the first time, whatever has become of what it relates to.
        if item["device"] and item["txn"] and (known := find_txn(item["device"], item["room"], item["txn"])):
            return Appended("known", known.event_id, known.seq, 0, known.ts)
        target = relations.check(item, actor)
        polls.check(item, actor, target)
        files = media_uses.check(item, actor)
        if mentioned:
            mentions.resolve(item, actor)
        relations.keep(item, actor, target)
        [answer] = append_now([item])
        if not answer.stored:
            raise refusal(answer.status)
        if answer.status == "ok":
            media_uses.keep(files, item["room"], answer.seq)
        wake_on_commit()
    return answer


def sent(answer: Appended) -> Sent:
    return Sent(answer.event_id, answer.seq, answer.ts, answer.status == "known")
