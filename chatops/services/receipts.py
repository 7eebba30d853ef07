"""Who has read what: positions without names for all, names for those who may, and one's own position."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services.rooms import access_room
from chatops.store import rooms, timeline
from chatops.store.models import RoomKind, StreamKind
from common import clock, ids
from common.errors import ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may


def read_positions(*, actor: Actor, room_id: str) -> dict[str, Any]:
    """How many members have read up to which position; no names."""
    view = access_room(actor, room_id)
    positions = timeline.read_histogram(view.room.pk)
    return {"positions": positions, "members": sum(count for _seq, count in positions)}


def receipts_of(*, actor: Actor, room_id: str, event_id: str) -> dict[str, Any]:
    """Who has read an event and who has not, by unit in protocol order.

    Names are for the sender, the room's owner and the supervision officer; in a direct room for both.
    Who joined after the event is in neither list.
    """
    view = access_room(actor, room_id)
    event = rooms.find_event(view.room.pk, event_id)
    if event is None or event.seq <= view.membership.history_seq:
        raise NotFoundError
    is_theirs = actor.staff_id == event.sender_id or view.is_owner or view.room.kind == RoomKind.DIRECT
    if not is_theirs and not may(actor, "room.manage", None):
        raise ForbiddenError(message=_("只有发送人和群主可以查看已读、未读名单。"))
    lists: dict[str, list[dict[str, Any]]] = {"read": [], "unread": []}
    for row in rooms.members(view.room.pk, clock.today()):
        if row.staff_id == event.sender_id or row.kind == "bot" or row.seq > event.seq:
            continue
        person = {
            "user_id": ids.user_id(row.staff_number),
            "name": row.name,
            "post_title": row.post_title,
            "unit_name": row.unit_name,
        }
        lists["read" if row.read_seq >= event.seq else "unread"].append(person)
    return {"event": event_id, **lists}


def mark_read(*, actor: Actor, room_id: str, seq: int) -> None:
    """Move one's read position forward; for clients without a live socket."""
    view = access_room(actor, room_id)
    with transaction.atomic():
        mine = rooms.lock_membership(view.membership.pk)
        seq = min(seq, view.room.last_seq)
        if seq > mine.read_seq:
            body = {"old": mine.read_seq, "ts": clock.now_ms()}
            mine.read_seq, mine.read_ts = seq, body["ts"]
            mine.save(update_fields=["read_seq", "read_ts"])
            rooms.put_inbox(
                StreamKind.RECEIPT, room=view.room.pk, staff_id=actor.staff_id, ref=seq, body=body
            )
            wake_on_commit()
