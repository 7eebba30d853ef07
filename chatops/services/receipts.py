"""Who has read what: counts for all, names for those who may, and one's own position. Never a time.

Names are for the sender, the room's owner and the supervision officer; in a direct room for both (decisions 36).
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services.members import NO_UNIT, in_order
from chatops.services.rooms import RoomView, access_room, scope_of
from chatops.store import nudges, rooms, timeline
from chatops.store import receipts as store
from chatops.store.models import Event, RoomKind, StreamKind
from chatops.store.receipts import Addressee, Tally
from common import clock, ids
from common.cursors import offset_of
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may
from directory.services.seats import unit_places

PAGE = 50
MOST = 200
STATES = ("read", "unread", "unconfirmed", "received", "difficulty", "transferred", "all")
CONFIRM = "org.tongzhou.confirm"


def read_positions(*, actor: Actor, room_id: str) -> dict[str, Any]:
    """How many members have read up to which position; no names."""
    view = access_room(actor, room_id)
    positions = timeline.read_histogram(view.room.pk)
    return {"positions": positions, "members": sum(count for _seq, count in positions)}


def access_event(actor: Actor, room_id: str, event_id: str) -> tuple[RoomView, Event]:
    """An event that the actor may see. Raises NotFoundError."""
    view = access_room(actor, room_id)
    event = rooms.find_event(view.room.pk, event_id)
    if event is None or event.seq <= view.membership.history_seq:
        raise NotFoundError
    return view, event


def may_see_names(actor: Actor, view: RoomView, event: Event) -> bool:
    if actor.staff_id == event.sender_id or view.is_owner or view.room.kind == RoomKind.DIRECT:
        return True
    return may(actor, "room.see_receipts", scope_of(view.room))


def need_names(actor: Actor, view: RoomView, event: Event) -> None:
    """Raises ForbiddenError."""
    if not may_see_names(actor, view, event):
        raise ForbiddenError(message=_("只有发送人、群主和督查专员可以查看已读、未读名单。"))


def receipts_of(*, actor: Actor, room_id: str, event_id: str) -> dict[str, Any]:
    """How many have read an event and how many have answered, by unit in protocol order.

    Who joined after the event counts nowhere: it was not said to them. Nor does the sender, nor a bot.

    Returns:
        {event, names: whether the actor may see names, required, total, read, unread, received, difficulty,
        transferred, units: [{unit_id, name, depth, total, …}], next_reminder: ms or None}
    """
    view, event = access_event(actor, room_id, event_id)
    counts = store.counts(event, clock.today())
    places = unit_places(unit for unit, _ in counts)
    rows = in_order(counts, places)
    units = [
        {
            "unit_id": str(key) if key else NO_UNIT,
            "name": places[key].name if key in places else "",
            "depth": depth,
            **numbers(tally),
        }
        for key, depth, tally in rows
    ]
    whole = _sum([tally for _, _, tally in rows])
    return {
        "event": event_id,
        "names": may_see_names(actor, view, event),
        "required": asks_confirmation(event),
        "next_reminder": nudges.next_at(event),
        "units": units,
        **numbers(whole),
    }


def people_of(
    *,
    actor: Actor,
    room_id: str,
    event_id: str,
    state: str,
    unit: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> dict[str, Any]:
    """A page of names in protocol order.

    Args:
        state: read, unread, unconfirmed, received, difficulty, transferred or all.
        unit: a unit's id, "none" for people without a post, "" for all.
    Raises: NotFoundError, ForbiddenError, BadInputError.
    """
    view, event = access_event(actor, room_id, event_id)
    need_names(actor, view, event)
    if state not in STATES:
        raise BadInputError(field="state", message=_("名单类型无效，请刷新页面后重试。"))
    limit, offset = max(1, min(limit, MOST)), offset_of(cursor)
    rows = names(event, state=state, unit=unit, limit=limit + 1, offset=offset)
    return {"items": rows[:limit], "next": str(offset + limit) if len(rows) > limit else None}


def names(event: Event, *, state: str, unit: str = "", limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Without asking who wants to know."""
    places = unit_places()
    ordered = sorted(places, key=lambda key: places[key].place)
    rows = store.people(
        event, clock.today(), state=state, units=ordered, unit=unit, limit=limit, offset=offset
    )
    places = unit_places(row.unit_id for row in rows)
    return [_shown(row, places[row.unit_id].name if row.unit_id in places else "") for row in rows]


def _shown(row: Addressee, unit_name: str) -> dict[str, Any]:
    return {
        "user_id": ids.user_id(row.staff_number),
        "name": row.name,
        "post_title": row.post_title,
        "unit_id": row.unit_id,
        "unit_name": unit_name,
        "read": row.has_read,
        "answer": row.answer,
        "note": row.note,
        "handed_to": row.handed_to,
    }


def numbers(tally: Tally) -> dict[str, int]:
    return {
        "total": tally.total,
        "read": tally.read,
        "unread": tally.total - tally.read,
        "received": tally.received,
        "difficulty": tally.difficulty,
        "transferred": tally.transferred,
    }


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(
        *(
            sum(getattr(tally, name) for tally in tallies)
            for name in ("total", "read", "received", "difficulty", "transferred")
        )
    )


def asks_confirmation(event: Event) -> bool:
    asked = event.content.get(CONFIRM)
    return isinstance(asked, dict) and asked.get("required") is True and event.redacted_by is None


def mark_read(*, actor: Actor, room_id: str, seq: int) -> None:
    """Move one's read position forward; for clients without a live socket. When that was is kept nowhere."""
    view = access_room(actor, room_id)
    with transaction.atomic():
        mine = rooms.lock_membership(view.membership.pk)
        seq = min(seq, view.room.last_seq)
        if seq > mine.read_seq:
            body = {"old": mine.read_seq}
            mine.read_seq = seq
            mine.save(update_fields=["read_seq"])
            rooms.put_inbox(
                StreamKind.RECEIPT, room=view.room.pk, staff_id=actor.staff_id, ref=seq, body=body
            )
            wake_on_commit()
