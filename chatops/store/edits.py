"""Edits of an event."""

from chatops.store.models import Event

MOST = 200


def edits_of(event: Event) -> list[Event]:
    """The newest 200 standing edits by its sender, oldest first: a status card has thousands."""
    edits = Event.objects.filter(
        room_id=event.room_id, relates_to=event.event_id, rel_type="m.replace", type=event.type,
        sender_id=event.sender_id, redacted_by=None,
    )  # fmt: skip
    return list(edits.order_by("-seq")[:MOST])[::-1]
