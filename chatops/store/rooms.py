"""Queries on rooms and memberships."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from chatops.store.frames import EVENT_COLUMNS
from chatops.store.models import Event, Inbox, Membership, MembershipState, Room, RoomState, StreamKind
from common.ids import staff_number_of
from common.store.rows import RowsOf
from directory.models import Staff


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with name and home post, in protocol order."""

    staff_id: int
    staff_number: str
    name: str
    kind: str
    level: int
    membership: str
    read_seq: int
    post_title: str
    unit_id: Any
    unit_name: str
    seq: int
    pinyin: str
    initials: str
    post_id: Any


def find_room(room_id: str) -> Room | None:
    return Room.objects.filter(room_id=room_id).first()


def get_room(pk: int) -> Room:
    return Room.objects.get(pk=pk)


def direct_rooms(keys: Iterable[str]) -> dict[str, Room]:
    """Those that are there, by their key."""
    found = Room.objects.filter(direct_key__in=list(keys))
    return {room.direct_key: room for room in found if room.direct_key}


def add_rooms(rooms: Iterable[Room]) -> None:
    """A direct room whose key is taken meanwhile is left out."""
    Room.objects.bulk_create(list(rooms), ignore_conflicts=True)


def lock_room(pk: int) -> Room:
    """The room under its row lock: taken late, and several in id order (decisions 4)."""
    return Room.objects.select_for_update(no_key=True).get(pk=pk)


def find_membership(room: int, staff_id: int) -> Membership | None:
    return Membership.objects.filter(room_id=room, staff_id=staff_id).first()


_MEMBERSHIPS, _ROOMS = RowsOf(Membership, "m"), RowsOf(Room, "r")
JOINED = f"""
SELECT {_MEMBERSHIPS.columns}, {_ROOMS.columns} FROM chatops_room r JOIN chatops_membership m ON m.room_id = r.id
WHERE r.room_id = %s AND m.staff_id = %s AND m.membership = 'join'
"""  # noqa: S608 - constant columns


def find_joined(room_id: str, staff_id: int) -> Membership | None:
    """The person's membership with its room, if they are in it."""
    with connection.cursor() as cursor:
        cursor.execute(JOINED, [room_id, staff_id])
        row = cursor.fetchone()
    if row is None:
        return None
    found = _MEMBERSHIPS.make(row[: _MEMBERSHIPS.width])
    found.room = _ROOMS.make(row[_MEMBERSHIPS.width :])
    return found


def forget(room: int, staff_id: int) -> None:
    Membership.objects.filter(room_id=room, staff_id=staff_id).update(forgotten=True)


def lock_membership(pk: int) -> Membership:
    return Membership.objects.select_for_update(no_key=True).get(pk=pk)


def joined_ids(room: int) -> set[int]:
    return set(_joined(room).values_list("staff_id", flat=True))


def joined_pairs(rooms: Iterable[int]) -> set[tuple[int, int]]:
    """(room, person) of these rooms' members."""
    found = Membership.objects.filter(room_id__in=list(rooms), membership=MembershipState.JOIN)
    return set(found.values_list("room_id", "staff_id"))


def count_joined(room: int) -> int:
    return _joined(room).count()


def _joined(room: int) -> QuerySet[Membership]:
    return Membership.objects.filter(room_id=room, membership=MembershipState.JOIN)


MEMBERS = """
SELECT s.id, s.staff_number, s.name, s.kind, m.level, m.membership, m.read_seq,
    coalesce(p.title, ''), u.id, coalesce(nullif(u.short_name, ''), u.name, ''), m.seq,
    s.pinyin, s.initials, p.id
FROM chatops_membership m JOIN directory_staff s ON s.id = m.staff_id
LEFT JOIN LATERAL (
    SELECT a.post_id FROM directory_appointment a
    WHERE a.staff_id = s.id AND a.valid_from <= %(today)s AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
    ORDER BY a.is_primary DESC, a.valid_from, a.id LIMIT 1
) a ON true
LEFT JOIN directory_post p ON p.id = a.post_id LEFT JOIN directory_unit u ON u.id = p.unit_id
WHERE m.room_id = %(room)s AND m.membership = ANY (%(states)s)
ORDER BY u.rank NULLS LAST, u.id, p.rank NULLS LAST, s.id
"""


