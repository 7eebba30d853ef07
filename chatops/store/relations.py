"""Events by what they say of others."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from chatops.store.frames import from_json
from chatops.store.models import Event, Membership, MembershipState


@dataclass(frozen=True, slots=True)
class Target:
    """An event that another one speaks of, as its sender may see it."""

    seq: int
    event_id: str
    type: str
    state_key: str | None
    sender_id: int
    rel_type: str | None
    relates_to: str | None
    display: bool
    redacted: bool
    content: dict[str, Any]


# Held as it is until the transaction ends: an edit does not slip in behind a recall.
TARGET = """
SELECT e.seq, e.event_id, e.type, e.state_key, e.sender_id, e.rel_type, e.relates_to, e.display,
    e.redacted_by IS NOT NULL, e.content
FROM chatops_event e JOIN chatops_membership m ON m.room_id = e.room_id AND m.staff_id = %(staff)s
WHERE e.room_id = %(room)s AND e.event_id = %(event)s AND e.seq > m.history_seq AND m.membership = 'join'
"""


def is_member(room: int, staff_id: int) -> bool:
    return Membership.objects.filter(
        room_id=room, staff_id=staff_id, membership=MembershipState.JOIN
    ).exists()


def find_target(room: int, event_id: str, staff_id: int, *, alone: bool = False) -> Target | None:
    """The event if the person may see it; `alone`: nobody else speaks of it meanwhile."""
    lock = "FOR NO KEY UPDATE OF e" if alone else "FOR SHARE OF e"
    with connection.cursor() as cursor:
        cursor.execute(f"{TARGET}{lock}", {"room": room, "event": event_id, "staff": staff_id})
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    *facts, content = row
    return Target(*[*facts, from_json(content)])


def lock_reactions(room: int, staff_id: int) -> None:
    """One reaction of a person at a time in a room, until the transaction ends: two devices make no two of a kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reaction:{room}:{staff_id}"]
        )


def own_reactions(room: int, event_id: str, staff_id: int, key: str) -> list[str]:
    """Ids of a person's standing reactions with this key."""
    found = Event.objects.filter(
        room_id=room, relates_to=event_id, rel_type="m.annotation", type="m.reaction", sender_id=staff_id,
        redacted_by=None,
    ).filter(**{"content__m.relates_to__key": key})  # fmt: skip
    return list(found.values_list("event_id", flat=True))
