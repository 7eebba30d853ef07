"""Reading a room: state, members, history (C-S API, "Getting events for a room")."""

from typing import Any

from chatops.matrix.endpoints import spaces
from chatops.matrix.errors import invalid_param, not_found
from chatops.matrix.events import client_event
from chatops.matrix.filters import MOST_EVENTS, read_inline, read_sieve
from chatops.matrix.requests import Json, Request
from chatops.matrix.rooms import find_access, need_access, need_joined, read_position
from chatops.matrix.tokens import page_token
from chatops.store.matrix import rooms as store
from chatops.store.matrix.events import EventRow, decorations
from chatops.store.matrix.rooms import Access, Sieve
from common.ids import user_id

DEFAULT_PAGE = 10
MEMBERSHIPS = frozenset({"join", "invite", "leave", "ban", "knock"})


async def whole_events(request: Request, access: Access, rows: list[EventRow]) -> list[Json]:
    """Events with all that belongs to them, also the room's id."""
    found = await decorations(
        request.delivery.pool, rows, reader=request.actor.staff_id, ends={access.room: access.last}
    )
    device = request.actor.device_id
    return [client_event(row, device=device, room_id=access.room_id, decorations=found) for row in rows]


# -- state ------------------------------------------------------------------------------------------------------------


async def get_state(request: Request, room_id: str) -> Any:
    """Now, or as it was when the person left."""
    if (space := await spaces.find_room(request, room_id)) is not None:
        return spaces.state(space)
    access = await need_access(request, room_id)
    rows = await store.state_before(request.delivery.pool, {access.room: access.last + 1})
    return await whole_events(request, access, rows)


async def get_state_event(request: Request, room_id: str, event_type: str, state_key: str = "") -> Json:
    if (space := await spaces.find_room(request, room_id)) is not None:
        return spaces.state_event(request, space, event_type, state_key)
    access = await need_access(request, room_id)
    row = await store.find_state(request.delivery.pool, access, event_type, state_key)
    if row is None:
        raise not_found("No such state")
    if request.query.get("format") == "event":
        return (await whole_events(request, access, [row]))[0]
    return row.content


async def members(request: Request, room_id: str) -> Json:
    """Member events, now or at a sync token."""
    wanted, unwanted = request.query.get("membership"), request.query.get("not_membership")
    if not {wanted, unwanted} <= {*MEMBERSHIPS, None}:
        raise invalid_param("membership is unknown")
    if (space := await spaces.find_room(request, room_id)) is not None:
        return {"chunk": spaces.members(space) if wanted in {None, "join"} and unwanted != "join" else []}
    access = await need_access(request, room_id)
    at = await read_position(request, access, "at")
    before = (access.last if at is None else min(at, access.last)) + 1
    rows = [
        row
        for row in await store.state_before(request.delivery.pool, {access.room: before})
        if row.type == "m.room.member"
        and (wanted is None or row.content.get("membership") == wanted)
        and (unwanted is None or row.content.get("membership") != unwanted)
    ]
    return {"chunk": await whole_events(request, access, rows)}


async def joined_members(request: Request, room_id: str) -> Json:
    if (space := await spaces.find_room(request, room_id)) is not None:
        return {"joined": spaces.joined(space)}
    access = await need_joined(request, room_id)
    people = await store.joined_members(request.delivery.pool, access.room)
    return {
        "joined": {user_id(number): {"display_name": name, "avatar_url": None} for number, name in people}
    }


# -- history ----------------------------------------------------------------------------------------------------------


async def messages(request: Request, room_id: str) -> Json:
    """A page of history. Positions lie between events; `end` is left out when nothing more can come."""
    if await spaces.find_room(request, room_id) is not None:
        return spaces.nothing_said()
    access = await need_access(request, room_id)
    backwards = _direction(request)
    limit = max(1, request.number("limit", DEFAULT_PAGE, most=MOST_EVENTS))
    given = request.query.get("filter", "")
    body = read_inline(given) if given else {}
    start = await read_position(request, access, "from")
    if start is None:
        start = access.last if backwards else access.first
    stop = await read_position(request, access, "to")
    after, through = _window(access, start, stop, backwards=backwards)
    rows = await store.page(
        request.delivery.pool,
        access.room,
        after=after,
        through=through,
        limit=limit + 1,
        backwards=backwards,
        sieve=read_sieve(body),
    )
    more, rows = len(rows) > limit, rows[:limit]
    answer = {"chunk": await whole_events(request, access, rows), "start": page_token(start)}
    if more:
        last = rows[-1].seq
        answer["end"] = page_token(last - 1 if backwards else last)
    elif not backwards:
        answer["end"] = page_token(max(through, start))  # the live end: more may come
    if body.get("lazy_load_members") is True and rows:
        answer["state"] = await _senders(request, access, rows)
    return answer


def _direction(request: Request) -> bool:
    direction = request.query.get("dir", "")
    if direction not in {"b", "f"}:
        raise invalid_param("dir must be b or f")
    return bool(direction == "b")


def _window(access: Access, start: int, stop: int | None, *, backwards: bool) -> tuple[int, int]:
    """(after, through): what lies between the tokens and may be seen."""
    if backwards:
        return max(access.first, stop or 0), min(access.last, start)
    return max(access.first, start), access.last if stop is None else min(access.last, stop)


async def _senders(request: Request, access: Access, rows: list[EventRow]) -> list[Json]:
    users = sorted({user_id(row.staff_number) for row in rows})
    before = max(row.seq for row in rows) + 1
    state = await store.state_before(request.delivery.pool, {access.room: before}, users)
    return await whole_events(request, access, [row for row in state if row.type == "m.room.member"])


async def event(request: Request, room_id: str, event_id: str) -> Json:
    """404 also in a room that is not the person's: an event is there or it is not."""
    access, row = await find_visible(request, room_id, event_id)
    return (await whole_events(request, access, [row]))[0]


async def context(request: Request, room_id: str, event_id: str) -> Json:
    access, row = await find_visible(request, room_id, event_id)
    limit = request.number("limit", DEFAULT_PAGE, most=MOST_EVENTS)
    pool, before, after = request.delivery.pool, limit // 2, limit - limit // 2
    earlier = await store.page(
        pool,
        access.room,
        after=access.first,
        through=row.seq - 1,
        limit=before,
        backwards=True,
        sieve=Sieve(),
    )
    later = await store.page(
        pool, access.room, after=row.seq, through=access.last, limit=after, backwards=False, sieve=Sieve()
    )
    last = later[-1].seq if later else row.seq
    state = await store.state_before(pool, {access.room: last + 1})
    return {
        "event": (await whole_events(request, access, [row]))[0],
        "events_before": await whole_events(request, access, earlier),
        "events_after": await whole_events(request, access, later),
        "start": page_token((earlier[-1].seq if earlier else row.seq) - 1),
        "end": page_token(last),
        "state": await whole_events(request, access, state),
    }


async def find_visible(request: Request, room_id: str, event_id: str) -> tuple[Access, EventRow]:
    access = await find_access(request, room_id)
    row = await store.find_event(request.delivery.pool, access, event_id) if access else None
    if access is None or row is None:
        raise not_found("No such event")
    return access, row
