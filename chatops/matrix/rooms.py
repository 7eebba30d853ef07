"""Reaching a room: one gate, one answer for "not yours" and "not there"."""

from chatops.matrix.errors import not_in_room
from chatops.matrix.requests import Request
from chatops.matrix.tokens import SyncToken, read_page
from chatops.services import levels
from chatops.store.matrix import rooms as store
from chatops.store.matrix.rooms import Access


async def find_access(request: Request, room_id: str) -> Access | None:
    """None when the room is unknown or the person has never joined it."""
    actor = request.actor
    return await request.delivery.lookups.accesses.of((actor.staff_id, actor.user_id, room_id))


async def need_access(request: Request, room_id: str) -> Access:
    """What the person may read of the room, also after leaving. Raises MatrixError M_FORBIDDEN."""
    access = await find_access(request, room_id)
    if access is None:
        raise not_in_room()
    return access


async def need_joined(request: Request, room_id: str) -> Access:
    """Raises MatrixError M_FORBIDDEN unless the person is in the room now."""
    access = await need_access(request, room_id)
    if not access.joined:
        raise not_in_room()
    return access


async def read_position(request: Request, access: Access, name: str) -> int | None:
    """The place in the room that a token of the query means; None without one. Raises MatrixError M_UNKNOWN."""
    given = request.query.get(name)
    if not given:
        return None
    token = read_page(given, name)
    if isinstance(token, SyncToken):
        return await store.seq_at(request.delivery.pool, access.room, token.pos)
    return token


def may_send_state(access: Access, event_type: str) -> bool:
    """Whether the person's level is enough for this type of state."""
    return access.level >= levels.needed(access.levels, event_type, state=True)