def members(room: int, today: Any, states: Sequence[str] = ("join",)) -> list[MemberRow]:
    """Members in protocol order: unit, then post, never the alphabet (domain §3)."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, {"room": room, "today": today, "states": list(states)})
        return [MemberRow(*row) for row in cursor.fetchall()]


ROOM_LIST = f"""
SELECT r.id, r.room_id, r.kind, r.name, r.purpose, r.last_seq, r.n, r.last_ts, r.archived_at IS NOT NULL,
    m.read_seq, m.level, m.muted, m.pinned, m.notify,
    (SELECT count(*) FROM chatops_event e
     WHERE e.room_id = r.id AND e.content ? 'org.tongzhou.confirm' AND e.seq > greatest(m.history_seq, m.seq)
        AND e.content -> 'org.tongzhou.confirm' ->> 'required' = 'true' AND e.display AND e.redacted_by IS NULL
        AND e.sender_id <> m.staff_id AND NOT EXISTS (SELECT FROM chatops_confirmation c
            WHERE c.room_id = e.room_id AND c.seq = e.seq AND c.staff_id = m.staff_id)),
    r.n - coalesce((SELECT e.n FROM chatops_event e WHERE e.room_id = r.id AND e.seq = m.read_seq), 0)
        - (SELECT count(*) FROM chatops_event e
           WHERE e.room_id = r.id AND e.sender_id = m.staff_id AND e.seq > m.read_seq AND e.countable) AS unread,
    (SELECT count(DISTINCT k.seq) FROM chatops_mention k
     WHERE k.staff_id IN (0, m.staff_id) AND k.room_id = r.id AND k.seq > m.read_seq AND NOT EXISTS (
         SELECT 1 FROM chatops_event e WHERE e.room_id = r.id AND e.seq = k.seq AND e.sender_id = m.staff_id)),
    (SELECT d.content ->> 'text' FROM chatops_persondata d
     WHERE d.staff_id = m.staff_id AND d.room_id = r.id AND d.type = 'draft'),
    other.name, coalesce(other.kind = 'bot', false),
    shown.*
FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
LEFT JOIN LATERAL (
    SELECT o.name, o.kind FROM chatops_membership x JOIN directory_staff o ON o.id = x.staff_id
    WHERE r.kind = 'direct' AND x.room_id = r.id AND x.staff_id <> m.staff_id LIMIT 1
) other ON true
LEFT JOIN LATERAL (
    SELECT {EVENT_COLUMNS} FROM chatops_event e JOIN directory_staff s ON s.id = e.sender_id
    WHERE e.room_id = r.id AND e.display AND e.seq > m.history_seq ORDER BY e.seq DESC LIMIT 1
) shown ON true
WHERE m.staff_id = %s AND m.membership = 'join' AND (%s::bigint IS NULL OR r.id = %s)
ORDER BY m.pinned DESC, r.last_ts DESC, r.id
"""  # noqa: S608 - constant columns


def room_list(staff_id: int, room: int | None = None) -> list[tuple[Any, ...]]:
    """Rows for a person's conversation list; the last columns are EVENT_COLUMNS of the newest shown event."""
    with connection.cursor() as cursor:
        cursor.execute(ROOM_LIST, [staff_id, room, room])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def find_event(room: int, event_id: str) -> Event | None:
    return Event.objects.filter(room_id=room, event_id=event_id).first()


def state_event(room: int, event_type: str, state_key: str = "") -> Event | None:
    """The event that is the current state, or None."""
    row = RoomState.objects.filter(room_id=room, type=event_type, state_key=state_key).first()
    return Event.objects.filter(room_id=room, seq=row.seq).first() if row else None


