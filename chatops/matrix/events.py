"""Events as Matrix clients get them (C-S API, "Client event format"; matrix.md §2.1 and §2.4)."""

from collections.abc import Iterable
from typing import Any

from chatops.services.poll_words import shown
from chatops.store.matrix.events import NOTHING, Decorations, EventRow
from common import clock, ids

ACTING = "org.tongzhou.acting"
STRIPPED_TYPES = (
    "m.room.create",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
    "m.room.join_rules",
    "m.room.canonical_alias",
    "m.room.encryption",
)


def client_event(
    row: EventRow,
    *,
    device: int | None,
    room_id: str | None = None,
    decorations: Decorations = NOTHING,
) -> dict[str, Any]:
    """One event for the owner of `device`, who alone gets the transaction id back. With `room_id` outside of /sync."""
    shown_type, content = shown(row.type, row.content)
    event: dict[str, Any] = {
        "type": shown_type,
        "sender": ids.user_id(row.staff_number),
        "event_id": row.event_id,
        "origin_server_ts": max(0, row.ts),
        "content": content,
        "unsigned": _unsigned(row, device, room_id, decorations),
    }
    if room_id is not None:
        event["room_id"] = room_id
    if row.state_key is not None:
        event["state_key"] = row.state_key
    if row.type == "m.room.redaction" and isinstance(row.content.get("redacts"), str):
        event["redacts"] = row.content["redacts"]  # version 11 moved it into the content; clients read either
    return event


def _unsigned(
    row: EventRow, device: int | None, room_id: str | None, decorations: Decorations
) -> dict[str, Any]:
    unsigned: dict[str, Any] = {"age": max(0, clock.now_ms() - row.ts)}
    if row.acting is not None:
        unsigned[ACTING] = row.acting
    if row.txn is not None and row.device is not None and row.device == device:
        unsigned["transaction_id"] = row.txn
    if (before := decorations.before.get((row.room, row.event_id))) is not None:
        unsigned["prev_content"] = before
    if row.redacted_by is not None:
        redaction = decorations.redactions.get((row.room, row.redacted_by))
        unsigned["redacted_by"] = row.redacted_by
        if redaction is not None:  # without it matrix-nio takes the emptied event for a broken one
            unsigned["redacted_because"] = client_event(redaction, device=device, room_id=room_id)
    elif relations := _relations(row, device, room_id, decorations):
        unsigned["m.relations"] = relations
    return unsigned


def _relations(
    row: EventRow, device: int | None, room_id: str | None, decorations: Decorations
) -> dict[str, Any]:
    """What others say of the event: its newest edit, its thread in short."""
    relations: dict[str, Any] = {}
    key = (row.room, row.event_id)
    if (edit := decorations.edits.get(key)) is not None:
        relations["m.replace"] = client_event(edit, device=device, room_id=room_id)
    if (thread := decorations.threads.get(key)) is not None:
        relations["m.thread"] = {
            "count": thread.count,
            "latest_event": client_event(thread.latest, device=device, room_id=room_id),
            "current_user_participated": thread.mine,
        }
    return relations


def stripped_event(row: EventRow) -> dict[str, Any]:
    """What an invitation shows."""
    return {
        "type": row.type,
        "state_key": row.state_key,
        "sender": ids.user_id(row.staff_number),
        "content": row.content,
    }


def by_room(rows: Iterable[EventRow]) -> dict[int, list[EventRow]]:
    found: dict[int, list[EventRow]] = {}
    for row in rows:
        found.setdefault(row.room, []).append(row)
    return found
