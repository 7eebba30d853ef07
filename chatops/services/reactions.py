"""Reactions: one of a person and key on a message; the same again takes it back."""

from typing import Any

from django.db import transaction

from chatops.services import messages, redactions
from chatops.services.content import REACTION
from chatops.services.relations import DuplicateReactionError
from chatops.services.rooms import access_room
from chatops.store import reactions as store
from chatops.store import relations, rooms
from common import ids
from common.errors import NotFoundError
from directory.actors import Actor


def react(*, actor: Actor, room_id: str, event_id: str, key: str, on: bool) -> None:
    """Set or take back one's reaction; as it is already: nothing happens.

    Raises: NotFoundError, and as `messages.send` and `redactions.recall`.
    """
    if on:
        content = {"m.relates_to": {"rel_type": REACTION, "event_id": event_id, "key": key}}
        try:
            messages.send(actor=actor, room_id=room_id, type="m.reaction", content=content)
        except DuplicateReactionError:
            return
        return
    view = access_room(actor, room_id)
    with transaction.atomic():
        relations.lock_reactions(view.room.pk, actor.staff_id)
        for mine in relations.own_reactions(view.room.pk, event_id, actor.staff_id, key):
            redactions.recall(actor=actor, room_id=room_id, event_id=mine)


def who(*, actor: Actor, room_id: str, event_id: str) -> list[dict[str, Any]]:
    """Who reacted: [{key, people: [{user_id, name, unit_name}]}], in the order of the first of each key."""
    view = access_room(actor, room_id)
    event = rooms.find_event(view.room.pk, event_id)
    if event is None or event.seq <= view.membership.history_seq or event.redacted_by is not None:
        raise NotFoundError
    by_key: dict[str, list[dict[str, Any]]] = {}
    for row in store.of_event(view.room.pk, event_id):
        acting = row.acting or {}
        by_key.setdefault(row.key, []).append(
            {
                "user_id": ids.user_id(row.staff_number),
                "name": acting.get("name") or row.name,
                "unit_name": acting.get("unit", ""),
            }
        )
    return [{"key": key, "people": people} for key, people in by_key.items()]