def set_levels(room: int, content: dict[str, Any]) -> None:
    """Bring each member's level into step with an `m.room.power_levels` content; writes only what differs."""
    default = int(content.get("users_default", 0))
    numbers = {staff_number_of(user) or "": int(level) for user, level in content.get("users", {}).items()}
    found = Staff.objects.filter(staff_number__in=list(numbers)).values_list("pk", "staff_number")
    wanted = {key: numbers[number] for key, number in found}
    present = Membership.objects.filter(
        room_id=room, membership__in=[MembershipState.JOIN, MembershipState.INVITE]
    )
    present.exclude(staff_id__in=list(wanted)).exclude(level=default).update(level=default)
    for level in set(wanted.values()):
        named = [key for key, own in wanted.items() if own == level]
        present.filter(staff_id__in=named).exclude(level=level).update(level=level)


BY_RULE = "org.tongzhou.by"


def is_by_rule(membership: Membership) -> bool:
    """Whether the room's rule has put the person in: the event of the stay says so."""
    event = Event.objects.filter(room_id=membership.room_id, seq=membership.seq).first()
    return event is not None and event.content.get(BY_RULE) == "rule"


def is_public(room: int) -> bool:
    """Whether one may join without an invitation."""
    return (state_content(room, "m.room.join_rules") or {}).get("join_rule") == "public"


def state_content(room: int, event_type: str, state_key: str = "") -> dict[str, Any] | None:
    """The content of the current state event, or None."""
    event = state_event(room, event_type, state_key)
    return event.content if event else None


def put_inbox(
    kind: StreamKind,
    *,
    room: int | None = None,
    staff_id: int | None = None,
    ref: int | None = None,
    body: dict[str, Any] | None = None,
) -> None:
    """Announce a change in its own transaction; the drain moves it to the stream."""
    Inbox.objects.create(kind=kind, room_id=room, staff_id=staff_id, ref=ref, body=body)


def put_inbox_for(kind: StreamKind, staff_ids: Iterable[int], *bodies: dict[str, Any] | None) -> None:
    """Each of the bodies for each of these people, in one statement; without a body one row that has none."""
    told = [None if body is None else json.dumps(body) for body in bodies or (None,)]
    with connection.cursor() as cursor:
        cursor.execute(PUT_FOR, [int(kind), told, list(staff_ids)])


def ids_at_level(room: int, level: int) -> list[int]:
    """Keys of the people (not bots) in a room whose level is at least that."""
    return list(
        _joined(room).filter(level__gte=level, staff__kind="person").values_list("staff_id", flat=True)
    )


def people_at_level(room: int, level: int) -> list[str]:
    """Their staff numbers."""
    rows = _joined(room).filter(level__gte=level, staff__kind="person").order_by("staff_id")
    return list(rows.values_list("staff__staff_number", flat=True))


def set_personal(membership: int, values: dict[str, Any]) -> None:
    Membership.objects.filter(pk=membership).update(**values)


PUT_FOR = """
INSERT INTO chatops_inbox (kind, staff_id, body)
SELECT %s, staff_id, body FROM unnest(%s::jsonb[]) AS b (body), unnest(%s::bigint[]) AS p (staff_id)
"""
JOINABLE = """
SELECT r.room_id, r.kind, r.name, r.purpose, m.membership IS NOT DISTINCT FROM 'invite',
    (SELECT count(*) FROM chatops_membership x WHERE x.room_id = r.id AND x.membership = 'join')
FROM chatops_room r LEFT JOIN chatops_membership m ON m.room_id = r.id AND m.staff_id = %(staff)s
WHERE r.archived_at IS NULL AND (m.membership = 'invite' OR (
    r.unit = %(unit)s::uuid AND r.kind <> 'direct' AND (m.membership IS NULL OR m.membership = 'leave')
    AND EXISTS (SELECT FROM chatops_roomstate k JOIN chatops_event e ON e.room_id = k.room_id AND e.seq = k.seq
        WHERE k.room_id = r.id AND k.type = 'm.room.join_rules' AND k.state_key = ''
            AND e.content ->> 'join_rule' = 'public')))
ORDER BY m.membership = 'invite' DESC NULLS LAST, r.name, r.id LIMIT 200
"""


def joinable(staff_id: int, unit: str | None) -> list[dict[str, Any]]:
    """Invitations of a person and open rooms of the unit: {room, kind, name, purpose, invited, members}."""
    with connection.cursor() as cursor:
        cursor.execute(JOINABLE, {"staff": staff_id, "unit": unit})
        names = ("room", "kind", "name", "purpose", "invited", "members")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
