"""Queries on cards' events."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from chatops.store.models import Event, Membership, MembershipState


def rooms_of(staff_id: int, room_ids: Iterable[str]) -> dict[str, int]:
    """Keys of those of the rooms that the person has joined."""
    mine = Membership.objects.filter(
        staff_id=staff_id, membership=MembershipState.JOIN, room__room_id__in=list(room_ids)
    )
    return dict(mine.values_list("room__room_id", "room_id"))


def find_cards(wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], dict[str, Any]]:
    """Contents by (room key, event id), without recalled ones."""
    if not wanted:
        return {}
    places = Q()
    for room, event_id in wanted:
        places |= Q(room_id=room, event_id=event_id)
    rows = Event.objects.filter(places, redacted_by__isnull=True).values_list(
        "room_id", "event_id", "content"
    )
    return {(room, event_id): content for room, event_id, content in rows}
