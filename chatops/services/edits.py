"""The versions of an edited message, for everybody who may see the message."""

from typing import Any

from chatops.services.rooms import access_room
from chatops.store import edits as store
from chatops.store import rooms
from common.errors import NotFoundError
from directory.actors import Actor


def versions(*, actor: Actor, room_id: str, event_id: str) -> list[dict[str, Any]]:
    """As first sent, then each edit, oldest first: [{seq, ts, content}]. Raises NotFoundError, also once recalled."""
    view = access_room(actor, room_id)
    event = rooms.find_event(view.room.pk, event_id)
    if event is None or event.seq <= view.membership.history_seq or event.redacted_by is not None:
        raise NotFoundError
    first = {"seq": event.seq, "ts": event.ts, "content": event.content}
    later = [
        {"seq": edit.seq, "ts": edit.ts, "content": edit.content["m.new_content"]}
        for edit in store.edits_of(event)
        if isinstance(edit.content.get("m.new_content"), dict)
    ]
    return [first, *later]
