"""The unit tree as spaces (C-S API, "Spaces"): walking it, and reading the spaces that one is in."""

from typing import Any

from chatops.matrix import spaces as unit_rooms
from chatops.matrix.endpoints.directory import offset_of, room_entry, space_entry
from chatops.matrix.errors import not_found
from chatops.matrix.requests import Json, Request
from chatops.matrix.rooms import need_joined
from chatops.matrix.spaces import UnitRoom
from chatops.matrix.tokens import page_token
from chatops.services import spaces
from chatops.store.matrix import aliases as store
from common.aio import call_service
from common.errors import NotFoundError
from common.ids import user_id

PAGE, MOST_ROOMS = 50, 100
DEFAULT_DEPTH, MOST_DEPTH = 3, 10


async def hierarchy(request: Request, room_id: str) -> Json:
    """A unit's space with what is below it, depth first; a room of its own has nothing below."""
    limit = max(1, request.number("limit", PAGE, most=MOST_ROOMS))
    deepest = request.number("max_depth", DEFAULT_DEPTH, most=MOST_DEPTH)
    offset = offset_of(request.query.get("from"))
    unit = spaces.unit_of(room_id)
    if unit is None:
        access = await need_joined(request, room_id)
        found = await store.summaries(
            request.delivery.pool, staff=request.actor.staff_id, room_ids=[access.room_id]
        )
        return {"rooms": [{**room_entry(one), "children_state": []} for one in found]}
    rooms: list[Json] = []
    await _walk(request, room_id, deepest, offset + limit + 1, rooms)
    answer: Json = {"rooms": rooms[offset : offset + limit]}
    if len(rooms) > offset + limit:
        answer["next_batch"] = str(offset + limit)
    return answer


async def _walk(request: Request, room_id: str, depth: int, most: int, rooms: list[Json]) -> None:
    unit = spaces.unit_of(room_id)
    if unit is None or len(rooms) >= most:
        return
    try:
        space = await call_service(spaces.find, request.actor, unit)
    except NotFoundError:
        if rooms:
            return
        raise not_found("No such space") from None
    inside = await store.unit_rooms(
        request.delivery.pool, staff=request.actor.staff_id, units=[str(space.unit)]
    )
    children = unit_rooms.child_events(space, inside, request.actor.user_id)
    rooms.append({**space_entry(space), "children_state": children})
    if depth > 0:
        rooms += [{**room_entry(one), "children_state": []} for one in inside]
        for child in space.children:
            await _walk(request, child, depth - 1, most, rooms)


# -- a space as a room ------------------------------------------------------------------------------------------------


async def find_room(request: Request, room_id: str) -> UnitRoom | None:
    """The space of this id that the person is in; None for every other room."""
    return await unit_rooms.find_joined(request.delivery.pool, request.actor, room_id)


def state(room: UnitRoom) -> list[Json]:
    return _told(room, [*(one for one in room.state() if one["type"] != unit_rooms.MEMBER), *room.members()])


def state_event(request: Request, room: UnitRoom, event_type: str, state_key: str) -> Json:
    for one in state(room):
        if (one["type"], one["state_key"]) == (event_type, state_key):
            content: Json = one["content"]
            return one if request.query.get("format") == "event" else content
    raise not_found("No such state")


def members(room: UnitRoom) -> list[Json]:
    """All of them are in it."""
    return _told(room, room.members())


def joined(room: UnitRoom) -> Json:
    return {user_id(number): {"display_name": name, "avatar_url": None} for number, name in room.people}


def nothing_said() -> dict[str, Any]:
    """Nobody writes in a space."""
    return {"chunk": [], "start": page_token(0)}


def _told(room: UnitRoom, events: list[Json]) -> list[Json]:
    return [{**one, "room_id": room.room_id} for one in events]
