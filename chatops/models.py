"""Models of floor 2, re-exported for Django."""

from chatops.store.models import (
    Event,
    Inbox,
    Media,
    Membership,
    Mention,
    PersonData,
    Room,
    RoomState,
    SecrecyRefusal,
    Stream,
    StreamHead,
    Txn,
    Withdrawn,
)

__all__ = [
    "Event",
    "Inbox",
    "Media",
    "Membership",
    "Mention",
    "PersonData",
    "Room",
    "RoomState",
    "SecrecyRefusal",
    "Stream",
    "StreamHead",
    "Txn",
    "Withdrawn",
]
