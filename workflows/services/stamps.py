"""Who did it, as a record keeps it."""

from datetime import datetime
from typing import Any

from directory.actors import Actor


def stamp(actor: Actor, now: datetime) -> dict[str, Any]:
    """Person and post of a record, as they are called now."""
    return {
        "at": now,
        "by_id": actor.staff_id or None,
        "by_name": actor.name,
        "by_post": actor.post_title,
        "by_unit": actor.unit_name,
    }
