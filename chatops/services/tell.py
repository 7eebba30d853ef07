"""Frames for single people, and small ones for all who hold a room (docs/protocol.md, `person`, `room_note`).

They say that something has changed, by ids and counts, never by content.
"""

from collections.abc import Iterable
from typing import Any

from chatops.delivery.wake import wake_on_commit
from chatops.store import rooms
from chatops.store.models import StreamKind


def tell_people(staff_ids: Iterable[int], kind: str, body: dict[str, Any] | None = None) -> None:
    """Send `{"type": "person", "kind": kind, …body}` to these people's open clients, in the current transaction.

    Clients that are away get it by their position when they come back; it carries ids and counts, never content.
    """
    wanted = sorted(set(staff_ids))
    if wanted:
        rooms.put_inbox_for(StreamKind.PERSON, wanted, {"kind": kind, **(body or {})})
        wake_on_commit()


def tell_room(room: int, kind: str, body: dict[str, Any] | None = None, *, key: str = "") -> None:
    """Send `{"type": "room_note", "room": …, "kind": kind, …body}` to the clients that hold the room.

    Of several notes of one kind and `key` that wait together only the newest goes out. Not kept: a client that was
    away asks for what it shows.
    """
    rooms.put_inbox(StreamKind.ROOM, room=room, body={"kind": kind, **(body or {}), "key": key})
    wake_on_commit()
