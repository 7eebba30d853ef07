"""REST: threads of a room, and one's place in them."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from chatops.api.relation_schemas import FollowIn, ThreadPageOut, ThreadReadIn, ThreadsOut, ThreadsUnreadOut
from chatops.services import threads
from directory.requests import ApiRequest

router = Router(tags=["threads"])


@router.get("/threads/unread", response=ThreadsUnreadOut)
def unread(request: ApiRequest) -> dict[str, Any]:
    """The followed threads of all rooms that hold something unread."""
    return {"items": threads.unread_threads(actor=request.actor)}


@router.get("/rooms/{room}/threads", response=ThreadsOut, exclude_unset=True)
def list_threads(
    request: ApiRequest, room: str, before: int | None = None, limit: int = 20, mine: bool = False
) -> dict[str, Any]:
    """Threads of the room, the last replied to first; `mine`: those that one follows."""
    return threads.list_threads(actor=request.actor, room_id=room, before=before, limit=limit, mine=mine)


@router.get("/rooms/{room}/threads/{event}", response=ThreadPageOut, exclude_unset=True)
def thread_page(
    request: ApiRequest, room: str, event: str, before: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """The root and a page of replies, the newest by default, folded like a page of the timeline."""
    return threads.thread_page(actor=request.actor, room_id=room, root=event, before=before, limit=limit)


@router.post("/rooms/{room}/threads/{event}/read", response={204: None})
def mark_read(request: ApiRequest, room: str, event: str, body: ThreadReadIn) -> HttpResponse:
    threads.mark_read(actor=request.actor, room_id=room, root=event, seq=body.seq)
    return HttpResponse(status=204)


@router.put("/rooms/{room}/threads/{event}/follow", response={204: None})
def follow(request: ApiRequest, room: str, event: str, body: FollowIn) -> HttpResponse:
    threads.follow(actor=request.actor, room_id=room, root=event, on=body.on)
    return HttpResponse(status=204)
