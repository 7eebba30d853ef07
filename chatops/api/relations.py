"""REST: reactions, versions of an edited message, whom a message would name."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from chatops.api.relation_schemas import MentionsIn, MentionsOut, ReactionIn, ReactionsOut, VersionsOut
from chatops.services import edits, mentions, reactions
from directory.requests import ApiRequest

router = Router(tags=["messages"])


@router.put("/rooms/{room}/events/{event}/reactions", response={204: None})
def react(request: ApiRequest, room: str, event: str, body: ReactionIn) -> HttpResponse:
    """Set one's reaction with this key, or take it back; twice is once."""
    reactions.react(actor=request.actor, room_id=room, event_id=event, key=body.key, on=body.on)
    return HttpResponse(status=204)


@router.get("/rooms/{room}/events/{event}/reactions", response=ReactionsOut)
def who_reacted(request: ApiRequest, room: str, event: str) -> dict[str, Any]:
    return {"items": reactions.who(actor=request.actor, room_id=room, event_id=event)}


@router.get("/rooms/{room}/events/{event}/edits", response=VersionsOut)
def versions(request: ApiRequest, room: str, event: str) -> dict[str, Any]:
    """The message as first sent, then as edited, oldest first."""
    return {"items": edits.versions(actor=request.actor, room_id=room, event_id=event)}


@router.post("/rooms/{room}/mentions/preview", response=MentionsOut)
def preview_mentions(request: ApiRequest, room: str, body: MentionsIn) -> dict[str, Any]:
    """How many people a message would name, before it is sent."""
    content = {
        "m.mentions": {"user_ids": body.user_ids, "room": body.room},
        "org.tongzhou.mentions": {
            "units": [str(unit) for unit in body.units],
            "posts": [str(post) for post in body.posts],
            "unread": body.unread,
        },
    }
    return mentions.preview(actor=request.actor, room_id=room, content=content)
