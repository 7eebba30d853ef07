"""Shapes of the REST door of this floor."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class ActingOut(Schema):
    """The sender's post and unit as named at that moment."""

    post: str = ""
    unit: str = ""
    name: str = ""


class ReactionOut(Schema):
    """`mine`: the asking person's is among them."""

    key: str
    count: int
    mine: bool


class ThreadSummaryOut(Schema):
    """Standing replies, and the last of them."""

    count: int
    seq: int
    ts: int
    sender: str
    name: str


class EventOut(Schema):
    event_id: str
    room: str
    seq: int
    n: int
    type: str
    sender: str
    ts: int
    content: dict[str, Any]
    acting: ActingOut | None = None
    state_key: str | None = None
    redacted_by: str | None = None
    counts: bool = False
    edited_seq: int | None = None
    reactions: list[ReactionOut] = []
    thread: ThreadSummaryOut | None = None
    pinned: bool = False


class RoomOut(Schema):
    """`is_bot`: the other of a direct room is one."""

    room: str
    kind: str
    name: str
    is_bot: bool
    purpose: str
    last: int
    n: int
    ts: int
    archived: bool
    read: int
    level: int
    muted: bool
    pinned: bool
    notify: str
    to_confirm: int
    unread: int
    mentions: int
    draft: str
    preview: EventOut | None


class RoomsOut(Schema):
    items: list[RoomOut]
    next: str | None = None


class RoomDetailOut(RoomOut):
    """`rule`: who belongs to it by the directory. `recall_minutes`: null for the site's. `levels`: the power level that
    post, invite and mention_all take (0 every member, 50 administrators, 100 owners)."""

    ends_on: date | None
    members: int
    unit_id: UUID | None
    rule: dict[str, Any] | None
    no_forward: bool
    no_download: bool
    history_shared: bool
    recall_minutes: int | None
    joinable: bool
    levels: dict[str, int]
    abilities: dict[str, bool]


class RoomIn(Schema):
    kind: Literal["work", "notice", "meeting", "direct"]
    name: str = ""
    purpose: str = ""
    members: list[str] = Field(
        default=[], max_length=2000, description="user ids; for a direct room exactly one"
    )
    ends_on: date | None = None
    no_forward: bool = False
    no_download: bool = False
    history_shared: bool = True


class PersonStatusOut(Schema):
    kind: str
    until: datetime | None
    note: str


class MemberMarkOut(Schema):
    """`label` stands beside the name (外部专家), `note` says from where and until when."""

    label: str
    note: str


class MemberOut(Schema):
    """`unit_name` is the short one. `pinyin` and `initials` are what one types after an @. `role`: owner, admin,
    member. `status`: what the person has said (出差, 会议), if it is not over. `mark`: who is not one of the staff."""

    user_id: str
    name: str
    pinyin: str
    initials: str
    kind: str
    post_id: UUID | None
    post_title: str
    unit_id: UUID | None
    unit_name: str
    is_owner: bool
    role: str
    status: PersonStatusOut | None
    mark: MemberMarkOut | None = None


class MembersOut(Schema):
    items: list[MemberOut]
    next: str | None = None


class MembersIn(Schema):
    user_ids: list[str] = Field(min_length=1, max_length=2000)


class CountOut(Schema):
    count: int


class TimelineOut(Schema):
    items: list[EventOut]
    next: str | None
    last: int
    at: int = Field(default=0, description="the room's position up to which relations are folded in")


class MessageIn(Schema):
    txn_id: str = Field(min_length=1, max_length=255)
    content: dict[str, Any]
    type: str = "m.room.message"


class SentOut(Schema):
    event_id: str
    seq: int
    ts: int


class RecallIn(Schema):
    reason: str = ""


class ActionIn(Schema):
    key: str
    params: dict[str, Any] = {}


class ActionOut(Schema):
    message: str
    facts: dict[str, Any] = {}


class CardRefIn(Schema):
    room: str
    event: str


class CardsIn(Schema):
    cards: list[CardRefIn]


class CardStateOut(Schema):
    room: str
    event: str
    version: int
    abilities: list[str]
    done: dict[str, str]


class CardStatesOut(Schema):
    cards: list[CardStateOut]
