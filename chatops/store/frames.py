"""How a stored event looks to clients (docs/protocol.md): whole for REST, folded into one frame for the live line."""

from collections.abc import Sequence
from typing import Any

import orjson

from common.ids import user_id

# One row of this select is what `event_json` takes. `e` must be chatops_event, `s` directory_staff.
EVENT_COLUMNS = (
    "e.seq, e.n, e.event_id, e.type, e.state_key, s.staff_number, e.ts, e.content, e.acting, e.redacted_by, "
    "e.countable"
)
MESSAGE = "m.room.message"


def event_dict(room_id: str, row: tuple[Any, ...]) -> dict[str, Any]:
    """Shape: {event_id, room, seq, n, type, sender, ts, content, acting?, state_key?, redacted_by?, counts?}."""
    seq, n, event_id, kind, state_key, staff_number, ts, content, acting, redacted_by, countable = row
    event = {
        "event_id": event_id,
        "room": room_id,
        "seq": seq,
        "n": n,
        "type": kind,
        "sender": user_id(staff_number),
        "ts": ts,
        "content": from_json(content),
    }
    if acting is not None:
        event["acting"] = from_json(acting)
    if state_key is not None:
        event["state_key"] = state_key
    if redacted_by is not None:
        event["redacted_by"] = redacted_by
    if countable:
        event["counts"] = True
    return event


def from_json(value: Any) -> Any:
    """A jsonb column as Python: Django's cursors leave it as text, the live line's parse it."""
    return orjson.loads(value) if isinstance(value, str) else value


def events_frame(room_id: str, events: Sequence[dict[str, Any]]) -> bytes:
    """The frame `events` for consecutive events of one room, encoded once for all its readers.

    What events of a frame share is said once: the room, positions and counts by the first, senders in `people`.
    A frame of messages is half as long as the events one by one, and every socket costs by the byte.
    """
    people: dict[tuple[Any, ...], int] = {}
    named: list[dict[str, Any]] = []
    folded = []
    for event in events:
        acting = event.get("acting")
        key = (event["sender"], *acting.values()) if acting else (event["sender"],)
        by = people.get(key)
        if by is None:
            by = people[key] = len(named)
            named.append({"user_id": event["sender"], **(acting or {})})
        short = {"id": event["event_id"], "by": by, "ts": event["ts"], "content": event["content"]}
        if event["type"] != MESSAGE:
            short["type"] = event["type"]
        if "state_key" in event:
            short["state_key"] = event["state_key"]
        if "redacted_by" in event:
            short["redacted_by"] = event["redacted_by"]
        if "counts" not in event:
            short["quiet"] = True
        folded.append(short)
    first = events[0]
    return orjson.dumps(
        {
            "type": "events",
            "room": room_id,
            "first": first["seq"],
            "last": events[-1]["seq"],
            "n": first["n"] - ("counts" in first),
            "people": named,
            "events": folded,
        }
    )
