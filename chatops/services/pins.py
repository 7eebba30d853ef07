"""Pinned messages (置顶): who pinned them and until when, as the state m.room.pinned_events (Matrix) with our facts
beside it: `org.tongzhou.pins`: {event id: {by, name, at, until}}, times in ms, `until` null for no end.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import levels, state
from chatops.services.outgoing import RoomArchivedError
from chatops.services.rooms import RoomView, access_room
from chatops.services.timeline import folded
from chatops.store import pins as store
from chatops.store import rooms, timeline
from chatops.store.pins import PINNED, PINS_KEY
from common import clock, timers
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services import refs

MOST = state.MAX_PINS
LATEST = timedelta(days=366)
UNPIN_TASK = "chatops.unpin"


def pin(*, actor: Actor, room_id: str, event_id: str, until: datetime | None = None) -> None:
    """Pin a message, or set another end.

    Raises: NotFoundError; ForbiddenError below the room's level for it; ConflictError beyond 20 pins or for a recalled
        message; BadInputError for an end that is past or more than a year off.
    """
    view = access_room(actor, room_id)
    event = rooms.find_event(view.room.pk, event_id)
    if event is None or event.seq <= view.membership.history_seq or event.state_key is not None:
        raise NotFoundError
    _need_right(view)
    if event.redacted_by is not None:
        raise ConflictError(message=_("消息已被撤回，不能置顶。"))
    now = clock.now()
    if until is not None and not now < until < now + LATEST:
        raise BadInputError(field="until", message=_("置顶期限应在现在之后、一年以内，请重新选择。"))
    with transaction.atomic():
        content = store.lock_current(view.room.pk)
        if event_id not in content["pinned"] and len(content["pinned"]) >= MOST:
            raise ConflictError(message=_("一个群最多置顶 {most} 条，请先取消旧的置顶。").format(most=MOST))
        content["pinned"] = [event_id, *(one for one in content["pinned"] if one != event_id)]
        content[PINS_KEY][event_id] = {
            "by": actor.user_id,
            "name": actor.name,
            "at": clock.now_ms(),
            "until": int(until.timestamp() * 1000) if until else None,
        }
        if until is None:
            timers.cancel_timer(_timer(room_id, event_id))
        else:
            timers.set_timer(_timer(room_id, event_id), until, UNPIN_TASK, room=room_id, event=event_id)
        state.replace(actor=actor, room=view.room, event_type=PINNED, content=content)


def unpin(*, actor: Actor, room_id: str, event_id: str) -> None:
    """Take a pin off; none there is fine. Raises NotFoundError, ForbiddenError."""
    view = access_room(actor, room_id)
    _need_right(view)
    with transaction.atomic():
        content = store.lock_current(view.room.pk)
        if event_id not in content["pinned"]:
            return
        timers.cancel_timer(_timer(room_id, event_id))
        state.replace(actor=actor, room=view.room, event_type=PINNED, content=_without(content, event_id))


def unpin_due(room_id: str, event_id: str) -> None:
    """The end has come: take the pin off in the name of who set it, unless it has another end by now."""
    room = rooms.find_room(room_id)
    if room is None:
        return
    with transaction.atomic():
        content = store.lock_current(room.pk)
        facts = content[PINS_KEY].get(event_id)
        if facts is None or facts.get("until") is None or facts["until"] > clock.now_ms():
            return
        for person in refs.people_by_pk(store.staff_of(facts.get("by", ""))):
            actor = Actor(staff_id=person.pk, staff_number=person.staff_number, name=person.name)
            state.replace(actor=actor, room=room, event_type=PINNED, content=_without(content, event_id))


def list_pins(*, actor: Actor, room_id: str) -> dict[str, Any]:
    """Standing pins, the newest first: {items: [{event, by, name, at, until}], can_pin}."""
    view = access_room(actor, room_id)
    content = store.current(view.room.pk)
    rows = timeline.named(view.room.pk, actor.staff_id, content["pinned"], view.membership.history_seq)
    events = {event["event_id"]: event for event in (folded(room_id, row) for row in rows)}
    items = []
    for event_id in content["pinned"]:
        event = events.get(event_id)
        if event is not None and "redacted_by" not in event:
            facts = content[PINS_KEY].get(event_id, {})
            items.append({"event": event, **{key: facts.get(key) for key in ("by", "name", "at", "until")}})
    return {"items": items, "can_pin": can_pin(view)}


def can_pin(view: RoomView) -> bool:
    needed = levels.needed(view.room.levels, PINNED, state=True)
    return view.room.archived_at is None and view.membership.level >= needed


def _need_right(view: RoomView) -> None:
    if view.room.archived_at is not None:
        raise RoomArchivedError
    if not can_pin(view):
        raise ForbiddenError(message=_("您在此群中不能设置置顶，请联系群主。"))


def _without(content: dict[str, Any], event_id: str) -> dict[str, Any]:
    pins = {key: facts for key, facts in content[PINS_KEY].items() if key != event_id}
    return {"pinned": [one for one in content["pinned"] if one != event_id], PINS_KEY: pins}


def _timer(room_id: str, event_id: str) -> str:
    return f"pin:{room_id}:{event_id}"
