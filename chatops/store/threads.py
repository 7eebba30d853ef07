"""Threads of a room: their replies, and each person's place in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from chatops.store.models import Event, ThreadState
from common.ids import user_id
from directory.models import Staff


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a list: its root, how far it has come, and what is left for the asking person."""

    room_id: str
    root: str
    last_seq: int
    read: int
    following: bool
    unread: int


# Unread in a thread is a recount: standing replies of others after my position (nobody's row is touched by a reply).
UNREAD = """(
    SELECT count(*) FROM chatops_event r
    WHERE r.room_id = {room} AND r.relates_to = {root} AND r.rel_type = 'm.thread' AND r.redacted_by IS NULL
        AND r.sender_id <> %(staff)s AND r.seq > greatest(coalesce({read}, 0), {seen})
)"""

IN_ROOM = f"""
SELECT %(room_id)s, t.root, t.last, coalesce(me.read_seq, 0), coalesce(me.following, false),
    {UNREAD.format(room="%(room)s", root="t.root", read="me.read_seq", seen="%(seen)s")}
FROM (
    SELECT r.relates_to AS root, max(r.seq) AS last FROM chatops_event r
    WHERE r.room_id = %(room)s AND r.rel_type = 'm.thread' AND r.redacted_by IS NULL
    GROUP BY 1
) t
JOIN chatops_event e ON e.room_id = %(room)s AND e.event_id = t.root AND e.seq > %(seen)s
LEFT JOIN chatops_threadstate me ON me.room_id = %(room)s AND me.root = t.root AND me.staff_id = %(staff)s
WHERE t.last < %(before)s AND (NOT %(mine)s OR me.following)
ORDER BY t.last DESC LIMIT %(limit)s
"""  # noqa: S608 - constant parts

FOLLOWED = f"""
SELECT r.room_id, me.root, 0, me.read_seq, true,
    {UNREAD.format(room="me.room_id", root="me.root", read="me.read_seq", seen="m.history_seq")} AS unread
FROM chatops_threadstate me JOIN chatops_room r ON r.id = me.room_id
JOIN chatops_membership m ON m.room_id = me.room_id AND m.staff_id = me.staff_id AND m.membership = 'join'
WHERE me.staff_id = %(staff)s AND me.following AND r.archived_at IS NULL
"""  # noqa: S608 - constant parts


def follow(room: int, root: str, staff_ids: Iterable[int], *, unless_known: bool = False) -> None:
    """Let people follow a thread; with `unless_known` only those who have no place in it yet."""
    rows = [
        ThreadState(room_id=room, root=root, staff_id=key, following=True) for key in sorted(set(staff_ids))
    ]
    if unless_known:
        ThreadState.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        ThreadState.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["room_id", "root", "staff_id"],
            update_fields=["following"],
        )


def set_following(room: int, root: str, staff_id: int, on: bool) -> None:
    ThreadState.objects.update_or_create(
        room_id=room, root=root, staff_id=staff_id, defaults={"following": on}
    )


MARK = """
INSERT INTO chatops_threadstate AS t (room_id, root, staff_id, following, read_seq)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (room_id, root, staff_id) DO UPDATE SET read_seq = greatest(t.read_seq, excluded.read_seq)
RETURNING read_seq, following
"""


def mark_read(room: int, root: str, staff_id: int, seq: int, *, following: bool) -> tuple[int, bool]:
    """Move a position forward; answers (position, following). `following` is for a person who had no place yet."""
    with connection.cursor() as cursor:
        cursor.execute(MARK, [room, root, staff_id, following, seq])
        row: tuple[int, bool] = cursor.fetchone()
        return row


def find_state(room: int, root: str, staff_id: int) -> ThreadState | None:
    return ThreadState.objects.filter(room_id=room, root=root, staff_id=staff_id).first()


def find_root(room: int, event_id: str) -> Event | None:
    return Event.objects.filter(room_id=room, event_id=event_id, display=True, state_key=None).first()


def last_reply(room: int, root: str) -> int:
    replies = Event.objects.filter(room_id=room, relates_to=root, rel_type="m.thread")
    return replies.order_by("-seq").values_list("seq", flat=True).first() or 0


def in_room(
    room: int, room_id: str, staff_id: int, *, seen: int, before: int, limit: int, mine: bool
) -> list[ThreadRow]:
    """Threads whose last reply lies before a position, newest first; `mine`: those that the person follows."""
    given: dict[str, Any] = {
        "room": room, "room_id": room_id, "staff": staff_id, "seen": seen, "before": before, "limit": limit,
        "mine": mine,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(IN_ROOM, given)
        return [ThreadRow(*row) for row in cursor.fetchall()]


def unread_of(staff_id: int) -> list[ThreadRow]:
    """The followed threads of all rooms that hold something unread."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({FOLLOWED}) f WHERE unread > 0", {"staff": staff_id})  # noqa: S608
        return [ThreadRow(*row) for row in cursor.fetchall()]


def summary(room: int, root: str) -> dict[str, Any] | None:
    """How many standing replies, and the last of them: {count, seq, ts, sender, name}; None without one."""
    standing = Event.objects.filter(room_id=room, relates_to=root, rel_type="m.thread", redacted_by=None)
    last = standing.order_by("-seq").first()
    if last is None:
        return None
    writer = Staff.objects.get(pk=last.sender_id)
    name = (last.acting or {}).get("name") or writer.name
    return {
        "count": standing.count(),
        "seq": last.seq,
        "ts": last.ts,
        "sender": user_id(writer.staff_number),
        "name": name,
    }


def count_unread(room: int, root: str, staff_id: int, after: int) -> int:
    """Standing replies of others after a position."""
    standing = Event.objects.filter(
        room_id=room, relates_to=root, rel_type="m.thread", redacted_by=None, seq__gt=after
    )
    return standing.exclude(sender_id=staff_id).count()
