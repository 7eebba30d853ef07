"""Polls and their votes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatops.store.models import Event, Membership, MembershipState, PollVote, Room


@dataclass(frozen=True, slots=True)
class FoundPoll:
    room: int
    archived: bool
    seq: int
    sender_id: int
    content: dict[str, Any]
    ended: bool
    level: int
    redact_level: int


def find_poll(room_id: str, event_id: str, staff_id: int | None) -> FoundPoll | None:
    """A standing poll as a member sees it; with None for the person, as the platform does."""
    room = Room.objects.filter(room_id=room_id).first()
    if room is None:
        return None
    level, seen_from = 0, 0
    if staff_id is not None:
        me = Membership.objects.filter(room=room, staff_id=staff_id, membership=MembershipState.JOIN).first()
        if me is None:
            return None
        level, seen_from = me.level, me.history_seq
    event = Event.objects.filter(
        room_id=room.pk, event_id=event_id, type="m.poll.start", redacted_by=None, seq__gt=seen_from
    ).first()
    if event is None:
        return None
    return FoundPoll(
        room.pk, room.archived_at is not None, event.seq, event.sender_id, event.content,
        is_ended(room.pk, event_id), level, int(room.levels.get("redact", 50)),
    )  # fmt: skip


def find_start(room: int, event_id: str) -> Event | None:
    return Event.objects.filter(
        room_id=room, event_id=event_id, type="m.poll.start", redacted_by=None
    ).first()


def is_ended(room: int, event_id: str) -> bool:
    return Event.objects.filter(
        room_id=room, relates_to=event_id, type="m.poll.end", redacted_by=None
    ).exists()


def levels(room: int, staff_id: int) -> tuple[int, int]:
    """The member's level, and the one that recalling others' messages takes."""
    me = Membership.objects.select_related("room").get(room_id=room, staff_id=staff_id)
    return me.level, int(me.room.levels.get("redact", 50))


def is_joined(room: int, staff_id: int) -> bool:
    return Membership.objects.filter(
        room_id=room, staff_id=staff_id, membership=MembershipState.JOIN
    ).exists()


def lock_poll(room: int, event_id: str) -> None:
    """Votes and the end of a poll one after the other, until the transaction ends."""
    Event.objects.select_for_update(no_key=True).filter(room_id=room, event_id=event_id).first()


def lock_poll_at(room: int, seq: int) -> str:
    return Event.objects.select_for_update(no_key=True).get(room_id=room, seq=seq).event_id


def put_vote(room: int, seq: int, staff_id: int, choices: list[str], now: datetime) -> None:
    PollVote.objects.update_or_create(
        room_id=room, seq=seq, staff_id=staff_id, defaults={"choices": choices, "at": now}
    )


def votes(room: int, seq: int) -> list[tuple[int, list[str]]]:
    """(staff key, choices) in no telling order."""
    rows = PollVote.objects.filter(room_id=room, seq=seq).order_by("staff_id")
    return list(rows.values_list("staff_id", "choices"))


def public_room(room: int) -> str:
    return Room.objects.values_list("room_id", flat=True).get(pk=room)
