"""REST: rooms, members, timeline, receipts, drafts."""

from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from chatops.api.schemas import (
    CountOut,
    MembersIn,
    MembersOut,
    MessageIn,
    RecallIn,
    RoomDetailOut,
    RoomIn,
    RoomsOut,
    SentOut,
    TimelineOut,
)
from chatops.services import members as member_lists
from chatops.services import membership, messages, redactions, rooms, timeline
from chatops.services.messages import Sent
from common import ids
from common.errors import BadInputError
from directory.requests import ApiRequest
from directory.services import refs

router = Router(tags=["rooms"])
HISTORY_HIDDEN = ("m.room.history_visibility", "", {"history_visibility": "invited"})


@router.get("/rooms", response=RoomsOut, exclude_unset=True)
def list_rooms(request: ApiRequest) -> dict[str, Any]:
    return {"items": rooms.list_rooms(request.actor)}


@router.post("/rooms", response={201: RoomDetailOut})
def create_room(request: ApiRequest, body: RoomIn) -> Status[dict[str, Any]]:
    """Make a room; a direct room with somebody is made once and found again."""
    members = _staff_keys(body.members)
    if body.kind == "direct":
        if len(members) != 1:
            raise BadInputError(field="members", message=_("单聊需要且只能选择一名人员。"))
        room = rooms.open_direct(actor=request.actor, with_staff=members[0])
    else:
        room = rooms.create_room(
            actor=request.actor,
            kind=body.kind,
            name=body.name,
            purpose=body.purpose,
            members=members,
            unit=request.actor.unit_id,
            ends_on=body.ends_on,
            no_forward=body.no_forward,
            no_download=body.no_download,
            initial=[] if body.history_shared else [HISTORY_HIDDEN],
        )
    return Status(201, rooms.describe(request.actor, rooms.access_room(request.actor, room.room_id)))


@router.get("/rooms/{room}", response=RoomDetailOut)
def get_room(request: ApiRequest, room: str) -> dict[str, Any]:
    return rooms.describe(request.actor, rooms.access_room(request.actor, room))


@router.post("/rooms/{room}/archive", response={204: None})
def archive(request: ApiRequest, room: str) -> HttpResponse:
    rooms.set_archived(actor=request.actor, room_id=room, archived=True)
    return HttpResponse(status=204)


@router.post("/rooms/{room}/restore", response={204: None})
def restore(request: ApiRequest, room: str) -> HttpResponse:
    rooms.set_archived(actor=request.actor, room_id=room, archived=False)
    return HttpResponse(status=204)


@router.get("/rooms/{room}/members", response=MembersOut)
def members(request: ApiRequest, room: str, cursor: str = "", limit: int = 1000) -> dict[str, Any]:
    """Members in protocol order, at most 1,000 a page."""
    return member_lists.page(actor=request.actor, room_id=room, cursor=cursor, limit=limit)


@router.post("/rooms/{room}/members", response=CountOut)
def add_members(request: ApiRequest, room: str, body: MembersIn) -> dict[str, int]:
    keys = _staff_keys(body.user_ids)
    return {"count": membership.add_members(actor=request.actor, room_id=room, staff_ids=keys)}


@router.delete("/rooms/{room}/members/{user_id}", response={204: None})
def remove_member(request: ApiRequest, room: str, user_id: str) -> HttpResponse:
    """Take somebody out, or leave oneself."""
    if user_id == request.actor.user_id:
        membership.leave(actor=request.actor, room_id=room)
    else:
        membership.remove_member(
            actor=request.actor, room_id=room, staff_number=ids.staff_number_of(user_id) or ""
        )
    return HttpResponse(status=204)


@router.get("/rooms/{room}/timeline", response=TimelineOut)
def get_timeline(
    request: ApiRequest, room: str, before: int | None = None, after: int | None = None, limit: int = 50
) -> HttpResponse:
    """50 displayable events with edits folded in, or with `after` all events from there on."""
    page = timeline.page(actor=request.actor, room_id=room, before=before, after=after, limit=limit)
    # Checking each event against the schema took a fifth of what a room costs to open; a test checks it instead.
    return HttpResponse(orjson.dumps(page), content_type="application/json")


@router.post("/rooms/{room}/messages", response={201: SentOut})
def post_message(request: ApiRequest, room: str, body: MessageIn) -> Status[dict[str, Any]]:
    """Send by REST; the same `txn_id` from the same device again gets the first answer."""
    sent = messages.send(
        actor=request.actor, room_id=room, type=body.type, content=body.content, txn_id=body.txn_id
    )
    return Status(201, _sent(sent))


@router.post("/rooms/{room}/events/{event}/recall", response=SentOut)
def recall(request: ApiRequest, room: str, event: str, body: RecallIn) -> dict[str, Any]:
    """Take a message back; a trace stays."""
    return _sent(redactions.recall(actor=request.actor, room_id=room, event_id=event, reason=body.reason))


def _staff_keys(user_ids: list[str]) -> list[int]:
    """Keys of the named people; an unknown one is refused by name rather than left out."""
    keys = []
    for user_id in dict.fromkeys(user_ids):
        person = refs.find_person(ids.staff_number_of(user_id) or "")
        if person is None:
            raise BadInputError(
                field="members", message=_("查无此人：{user}，请从通讯录中选择。").format(user=user_id)
            )
        keys.append(person.pk)
    return keys


def _sent(sent: Sent) -> dict[str, Any]:
    return {"event_id": sent.event_id, "seq": sent.seq, "ts": sent.origin_ts}
