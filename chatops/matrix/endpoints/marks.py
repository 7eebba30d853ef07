"""Read marks and typing (C-S API, "Receipts", "Fully read markers", "Typing Notifications")."""

import orjson

from chatops.matrix.errors import bad_json, invalid_param, not_found
from chatops.matrix.identity import need_self
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import need_joined
from chatops.services import threads
from chatops.store.matrix import people
from chatops.store.matrix import rooms as store
from chatops.store.matrix.events import EventRow
from chatops.store.matrix.rooms import Access
from common.aio import call_service

READ, PRIVATE, FULLY = "m.read", "m.read.private", "m.fully_read"
KINDS = (FULLY, READ, PRIVATE)
MAIN = "main"
MOST_TYPING_MS = 60_000
USUAL_TYPING_MS = 30_000


async def receipt(request: Request, room_id: str, kind: str, event_id: str) -> Json:
    """With the root of a thread as `thread_id` one's place in that thread, else one's place in the room."""
    body = await request.json()
    if kind not in KINDS:
        raise invalid_param("The receipt type is unknown")
    thread = text(body, "thread_id", MAIN)
    if not thread or (kind == FULLY and "thread_id" in body):
        raise invalid_param("thread_id must not be empty, nor be given with m.fully_read")
    access = await need_joined(request, room_id)
    if thread == MAIN:
        await _mark(request, access, kind, event_id)
    else:
        row = await _visible(request, access, event_id)
        await call_service(
            threads.mark_read, actor=request.actor, room_id=access.room_id, root=thread, seq=row.seq
        )
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
    row = await _visible(request, access, event_id)
    if kind == READ:
        request.delivery.marks.mark(access.room, staff, row.seq)
        return
    if kind == PRIVATE:
        await people.put_private_read(pool, access.room, staff, row.seq)
    else:
        await people.mark_fully_read(pool, access.room, staff, row.seq)
    request.delivery.drain.nudge()


async def _visible(request: Request, access: Access, event_id: str) -> EventRow:
    row = await store.find_event(request.delivery.pool, access, event_id)
    if row is None:
        raise not_found("No such event")
    return row


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
