"""Frames for single people, and small ones for all who hold a room (docs/protocol.md, `person`, `room_note`).

They say that something has changed, by ids and counts, never by content.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chatops.delivery.wake import wake_on_commit
from chatops.store import rooms
from chatops.store.models import StreamKind


def tell_people(staff_ids: Iterable[int], kind: str, body: dict[str, Any] | None = None) -> None:
    """Send `{"type": "person", "kind": kind, …body}` to these people's open clients, in the current transaction.

    Clients that are away get it by their position when they come back; it carries ids and counts, never content.
    """
    tell_people_all(staff_ids, {kind: body or {}})


def tell_people_all(staff_ids: Iterable[int], bodies: Mapping[str, dict[str, Any]]) -> None:
    """As `tell_people` with several kinds at once, in their order."""
    wanted = sorted(set(staff_ids))
    if wanted:
        frames = ({"kind": kind, **body} for kind, body in bodies.items())
        rooms.put_inbox_for(StreamKind.PERSON, wanted, *frames)
        wake_on_commit()


def tell_room(room: int, kind: str, body: dict[str, Any] | None = None, *, key: str = "") -> None:
    """Send `{"type": "room_note", "room": …, "kind": kind, …body}` to the clients that hold the room.

    Of several notes of one kind and `key` that wait together only the newest goes out. Not kept: a client that was
    away asks for what it shows.
    """
    rooms.put_inbox(StreamKind.ROOM, room=room, body={"kind": kind, **(body or {}), "key": key})
    wake_on_commit()
