"""REST: forwarding messages into another room."""

from typing import Any, Literal

from ninja import Router, Schema, Status
from pydantic import Field

from chatops.services import forwards
from directory.requests import ApiRequest

router = Router(tags=["messages"])


class ForwardIn(Schema):
    """`mode` each: copies one by one; merged: one record of all. The same `txn_id` again is the same deed."""

    from_room: str
    events: list[str] = Field(min_length=1, max_length=100)
    mode: Literal["each", "merged"]
    title: str = Field(default="", max_length=80)
    comment: str = Field(default="", max_length=2000)
    txn_id: str | None = Field(default=None, max_length=200)


class ForwardedOut(Schema):
    events: list[str]


@router.post("/rooms/{room}/forwards", response={201: ForwardedOut})
def forward(request: ApiRequest, room: str, body: ForwardIn) -> Status[dict[str, Any]]:
    sent = forwards.forward(
        actor=request.actor,
        room_id=room,
        from_room=body.from_room,
        events=body.events,
        merged=body.mode == "merged",
        title=body.title,
        comment=body.comment,
        txn_id=body.txn_id,
    )
    return Status(201, {"events": [one.event_id for one in sent]})
