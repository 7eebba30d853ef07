"""How a stored event looks to clients: one shape for socket, REST and catch-up (docs/protocol.md, Event)."""

from typing import Any

import orjson

from common.ids import user_id

# One row of this select is what `event_json` takes. `e` must be chatops_event, `s` directory_staff.
EVENT_COLUMNS = (
    "e.seq, e.n, e.event_id, e.type, e.state_key, s.staff_number, e.ts, e.content, e.acting, e.redacted_by, "
    "e.countable"
)


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


def events_frame(room_id: str, first: int, last: int, events: list[dict[str, Any]]) -> bytes:
    """The frame `events`: positions first..last of one room, encoded once for all its readers."""
    return orjson.dumps({"type": "events", "room": room_id, "first": first, "last": last, "events": events})
