"""REST: polls. A poll begins as a message of type m.poll.start."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from chatops.api.relation_schemas import PollOut, VoteIn
from chatops.services import polls
from directory.requests import ApiRequest

router = Router(tags=["polls"])


@router.get("/rooms/{room}/polls/{event}", response=PollOut)
def results(request: ApiRequest, room: str, event: str) -> dict[str, Any]:
    """Results as this person may see them; who voted is told in polls by name alone."""
    return polls.results(actor=request.actor, room_id=room, event_id=event)


@router.post("/rooms/{room}/polls/{event}/votes", response=PollOut)
def vote(request: ApiRequest, room: str, event: str, body: VoteIn) -> dict[str, Any]:
    """Vote or vote anew; no choices take the vote back."""
    polls.vote(actor=request.actor, room_id=room, event_id=event, choices=body.choices)
    return polls.results(actor=request.actor, room_id=room, event_id=event)


@router.post("/rooms/{room}/polls/{event}/end", response={204: None})
def end(request: ApiRequest, room: str, event: str) -> HttpResponse:
    polls.end(actor=request.actor, room_id=room, event_id=event)
    return HttpResponse(status=204)
