"""REST: settings of a room, roles, hand-over; members by unit; standing and open groups; one's own settings."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from chatops.api.rooms import router as rooms_router
from chatops.api.schemas import MemberOut, PersonStatusOut, RoomDetailOut
from chatops.services import members, membership, room_settings, rooms, standing, statuses
from common import ids
from directory.requests import ApiRequest

router = Router(tags=["rooms"])


class LevelsIn(Schema):
    """0: every member, 50: administrators, 100: owners."""

    post: int | None = None
    invite: int | None = None
    mention_all: int | None = None


class RoomChangesIn(Schema):
    """What is left out stays."""

    name: str = ""
    purpose: str = ""
    ends_on: date | None = None
    no_forward: bool = False
    no_download: bool = False
    history_shared: bool = True
    joinable: bool = False
    recall_minutes: int | None = Field(default=None, ge=0, le=43_200)
    levels: LevelsIn | None = None


class OwnerIn(Schema):
    user_id: str


class RoleIn(Schema):
    role: Literal["admin", "member"]


class PersonalIn(Schema):
    muted: bool | None = None
    notify: str | None = Field(default=None, description="all or mentions")
    pinned: bool | None = None


class UnitCountOut(Schema):
    """`unit_id` is "none" for people without a post and bots; `depth` among the units shown."""

    unit_id: str
    name: str
    depth: int
    count: int


class TreeOut(Schema):
    total: int
    units: list[UnitCountOut]
    items: list[MemberOut]
    next: str | None


class JoinableOut(Schema):
    room: str
    kind: str
    name: str
    purpose: str
    invited: bool
    members: int


class JoinablesOut(Schema):
    items: list[JoinableOut]


class FoundableOut(Schema):
    """`room`: the group, where it is there. `count`, `count_below`: its people, without and with units below."""

    unit_id: UUID
    name: str
    room: str | None
    count: int
    count_below: int


class FoundablesOut(Schema):
    items: list[FoundableOut]


class FoundIn(Schema):
    unit_id: UUID
    name: str = ""
    purpose: str = ""
    subtree: bool = False
    roles: list[str] = Field(default=[], description="post roles; none: every post")


class StatusIn(Schema):
    kind: str = Field(description="travel, meeting, leave, holiday or empty")
    until: datetime | None = None
    note: str = ""


class OwnStatusOut(Schema):
    status: PersonStatusOut | None


class StatusesOut(Schema):
    people: dict[str, PersonStatusOut]


@router.get("/rooms/joinable", response=JoinablesOut)
def joinable(request: ApiRequest) -> dict[str, Any]:
    """Invitations not taken up yet, and open groups of one's unit."""
    return {"items": room_settings.joinable(request.actor)}


@router.get("/rooms/standing", response=FoundablesOut)
def foundable(request: ApiRequest) -> dict[str, Any]:
    """The standing group that one's post may found."""
    return {"items": standing.foundable(request.actor)}


@router.post("/rooms/standing", response={201: RoomDetailOut})
def found_standing(request: ApiRequest, body: FoundIn) -> Status[dict[str, Any]]:
    """Found the standing group of one's unit; its members follow the directory."""
    room = standing.found(
        actor=request.actor, unit_id=body.unit_id, name=body.name, purpose=body.purpose, subtree=body.subtree,
        roles=body.roles,
    )  # fmt: skip
    return Status(201, rooms.describe(request.actor, rooms.access_room(request.actor, room.room_id)))


@rooms_router.patch("/rooms/{room}", response=RoomDetailOut)  # one path, one router
def change_room(request: ApiRequest, room: str, body: RoomChangesIn) -> dict[str, Any]:
    """Change settings of a room; for its owners and whose post manages the unit's rooms."""
    changes = body.model_dump(exclude_unset=True)
    if isinstance(changes.get("levels"), dict):
        changes["levels"] = {key: value for key, value in changes["levels"].items() if value is not None}
    room_settings.change(actor=request.actor, room_id=room, changes=changes)
    return rooms.describe(request.actor, rooms.access_room(request.actor, room))


@router.post("/rooms/{room}/owner", response={204: None})
def hand_over(request: ApiRequest, room: str, body: OwnerIn) -> HttpResponse:
    """Give the room to another member, who owns it by the post held today."""
    number = ids.staff_number_of(body.user_id) or ""
    room_settings.hand_over(actor=request.actor, room_id=room, staff_number=number)
    return HttpResponse(status=204)


@router.put("/rooms/{room}/members/{user_id}/role", response={204: None})
def set_role(request: ApiRequest, room: str, user_id: str, body: RoleIn) -> HttpResponse:
    number = ids.staff_number_of(user_id) or ""
    room_settings.set_role(actor=request.actor, room_id=room, staff_number=number, role=body.role)
    return HttpResponse(status=204)


@router.post("/rooms/{room}/join", response={204: None})
def join(request: ApiRequest, room: str) -> HttpResponse:
    """Take up an invitation, or join an open group."""
    membership.join(actor=request.actor, room_id=room)
    return HttpResponse(status=204)


@router.get("/rooms/{room}/members/tree", response=TreeOut)
def member_tree(
    request: ApiRequest, room: str, unit: str = "", q: str = "", cursor: str = "", limit: int = 50
) -> dict[str, Any]:
    """Members by unit in protocol order; with `unit` or `q`, a page of people."""
    return members.tree(actor=request.actor, room_id=room, unit=unit, q=q, cursor=cursor, limit=limit)


@router.put("/rooms/{room}/settings", response={204: None})
def put_personal(request: ApiRequest, room: str, body: PersonalIn) -> HttpResponse:
    """One's own settings of a room: mute, what notifies, pinned."""
    room_settings.set_personal(
        actor=request.actor, room_id=room, muted=body.muted, notify=body.notify, pinned=body.pinned
    )
    return HttpResponse(status=204)


@router.get("/person/status", response=OwnStatusOut)
def own_status(request: ApiRequest) -> dict[str, Any]:
    return {"status": statuses.own(request.actor)}


@router.put("/person/status", response={204: None})
def put_status(request: ApiRequest, body: StatusIn) -> HttpResponse:
    """Say that one is travelling, in a meeting or on leave; an empty kind takes it back."""
    statuses.set_own(actor=request.actor, kind=body.kind, until=body.until, note=body.note)
    return HttpResponse(status=204)


@router.get("/person/statuses", response=StatusesOut)
def get_statuses(request: ApiRequest, users: str) -> dict[str, Any]:  # noqa: ARG001 - signed in is enough
    """What these people (user ids, comma-separated, at most 200) have said of themselves."""
    return {"people": statuses.of_users(user for user in users.split(",") if user)}
