"""REST: who has read and answered a message, answering, reminding, the table for spreadsheets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from chatops.services import confirmations, nudges, receipt_sheet, receipts
from common import ids
from directory.requests import ApiRequest

router = Router(tags=["receipts"])


class HistogramOut(Schema):
    positions: list[tuple[int, int]]
    members: int


class ReadIn(Schema):
    seq: int = Field(ge=0)


class TallyOut(Schema):
    total: int
    read: int
    unread: int
    received: int
    difficulty: int
    transferred: int


class UnitTallyOut(TallyOut):
    """`unit_id` is "none" for people without a post; `depth` among the units shown."""

    unit_id: str
    name: str
    depth: int


class ReceiptsOut(TallyOut):
    """`names`: whether one may see names. `next_reminder`: ms from which a reminder is possible; null is now."""

    event: str
    names: bool
    required: bool
    next_reminder: int | None
    units: list[UnitTallyOut]


class AddresseeOut(Schema):
    user_id: str
    name: str
    post_title: str
    unit_id: UUID | None
    unit_name: str
    read: bool
    answer: str | None
    note: str
    handed_to: str


class AddresseesOut(Schema):
    items: list[AddresseeOut]
    next: str | None


class OwnAnswerOut(Schema):
    answer: str
    note: str
    handed_to: str
    at: datetime


class ConfirmationOut(TallyOut):
    """`asked`: the message asks this person. `own`: one's own answer."""

    event: str
    required: bool
    asked: bool
    own: OwnAnswerOut | None
    names: bool


class ConfirmIn(Schema):
    answer: str = Field(description="received, difficulty or transferred")
    note: str = Field(default="", max_length=1000)
    handed_to: str = Field(default="", description="user id of a member, for transferred")


class RemindIn(Schema):
    of: str = Field(default="unread", description="unread or unconfirmed")


class RemindOut(Schema):
    reached: int
    next_reminder: int | None


@router.post("/rooms/{room}/read", response={204: None})
def mark_read(request: ApiRequest, room: str, body: ReadIn) -> HttpResponse:
    receipts.mark_read(actor=request.actor, room_id=room, seq=body.seq)
    return HttpResponse(status=204)


@router.get("/rooms/{room}/receipts", response=HistogramOut)
def read_positions(request: ApiRequest, room: str) -> dict[str, Any]:
    """How many members have read up to which position, without names."""
    return receipts.read_positions(actor=request.actor, room_id=room)


@router.get("/rooms/{room}/events/{event}/receipts", response=ReceiptsOut)
def event_receipts(request: ApiRequest, room: str, event: str) -> dict[str, Any]:
    """How many have read and answered a message, by unit in protocol order."""
    return receipts.receipts_of(actor=request.actor, room_id=room, event_id=event)


@router.get("/rooms/{room}/events/{event}/receipts/people", response=AddresseesOut)
def event_addressees(
    request: ApiRequest,
    room: str,
    event: str,
    state: str = "unread",
    unit: str = "",
    cursor: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    """Their names, page by page; for the sender, the room's owner and the supervision officer."""
    return receipts.people_of(
        actor=request.actor, room_id=room, event_id=event, state=state, unit=unit, cursor=cursor, limit=limit
    )


@router.get("/rooms/{room}/events/{event}/receipts.csv")
def receipts_sheet(request: ApiRequest, room: str, event: str) -> HttpResponse:
    """The same as CSV, with a line that says who exported it."""
    body = receipt_sheet.as_csv(actor=request.actor, room_id=room, event_id=event)
    headers = {"Content-Disposition": 'attachment; filename="receipts.csv"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


@router.get("/rooms/{room}/events/{event}/confirmations", response=ConfirmationOut)
def get_confirmation(request: ApiRequest, room: str, event: str) -> dict[str, Any]:
    """One's own answer to a message that asks for one, and how many have answered what."""
    return confirmations.state_of(actor=request.actor, room_id=room, event_id=event)


@router.post("/rooms/{room}/events/{event}/confirmations", response=ConfirmationOut)
def confirm(request: ApiRequest, room: str, event: str, body: ConfirmIn) -> dict[str, Any]:
    """Answer, or change one's answer."""
    return confirmations.confirm(
        actor=request.actor,
        room_id=room,
        event_id=event,
        answer=body.answer,
        note=body.note,
        handed_to=ids.staff_number_of(body.handed_to) or "",
    )


@router.post("/rooms/{room}/events/{event}/reminders", response=RemindOut)
def remind(request: ApiRequest, room: str, event: str, body: RemindIn) -> dict[str, Any]:
    """Remind those who have not read or answered; at most once in 30 minutes a message."""
    return nudges.remind(actor=request.actor, room_id=room, event_id=event, of=body.of)
