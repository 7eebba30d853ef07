"""Frames for single people, whatever room they look at: something of theirs has changed (docs/protocol.md,
`person`).
"""

from collections.abc import Iterable
from typing import Any

from chatops.delivery.wake import wake_on_commit
from chatops.store import rooms
from chatops.store.models import StreamKind


def tell_people(staff_ids: Iterable[int], kind: str, body: dict[str, Any] | None = None) -> None:
    """Send `{"type": "person", "kind": kind, …body}` to these people's open clients, in the current transaction.

    Clients that are away get it by their position when they come back; it carries ids and counts, never content.
    """
    wanted = sorted(set(staff_ids))
    if wanted:
        rooms.put_inbox_for(StreamKind.PERSON, wanted, {"kind": kind, **(body or {})})
        wake_on_commit()
