"""The pins of a room."""

from typing import Any

from chatops.store.rooms import lock_room, state_content
from common.ids import staff_number_of
from directory.models import Staff

PINNED, PINS_KEY = "m.room.pinned_events", "org.tongzhou.pins"


def current(room: int) -> dict[str, Any]:
    """{pinned: [event ids], org.tongzhou.pins: {id: facts}}, whatever shape a Matrix client gave it."""
    content = state_content(room, PINNED) or {}
    pinned, facts = content.get("pinned"), content.get(PINS_KEY)
    return {
        "pinned": [one for one in pinned if isinstance(one, str)] if isinstance(pinned, list) else [],
        PINS_KEY: facts if isinstance(facts, dict) else {},
    }


def lock_current(room: int) -> dict[str, Any]:
    """As `current`, with the room locked: two who pin at once do not undo each other."""
    lock_room(room)
    return current(room)


def staff_of(user_id: str) -> list[int]:
    return list(
        Staff.objects.filter(staff_number=staff_number_of(user_id) or "").values_list("pk", flat=True)
    )
