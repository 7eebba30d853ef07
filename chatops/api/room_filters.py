"""REST: orders, decisions, mentions and files of a room."""

from typing import Any

from ninja import Router, Schema

from chatops.api.schemas import EventOut
from chatops.services import filters
from directory.requests import ApiRequest

router = Router(tags=["rooms"])


class FilteredOut(Schema):
    items: list[EventOut]
    next: str | None


@router.get("/rooms/{room}/filtered", response=FilteredOut, exclude_unset=True)
def filtered(
    request: ApiRequest, room: str, kinds: str, before: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """Only events of these kinds (orders, decisions, mentions, files; comma-separated), oldest first."""
    wanted = [kind for kind in kinds.split(",") if kind]
    return filters.page(actor=request.actor, room_id=room, kinds=wanted, before=before, limit=limit)
