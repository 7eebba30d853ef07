"""REST: pinned messages."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema

from chatops.api.schemas import EventOut
from chatops.services import pins
from directory.requests import ApiRequest

router = Router(tags=["pins"])


class PinIn(Schema):
    """`until`: when it comes off by itself; null keeps it."""

    until: datetime | None = None


class PinOut(Schema):
    """`by`, `name`: who pinned it; `at`, `until` in ms. Null where a Matrix client did not say."""

    event: EventOut
    by: str | None
    name: str | None
    at: int | None
    until: int | None


class PinsOut(Schema):
    items: list[PinOut]
    can_pin: bool


@router.get("/rooms/{room}/pins", response=PinsOut, exclude_unset=True)
def list_pins(request: ApiRequest, room: str) -> dict[str, Any]:
    return pins.list_pins(actor=request.actor, room_id=room)


@router.put("/rooms/{room}/pins/{event}", response={204: None})
def pin(request: ApiRequest, room: str, event: str, body: PinIn) -> HttpResponse:
    pins.pin(actor=request.actor, room_id=room, event_id=event, until=body.until)
    return HttpResponse(status=204)


@router.delete("/rooms/{room}/pins/{event}", response={204: None})
def unpin(request: ApiRequest, room: str, event: str) -> HttpResponse:
    pins.unpin(actor=request.actor, room_id=room, event_id=event)
    return HttpResponse(status=204)
