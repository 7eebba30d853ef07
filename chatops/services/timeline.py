"""Reading a room: pages of its timeline, its members, drafts."""

from typing import Any

from chatops.services.membership import OWNER_LEVEL
from chatops.services.rooms import RoomView, access_room
from chatops.store import rooms, timeline
from chatops.store.frames import event_dict, from_json
from chatops.store.timeline import FoldedRow
from common import clock, ids
from directory.actors import Actor

PAGE_LIMIT = 200
MAX_POSITION = 2**62


def page(
    *, actor: Actor, room_id: str, before: int | None = None, after: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """A page of a room, oldest first.

    With `after`, every event from there on, as the live line would have sent them. Else displayable events before
    `before` (the newest by default), each with what later events say of it folded in (see `folded`), up to `at`.

    Returns:
        {items, next: the position to continue from or None, last: the position that the page reaches, at?}
    """
    view = access_room(actor, room_id)
    limit = max(1, min(limit, PAGE_LIMIT))
    if after is not None:
        return _page_after(view, max(after, view.membership.history_seq), limit)
    rows = timeline.shown_before(
        view.room.pk,
        actor.staff_id,
        before if before is not None else MAX_POSITION,
        view.membership.history_seq,
        limit,
    )
    items = [folded(room_id, row) for row in reversed(rows)]
    head = rows[0].head if rows else view.room.last_seq
    return {
        "items": items,
        "next": str(items[0]["seq"]) if len(rows) == limit else None,
        "last": head if before is None else before - 1,
        "at": head,
    }


def _page_after(view: RoomView, after: int, limit: int) -> dict[str, Any]:
    rows = timeline.all_after(view.room.pk, after, limit)
    items = [event_dict(view.room.room_id, row) for row in rows]
    last = items[-1]["seq"] if items else after
    return {"items": items, "next": str(last) if len(items) == limit else None, "last": last}


def folded(room_id: str, row: FoldedRow) -> dict[str, Any]:
    """The event with its newest edit, reactions, thread and pin: `edited_seq?`, `reactions?`, `thread?`, `pinned?`."""
    event = event_dict(room_id, row.columns)
    if row.edit is not None and isinstance(fresh := from_json(row.edit), dict):
        relation = event["content"].get("m.relates_to")
        kept = {} if relation is None else {"m.relates_to": relation}  # an edit does not move a message
        event.update(content={**fresh, **kept}, edited_seq=row.edit_seq)
    if row.reactions is not None:
        event["reactions"] = from_json(row.reactions)
    if row.replies:
        event["thread"] = {
            "count": row.replies,
            "seq": row.reply_seq,
            "ts": row.reply_ts,
            "sender": ids.user_id(row.reply_number or ""),
            "name": row.reply_name,
        }
    if row.pinned:
        event["pinned"] = True
    return event


def member_list(*, actor: Actor, room_id: str) -> list[dict[str, Any]]:
    """Members in protocol order, each with unit and post."""
    view = access_room(actor, room_id)
    return [
        {
            "user_id": ids.user_id(row.staff_number),
            "name": row.name,
            "pinyin": row.pinyin,
            "initials": row.initials,
            "kind": row.kind,
            "post_id": row.post_id,
            "post_title": row.post_title,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "is_owner": row.level >= OWNER_LEVEL,
        }
        for row in rooms.members(view.room.pk, clock.today())
    ]
