"""Sending from synchronous services: the same item, gate and SQL function as the live line."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from chatops.delivery.wake import wake_on_commit
from chatops.services import admission
from chatops.services.content import plain_text
from chatops.services.outgoing import NotInRoomError, make_item, refusal
from chatops.store import people, rooms
from chatops.store.append import append_now
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
    After commit: the live line forwards the event; the door is woken.
    """
    room = rooms.find_room(room_id)
    if room is None:
        raise NotInRoomError
    item, mentioned = make_item(
        actor=actor, room=room.pk, event_type=type, content=content, txn_id=txn_id, state_key=state_key
    )
    admission.check(plain_text(content), actor=actor, where="message")
    if mentioned:
        item["mentions"] = people.member_ids(room.pk, mentioned)
    with transaction.atomic():
        [answer] = append_now([item])
        if not answer.stored:
            raise refusal(answer.status)
        wake_on_commit()
    return Sent(answer.event_id, answer.seq, answer.ts, answer.status == "known")
