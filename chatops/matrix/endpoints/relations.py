"""Events that speak of another one, and the threads of a room (C-S API, "Relationships API", "Threading")."""

from chatops.matrix.endpoints.reading import find_visible, whole_events
from chatops.matrix.errors import invalid_param, not_found
from chatops.matrix.requests import Json, Request
from chatops.matrix.rooms import need_access, read_position
from chatops.matrix.tokens import page_token
from chatops.store.matrix import relations as store

DEFAULT_PAGE, MOST_EVENTS = 50, 100
TWO_DIRECTIONS = {"b", "f"}


async def relations(
    request: Request, room_id: str, event_id: str, rel_type: str | None = None, event_type: str | None = None
) -> Json:
    """Newest first unless `dir=f`. `recurse` follows relations of relations, as a thread's reactions are."""
    access, parent = await find_visible(request, room_id, event_id)
    direction = request.query.get("dir", "b")
    if direction not in TWO_DIRECTIONS:
        raise invalid_param("dir must be b or f")
    backwards, recurse = direction == "b", request.query.get("recurse") == "true"
    limit = max(1, request.number("limit", DEFAULT_PAGE, most=MOST_EVENTS))
    start = await read_position(request, access, "from")
    stop = await read_position(request, access, "to")
    low, high = (stop, start) if backwards else (start, stop)
    rows = await store.related(
        request.delivery.pool,
        room=access.room,
        event_id=parent.event_id,
        rel_type=rel_type,
        event_type=event_type,
        after=max(access.first, low or 0),
        through=access.last if high is None else min(access.last, high),
        limit=limit + 1,
        backwards=backwards,
        depth=store.DEEPEST if recurse else 1,
    )
    more, rows = len(rows) > limit, rows[:limit]
    answer: Json = {"chunk": await whole_events(request, access, rows)}
    if more:
        answer["next_batch"] = page_token(rows[-1].seq - 1 if backwards else rows[-1].seq)
    if start is not None and rows:
        answer["prev_batch"] = page_token(rows[0].seq if backwards else rows[0].seq - 1)
    if recurse:
        answer["recursion_depth"] = store.DEEPEST
    return answer


async def threads(request: Request, room_id: str) -> Json:
    """Roots, the thread with the newest reply first. The token is a place between two of these replies."""
    access = await need_access(request, room_id)
    include = request.query.get("include", "all")
    if include not in {"all", "participated"}:
        raise invalid_param("include must be all or participated")
    limit = max(1, request.number("limit", DEFAULT_PAGE, most=MOST_EVENTS))
    start = await read_position(request, access, "from")
    rows = await store.thread_roots(
        request.delivery.pool,
        room=access.room,
        staff=request.actor.staff_id,
        participated=include == "participated",
        after=access.first,
        through=access.last if start is None else min(access.last, start),
        limit=limit + 1,
    )
    more, rows = len(rows) > limit, rows[:limit]
    answer: Json = {"chunk": await whole_events(request, access, [row for row, _ in rows])}
    if more:
        answer["next_batch"] = page_token(rows[-1][1] - 1)
    return answer


async def at_time(request: Request, room_id: str) -> Json:
    """The event nearest to a moment, at or after it for `dir=f`, at or before it for `dir=b`."""
    access = await need_access(request, room_id)
    direction = request.query.get("dir", "f")
    if direction not in TWO_DIRECTIONS or "ts" not in request.query:
        raise invalid_param("ts must be there, dir must be b or f")
    ts = request.number("ts", 0)
    found = await store.at_time(
        request.delivery.pool, access.room, access.first, access.last, ts, backwards=direction == "b"
    )
    if found is None:
        raise not_found("There is no event on this side of the moment")
    return {"event_id": found[0], "origin_server_ts": found[1]}
