"""Shapes of threads, reactions, edits, mentions and polls at the REST door."""

from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from chatops.api.schemas import EventOut


class ThreadOut(Schema):
    """`last`: seq of the last reply. `read`, `following`, `unread` are the asking person's."""

    root: EventOut
    last: int
    read: int
    following: bool
    unread: int


class ThreadsOut(Schema):
    items: list[ThreadOut]
    next: str | None


class ThreadPageOut(Schema):
    root: EventOut
    items: list[EventOut]
    next: str | None
    at: int
    read: int
    following: bool
    unread: int


class ThreadUnreadOut(Schema):
    room: str
    root: str
    read: int
    unread: int


class ThreadsUnreadOut(Schema):
    items: list[ThreadUnreadOut]


class ThreadReadIn(Schema):
    seq: int = Field(ge=0)


class FollowIn(Schema):
    on: bool


class ReactionIn(Schema):
    key: str = Field(min_length=1, max_length=64)
    on: bool = True


class ReactorOut(Schema):
    user_id: str
    name: str
    unit_name: str


class ReactorsOut(Schema):
    key: str
    people: list[ReactorOut]


class ReactionsOut(Schema):
    items: list[ReactorsOut]


class VersionOut(Schema):
    seq: int
    ts: int
    content: dict[str, Any]


class VersionsOut(Schema):
    items: list[VersionOut]


class MentionsIn(Schema):
    """As in a message: people, everybody, units, posts, and those who have not read `unread` (an event, or true for
    one's own newest message)."""

    user_ids: list[str] = Field(default=[], max_length=200)
    room: bool = False
    units: list[UUID] = Field(default=[], max_length=200)
    posts: list[UUID] = Field(default=[], max_length=200)
    unread: str | bool | None = None


class MentionedOut(Schema):
    user_id: str
    name: str
    post_title: str
    unit_name: str


class MentionsOut(Schema):
    """`count` people would be named; `people` are the first of those named by person, unit or post; `unread` how many
    more because they have not read."""

    count: int
    people: list[MentionedOut]
    unread: int


class AnswerOut(Schema):
    """`count` is null while an undisclosed poll is open; `people` is empty in an anonymous one."""

    id: str
    text: str
    count: int | None
    people: list[str]


class PollOut(Schema):
    question: str
    anonymous: bool
    disclosed: bool
    max_selections: int
    deadline: int | None
    ended: bool
    voters: int
    mine: list[str]
    can_end: bool
    answers: list[AnswerOut]


class VoteIn(Schema):
    choices: list[str] = Field(max_length=20)
