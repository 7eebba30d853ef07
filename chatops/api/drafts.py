"""REST: drafts."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from chatops.services import drafts
from directory.requests import ApiRequest

router = Router(tags=["drafts"])


class DraftIn(Schema):
    """`at`: when it was typed, ms; the newest wins. `client` names the window, and comes back in the frame."""

    text: str
    thread: str | None = None
    at: int | None = Field(default=None, ge=0)
    client: str = Field(default="", max_length=64)


class DraftOut(Schema):
    room: str
    thread: str | None
    text: str
    at: int


class DraftsOut(Schema):
    items: list[DraftOut]


@router.get("/drafts", response=DraftsOut)
def list_drafts(request: ApiRequest) -> dict[str, Any]:
    return {"items": drafts.drafts_of(actor=request.actor)}


@router.put("/rooms/{room}/draft", response={204: None})
def put_draft(request: ApiRequest, room: str, body: DraftIn) -> HttpResponse:
    """Keep what is being typed in a room or a thread; an empty text forgets it."""
    drafts.save(
        actor=request.actor, room_id=room, text=body.text, thread=body.thread, at=body.at, client=body.client
    )
    return HttpResponse(status=204)
