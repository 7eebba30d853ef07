"""Shapes of the bots' REST."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

Text = Annotated[str, Field(max_length=1000)]


class BotUseOut(Schema):
    """Messages sent this minute and today, and refused today."""

    minute: int
    day: int
    refused_today: int


class BotOut(Schema):
    id: UUID
    user_id: str
    number: str
    name: str
    says: str
    owner_unit_id: UUID | None
    owner_unit_name: str
    owner_post_title: str
    owner_names: list[str]
    is_builtin: bool
    paused_at: datetime | None
    paused_by: str
    budget_minute: int
    budget_day: int
    use: BotUseOut
    version: int


class BotsOut(Schema):
    items: list[BotOut]
    next: str | None = None


class BotRoomOut(Schema):
    """`can_post`: the bot is in it and it is not archived."""

    room_id: str
    name: str
    can_post: bool


class HookOut(Schema):
    """`address` without its token, of which the last four characters are shown."""

    id: UUID
    kind: str
    label: str
    room_id: str
    address: str
    is_signed: bool
    addresses: list[str]
    created_at: datetime
    last_used_at: datetime | None


class CommandOut(Schema):
    name: str
    says: str = ""


class OutOut(Schema):
    """An address elsewhere that is told of events, with how many calls wait, arrived or were given up."""

    id: UUID
    label: str
    host: str
    url: str
    events: list[str]
    commands: list[CommandOut]
    is_enabled: bool
    waiting: int
    delivered: int
    dead: int


class BotDetailOut(BotOut):
    rooms: list[BotRoomOut]
    hooks: list[HookOut]
    outs: list[OutOut]


class BotIn(Schema):
    """`number` begins with `bot-`. Without `owner_post_id` the caller's own post is the owner."""

    number: Text
    name: Text
    says: Text = ""
    unit_id: UUID
    owner_post_id: UUID | None = None


class BotPatch(Schema):
    version: int
    name: Text | None = None
    says: Text | None = None
    budget_minute: int | None = None
    budget_day: int | None = None
    owner_post_id: UUID | None = None


class BotRoomIn(Schema):
    room_id: Text


class TokenOut(Schema):
    """Shown once."""

    token: str
    device_id: str
    user_id: str


class HookIn(Schema):
    """`addresses`: networks in CIDR that may call; none means from anywhere."""

    kind: Literal["own", "dingtalk", "wecom", "feishu", "slack"]
    label: Text
    room_id: Text
    signed: bool = False
    addresses: list[Text] = []


class HookMadeOut(Schema):
    """`url` and `secret` are shown once."""

    hook: HookOut
    url: str
    secret: str


class CallOut(Schema):
    """A call of a hook; `reason` is empty where it was taken."""

    id: int
    at: datetime
    status: int
    reason: str
    detail: str
    address: str
    hook_label: str
    kind: str


class CallsOut(Schema):
    items: list[CallOut]
    next: str | None = None


class CallsQuery(Schema):
    failed: bool = False
    cursor: str | None = None


class DryRunIn(Schema):
    """`payload` in our own form, as `POST /hooks/{token}` takes it."""

    room_id: Text
    payload: dict[str, Any]


class ReachOut(Schema):
    bot: str
    room_id: str
    room_name: str
    people: int
    names: list[str]
    mentioned: list[str]
    everybody: bool
    body: str


class OutIn(Schema):
    label: Text
    url: Text
    events: list[Literal["mention", "command", "card_action"]]
    commands: list[CommandOut] = []


class OutPatch(Schema):
    is_enabled: bool


class OutMadeOut(Schema):
    """`secret` is shown once."""

    out: OutOut
    secret: str


class OutCallOut(Schema):
    id: UUID
    kind: str
    state: str
    attempts: int
    status: int
    error: str
    event_id: str
    created_at: datetime
    next_at: datetime | None
    done_at: datetime | None


class OutCallsOut(Schema):
    items: list[OutCallOut]
    next: str | None = None


class OutCallsQuery(Schema):
    state: Literal["", "waiting", "delivered", "dead"] = ""


class ReplayIn(Schema):
    """Without `ids`: all that were given up."""

    ids: list[UUID] | None = None


class ReplayOut(Schema):
    calls: int
