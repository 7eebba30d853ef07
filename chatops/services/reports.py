"""Complaints about a room or a message, for the security administrator."""

from django.db import transaction

from chatops.services.rooms import access_room
from chatops.store import rooms as store
from common import audit
from common.errors import NotFoundError
from directory.actors import Actor


def report(*, actor: Actor, room_id: str, event_id: str | None, reason: str) -> None:
    """Write it into the audit trail. Raises NotFoundError for a room or an event that is not the actor's to see."""
    view = access_room(actor, room_id)
    if event_id is not None:
        event = store.find_event(view.room.pk, event_id)
        if event is None or event.seq <= view.membership.history_seq:
            raise NotFoundError
    with transaction.atomic():
        audit.record(
            actor=actor,
            verb="message.report" if event_id else "room.report",
            subject="event" if event_id else "room",
            subject_id=event_id or room_id,
            new={"room": room_id, "reason": reason},
        )
