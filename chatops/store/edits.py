"""Edits of an event."""

from django.db.models import QuerySet

from chatops.store.models import Event

MOST = 200


def edits_of(event: Event) -> list[Event]:
    """The newest 200 standing edits by its sender, oldest first: a status card has thousands."""
    return list(_edits(event)[:MOST])[::-1]


def newest_edit(event: Event) -> Event | None:
    return _edits(event).first()


def _edits(event: Event) -> QuerySet[Event]:
    edits = Event.objects.filter(
        room_id=event.room_id, relates_to=event.event_id, rel_type="m.replace", type=event.type,
        sender_id=event.sender_id, redacted_by=None,
    )  # fmt: skip
    return edits.order_by("-seq")
