"""Queries on cards' events."""

from collections.abc import Iterable, Mapping, Sequence
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


def newest_edits(wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], tuple[int, dict[str, Any]]]:
    """(seq, content) of the newest standing edit by the card's own sender, by (room key, event id)."""
    if not wanted:
        return {}
    cards, edits = Q(), Q()
    for room, event_id in wanted:
        cards |= Q(room_id=room, event_id=event_id)
        edits |= Q(room_id=room, relates_to=event_id)
    known = Event.objects.filter(cards).values_list("room_id", "event_id", "sender_id")
    senders = {(room, event): sender for room, event, sender in known}
    rows = Event.objects.filter(edits, rel_type="m.replace", redacted_by=None, type="m.room.message")
    rows = rows.order_by("room_id", "relates_to", "sender_id", "-seq").distinct(
        "room_id", "relates_to", "sender_id"
    )
    found = ((row, (row.room_id, str(row.relates_to))) for row in rows)
    return {place: (row.seq, row.content) for row, place in found if senders.get(place) == row.sender_id}


def own_presses(
    staff_id: int, event_type: str, since: Mapping[tuple[int, str], int]
) -> dict[tuple[int, str], dict[str, int]]:
    """Which buttons the person has pressed after a position of each card: {action: ms} by (room key, event id)."""
    if not since:
        return {}
    places = Q()
    for (room, event_id), seq in since.items():
        places |= Q(room_id=room, relates_to=event_id, seq__gt=seq)
    rows = Event.objects.filter(places, type=event_type, sender_id=staff_id, redacted_by=None).order_by("seq")
    found: dict[tuple[int, str], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row.room_id, str(row.relates_to)), {})[str(row.content.get("action"))] = row.ts
    return found
