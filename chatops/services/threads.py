"""Threads (话题): a reply in a thread stands beside its root, with an unread count of its own.

Who wrote the root, replied or was named in it follows a thread, until they say otherwise. The replies do not count in
the room; what is unread in a thread is counted anew from the events.
"""

from typing import Any

from django.db import transaction

from chatops.delivery.wake import wake_on_commit
from chatops.services.rooms import RoomView, access_room
from chatops.services.tell import tell_people
from chatops.services.timeline import MAX_POSITION, PAGE_LIMIT, folded
from chatops.store import threads as store
from chatops.store import timeline
from chatops.store.models import Event
from common.errors import NotFoundError
from directory.actors import Actor


def list_threads(
    *, actor: Actor, room_id: str, before: int | None = None, limit: int = 20, mine: bool = False
) -> dict[str, Any]:
    """Threads of a room, the last replied to first: {items: [{root: Event, last, read, following, unread}], next}."""
    view = access_room(actor, room_id)
    limit = max(1, min(limit, PAGE_LIMIT))
    seen = view.membership.history_seq
    rows = store.in_room(
        view.room.pk, room_id, actor.staff_id,
        seen=seen, before=MAX_POSITION if before is None else before, limit=limit, mine=mine,
    )  # fmt: skip
    found = timeline.named(view.room.pk, actor.staff_id, [row.root for row in rows], seen)
    roots = {event["event_id"]: event for event in (folded(room_id, row) for row in found)}
    items = [
        {
            "root": roots[row.root],
            "last": row.last_seq,
            "read": row.read,
            "following": row.following,
            "unread": row.unread,
        }
        for row in rows
    ]
    return {"items": items, "next": str(rows[-1].last_seq) if len(rows) == limit else None}


def thread_page(
    *, actor: Actor, room_id: str, root: str, before: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """A thread: its root and a page of replies, oldest first.

    Returns: {root: Event, items: [Event], next, at, read, following, unread}
    Raises: NotFoundError also for a root that is not the actor's to see.
    """
    view, _ = _access(actor, room_id, root)
    limit = max(1, min(limit, PAGE_LIMIT))
    seen = view.membership.history_seq
    [top] = timeline.named(view.room.pk, actor.staff_id, [root], seen)
    rows = timeline.replies_before(
        view.room.pk, actor.staff_id, root, MAX_POSITION if before is None else before, seen, limit
    )
    items = [folded(room_id, row) for row in reversed(rows)]
    return {
        "root": folded(room_id, top),
        "items": items,
        "next": str(items[0]["seq"]) if len(rows) == limit else None,
        "at": rows[0].head if rows else top.head,
        **state_of(actor, view, root),
    }


def state_of(actor: Actor, view: RoomView, root: str) -> dict[str, Any]:
    """{read, following, unread} of the person in this thread."""
    state = store.find_state(view.room.pk, root, actor.staff_id)
    read = state.read_seq if state else 0
    return {
        "read": read,
        "following": bool(state and state.following),
        "unread": store.count_unread(
            view.room.pk, root, actor.staff_id, max(read, view.membership.history_seq)
        ),
    }


def mark_read(*, actor: Actor, room_id: str, root: str, seq: int) -> None:
    """Move one's position in a thread forward, never beyond its last reply. After commit: person frame `thread`."""
    view, event = _access(actor, room_id, root)
    with transaction.atomic():
        last = store.last_reply(view.room.pk, root)
        if last == 0:
            return
        is_root = event.sender_id == actor.staff_id
        read, following = store.mark_read(
            view.room.pk, root, actor.staff_id, min(seq, last), following=is_root
        )
        _tell(actor, room_id, root, read, following)


def follow(*, actor: Actor, room_id: str, root: str, on: bool) -> None:
    """Follow a thread or stop. After commit: person frame `thread`."""
    view, _ = _access(actor, room_id, root)
    with transaction.atomic():
        store.set_following(view.room.pk, root, actor.staff_id, on)
        state = store.find_state(view.room.pk, root, actor.staff_id)
        _tell(actor, room_id, root, state.read_seq if state else 0, on)


def unread_threads(*, actor: Actor) -> list[dict[str, Any]]:
    """Followed threads with something unread, over all rooms: [{room, root, read, unread}]."""
    return [
        {"room": row.room_id, "root": row.root, "read": row.read, "unread": row.unread}
        for row in store.unread_of(actor.staff_id)
    ]


def _tell(actor: Actor, room_id: str, root: str, read: int, following: bool) -> None:
    body = {"room": room_id, "root": root, "read": read, "following": following}
    tell_people([actor.staff_id], "thread", body)
    wake_on_commit()


def _access(actor: Actor, room_id: str, root: str) -> tuple[RoomView, Event]:
    view = access_room(actor, room_id)
    event = store.find_root(view.room.pk, root)
    if event is None or event.seq <= view.membership.history_seq:
        raise NotFoundError
    return view, event
