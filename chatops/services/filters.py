"""A long day at a glance: only orders, decisions, mentions, files of a room, as far back as one goes.

Orders are cards of that kind and messages that ask for confirmation; decisions are approvals, polls and what is pinned;
mentions are those of the reader.
"""

from typing import Any

from django.utils.translation import gettext as _

from chatops.services.rooms import access_room
from chatops.store import filters as store
from chatops.store import rooms
from chatops.store.frames import event_dict, from_json
from common.errors import BadInputError
from directory.actors import Actor

PAGE_LIMIT = 200
MAX_POSITION = 2**62


def page(
    *, actor: Actor, room_id: str, kinds: list[str], before: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """Oldest first, with the newest edit folded in: {items, next: position to continue before, or None}.

    Raises: NotFoundError; BadInputError: no or an unknown kind.
    """
    view = access_room(actor, room_id)
    wanted = [kind for kind in store.KINDS if kind in kinds]
    if not wanted or not set(kinds) <= set(store.KINDS):
        raise BadInputError(field="kinds", message=_("请选择要查看的内容：指令、决定、提及或文件。"))
    limit = max(1, min(limit, PAGE_LIMIT))
    rows = store.page(
        view.room.pk,
        wanted,
        staff_id=actor.staff_id,
        before=before if before is not None else MAX_POSITION,
        after=view.membership.history_seq,
        limit=limit,
        pinned=_pinned(view.room.pk),
    )
    items = [_folded(room_id, row) for row in reversed(rows)]
    return {"items": items, "next": str(items[0]["seq"]) if len(rows) == limit else None}


def _pinned(room: int) -> list[str]:
    pinned = (rooms.state_content(room, "m.room.pinned_events") or {}).get("pinned", [])
    return [event for event in pinned if isinstance(event, str)] if isinstance(pinned, list) else []


def _folded(room_id: str, row: tuple[Any, ...]) -> dict[str, Any]:
    *columns, content, seq = row
    event = event_dict(room_id, tuple(columns))
    if content is not None and isinstance(fresh := from_json(content), dict):
        event.update(content=fresh, edited_seq=seq)
    return event
