"""Read marks and typing (C-S API, "Receipts", "Fully read markers", "Typing Notifications")."""

import orjson

from chatops.matrix.errors import bad_json, invalid_param, not_found
from chatops.matrix.identity import need_self
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import need_joined
from chatops.store.matrix import people
from chatops.store.matrix import rooms as store
from chatops.store.matrix.rooms import Access

READ, PRIVATE, FULLY = "m.read", "m.read.private", "m.fully_read"
KINDS = (FULLY, READ, PRIVATE)
MOST_TYPING_MS = 60_000
USUAL_TYPING_MS = 30_000


async def receipt(request: Request, room_id: str, kind: str, event_id: str) -> Json:
    """One position a room and person here: a thread's receipt moves it too."""
    body = await request.json()
    if kind not in KINDS:
        raise invalid_param("The receipt type is unknown")
    if "thread_id" in body and not text(body, "thread_id"):
        raise invalid_param("thread_id must not be empty")
    access = await need_joined(request, room_id)
    await _mark(request, access, kind, event_id)
    return {}


async def read_markers(request: Request, room_id: str) -> Json:
    body = await request.json()
    marks = {kind: text(body, kind) for kind in KINDS if kind in body}
    access = await need_joined(request, room_id)
    for kind, event_id in marks.items():
        await _mark(request, access, kind, event_id)
    return {}


async def _mark(request: Request, access: Access, kind: str, event_id: str) -> None:
    pool, staff = request.delivery.pool, request.actor.staff_id
    row = await store.find_event(pool, access, event_id)
    if row is None:
        raise not_found("No such event")
    if kind == READ:
        request.delivery.marks.mark(access.room, staff, row.seq)
        return
    if kind == PRIVATE:
        await people.put_private_read(pool, access.room, staff, row.seq)
    else:
        await people.mark_fully_read(pool, access.room, staff, row.seq)
    request.delivery.drain.nudge()


async def typing(request: Request, room_id: str, user: str) -> Json:
    body = await request.json()
    need_self(request, user)
    on, timeout_ms = body.get("typing"), body.get("timeout", USUAL_TYPING_MS)
    if not isinstance(on, bool) or not isinstance(timeout_ms, int) or isinstance(timeout_ms, bool):
        raise bad_json("typing must be true or false, timeout a whole number of milliseconds")
    access = await need_joined(request, room_id)
    until_ms = max(1, min(timeout_ms, MOST_TYPING_MS)) if on else 0
    frame = orjson.dumps({"type": "typing", "room": access.room_id, "user": user, "on": on})
    await request.delivery.set_typing(access.room, request.actor.staff_id, until_ms, frame)
    return {}
