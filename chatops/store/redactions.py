"""Withdrawn events."""

from datetime import datetime
from typing import Any

from chatops.store.models import Event, Mention, RoomState, Txn, Withdrawn
from chatops.store.search_models import SearchDoc
from directory.models import Staff


def lock_event(room: int, event_id: str) -> Event | None:
    return Event.objects.select_for_update(no_key=True).filter(room_id=room, event_id=event_id).first()


def edits_of(room: int, event_id: str) -> list[Event]:
    """Edits that are not withdrawn themselves."""
    edits = Event.objects.filter(room_id=room, relates_to=event_id, rel_type="m.replace", redacted_by=None)
    return list(edits.order_by("seq"))


def withdraw(event: Event, left: dict[str, Any], redaction_id: str, now: datetime) -> None:
    """Keep the content apart; the event keeps its place, type and sender, and relates to nothing any more but the
    thread in which it leaves a trace."""
    row = Event.objects.filter(room_id=event.room_id, seq=event.seq)
    Withdrawn.objects.get_or_create(
        room_id=event.room_id, seq=event.seq, defaults={"content": event.content, "at": now}
    )
    gone = {} if event.rel_type == "m.thread" else {"rel_type": None, "relates_to": None}
    row.update(content=left, redacted_by=redaction_id, **gone)
    Mention.objects.filter(room_id=event.room_id, seq=event.seq).delete()
    SearchDoc.objects.filter(room_id=event.room_id, seq=event.seq).delete()


def find_txn(device: int, room: int, txn_id: str) -> Txn | None:
    return Txn.objects.filter(device_id=device, room_id=room, txn_id=txn_id).first()


def is_current_state(event: Event) -> bool:
    return RoomState.objects.filter(
        room_id=event.room_id, type=event.type, state_key=event.state_key, seq=event.seq
    ).exists()


def staff_number(staff_id: int) -> str:
    return Staff.objects.values_list("staff_number", flat=True).get(pk=staff_id)


def count_reactions(room: int, event_id: str, key: str) -> int:
    standing = Event.objects.filter(
        room_id=room, relates_to=event_id, rel_type="m.annotation", type="m.reaction", redacted_by=None
    )
    return standing.filter(**{"content__m.relates_to__key": key}).count()
