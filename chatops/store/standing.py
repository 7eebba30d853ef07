"""Rooms that follow the directory, and who is in them by their rule."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from chatops.store.models import Room, RoomKind

MEMBERS = """
SELECT m.staff_id, m.membership, m.membership = 'join' AND e.content ->> 'org.tongzhou.by' = 'rule'
FROM chatops_membership m JOIN chatops_event e ON e.room_id = m.room_id AND e.seq = m.seq
WHERE m.room_id = %s
"""


@dataclass(frozen=True, slots=True)
class RuleMember:
    """`by_rule`: in the room because of its rule, not by anybody's hand."""

    staff_id: int
    membership: str
    by_rule: bool


def members_by_rule(room: int) -> list[RuleMember]:
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [room])
        return [RuleMember(row[0], row[1], bool(row[2])) for row in cursor.fetchall()]


def rooms_with_rule() -> list[Room]:
    return list(Room.objects.filter(member_rule__isnull=False, archived_at__isnull=True).order_by("pk"))


def rooms_by_owner_post() -> dict[UUID, list[Room]]:
    found: dict[UUID, list[Room]] = {}
    for room in Room.objects.filter(owner_post__isnull=False).exclude(kind=RoomKind.DIRECT).order_by("pk"):
        if room.owner_post is not None:
            found.setdefault(room.owner_post, []).append(room)
    return found


def standing_room(unit: UUID) -> Room | None:
    return Room.objects.filter(kind=RoomKind.UNIT, unit=unit, archived_at__isnull=True).order_by("pk").first()


def one_at_a_time(unit: UUID) -> None:
    """Two who found a group for the same unit come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"standing:{unit}"])


def transaction_id() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        return str(cursor.fetchone()[0])
