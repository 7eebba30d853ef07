"""Rooms with an end date: a reminder to the owner a week before, read-only from the day after."""

from datetime import datetime, time, timedelta

from django.db import transaction

from chatops.services.levels import OWNER
from chatops.services.tell import tell_people, tell_room
from chatops.store import rooms as store
from chatops.store.models import Room
from common import audit, clock, timers
from directory.actors import system_actor

AHEAD = timedelta(days=7)
REMINDED_AT = time(9, 0)


def schedule(room: Room) -> None:
    """Set the room's timers by its present end date; without one, or archived, forget them."""
    if room.ends_on is None or room.archived_at is not None:
        timers.cancel_timer(_remind_key(room))
        timers.cancel_timer(_end_key(room))
        return
    reminded = datetime.combine(room.ends_on - AHEAD, REMINDED_AT, clock.SHANGHAI)
    if reminded > clock.now():
        timers.set_timer(_remind_key(room), reminded, "chatops.remind_room_end", room=room.room_id)
    else:
        timers.cancel_timer(_remind_key(room))
    over = datetime.combine(room.ends_on + timedelta(days=1), time(), clock.SHANGHAI)
    timers.set_timer(_end_key(room), over, "chatops.end_room", room=room.room_id)


def _remind_key(room: Room) -> str:
    return f"chatops.room.remind:{room.room_id}"


def _end_key(room: Room) -> str:
    return f"chatops.room.end:{room.room_id}"


def remind(room_id: str) -> None:
    """Tell the owners' clients; the room itself shows them its end from that day on."""
    room = store.find_room(room_id)
    if room is not None and room.archived_at is None and room.ends_on is not None:
        body = {"room": room_id, "ends_on": room.ends_on.isoformat()}
        with transaction.atomic():
            tell_people(store.ids_at_level(room.pk, OWNER), "room_end", body)


def end(room_id: str) -> None:
    """Make a room read-only whose last day is over. Safe to repeat; a date moved since then is kept to."""
    found = store.find_room(room_id)
    if found is None:
        return
    with transaction.atomic():
        room = store.lock_room(found.pk)
        if room.archived_at is not None or room.ends_on is None or room.ends_on >= clock.today():
            return
        room.archived_at = clock.now()
        room.save(update_fields=["archived_at"])
        audit.record(
            actor=system_actor("定时任务"), verb="room.end", subject="room", subject_id=room_id,
            new={"ends_on": room.ends_on.isoformat()},
        )  # fmt: skip
        tell_room(room.pk, "settings")
