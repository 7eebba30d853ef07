"""Shapes of the REST door. Times are RFC 3339 in UTC, dates YYYY-MM-DD; people go by their user id."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import field_validator

from directory.store.models import Level


class ErrorOut(Schema):
    """Every refusal. `field`: the input at fault, or null."""

    code: str
    message: str
    field: str | None = None
    facts: dict[str, object] = {}


class Input(Schema):
    """A body. PostgreSQL stores no U+0000, so it is refused here with a sentence instead of failing there."""

    @field_validator("*")
    @classmethod
    def _no_null_character(cls, value: object) -> object:
        if isinstance(value, str) and "\x00" in value:
            raise ValueError("U+0000")
        return value


class SignInIn(Input):
    staff_number: str = Field(max_length=64)
    password: str = Field(max_length=1024)
    device_id: str | None = Field(None, max_length=128)
    display_name: str = Field("", max_length=120)


class PersonaIn(Input):
    key: str = Field(max_length=40)
    device_id: str | None = Field(None, max_length=128)


class FirstAdminIn(Input):
    token: str = Field(max_length=200)
    staff_number: str = Field(max_length=64)
    name: str = Field(max_length=60)
    password: str = Field(max_length=1024)
    device_id: str | None = Field(None, max_length=128)


class ActingIn(Input):
    appointment_id: UUID | None = None


class PasswordIn(Input):
    old: str = Field(max_length=1024)
    new: str = Field(max_length=1024)


class HeldPost(Schema):
    id: UUID
    post_id: UUID
    post_title: str
    post_role: str
    unit_id: UUID
    unit_name: str
    unit_short_name: str
    kind: str
    is_primary: bool
    valid_to: date | None


class MeOut(Schema):
    user_id: str
    staff_number: str
    name: str
    device_id: str
    appointments: list[HeldPost]
    acting: UUID | None
    must_change_password: bool
    demo: bool
    roles: list[str]
    verbs: list[str]


class DeviceOut(Schema):
    id: int
    kind: str
    display_name: str
    created_at: datetime
    last_seen_on: date
    last_seen_addr: str
    expires_at: datetime | None
    is_this: bool


class DevicesOut(Schema):
    items: list[DeviceOut]
    next: None = None


class PersonaOut(Schema):
    key: str
    label: str
    hint: str
    name: str
    post_title: str
    unit_name: str
    unit_short_name: str


class PersonasOut(Schema):
    items: list[PersonaOut]
    next: None = None


class RegionOut(Schema):
    code: str
    name: str
    level: Level
    parent: str | None


class RegionsOut(Schema):
    items: list[RegionOut]
    next: None = None


class UnitOut(Schema):
    """`locked`: only the name is shown to the caller, its people are not."""

    id: UUID
    name: str
    short_name: str
    kind: str
    level: Level
    region: str
    region_name: str
    block_parent: UUID | None
    line_parent: UUID | None
    is_line_managed: bool
    organ: str
    rank: int
    people_count: int
    has_children: bool
    locked: bool


class UnitsOut(Schema):
    items: list[UnitOut]
    next: str | None


class FormerNameOut(Schema):
    """Held on the days from valid_from up to, not including, valid_to."""

    name: str
    valid_from: date
    valid_to: date


class RelationOut(Schema):
    kind: str
    field_of_work: str
    post_id: UUID
    post_title: str
    people: list[str]


class UnitDetailOut(UnitOut):
    valid_from: date
    valid_to: date | None
    block_parent_name: str
    line_parent_name: str
    former_names: list[FormerNameOut]
    relations: list[RelationOut]


class PersonOut(Schema):
    """A person in one post. `phone` is masked."""

    user_id: str
    staff_number: str
    name: str
    kind: str
    phone: str
    post_id: UUID
    post_title: str
    post_role: str
    division: str
    unit_id: UUID
    unit_name: str
    unit_short_name: str
    is_primary: bool


class PeopleOut(Schema):
    items: list[PersonOut]
    next: str | None


class PersonCardOut(Schema):
    user_id: str
    staff_number: str
    name: str
    pinyin: str
    kind: str
    phone: str
    office_phone: str
    posts: list[PersonOut]
    field_of_work: str
    superior: PersonOut | None
    stand_in: PersonOut | None


class PhoneOut(Schema):
    phone: str


class RevealOut(Schema):
    viewer_name: str
    viewer_post: str
    at: datetime


class RevealsOut(Schema):
    items: list[RevealOut]
    next: None = None


class ProblemOut(Schema):
    """`column` "" concerns the whole row or file."""

    column: str
    message: str


class ImportRowOut(Schema):
    """`line` of the file (0 for removed rows); `change`: added, changed, removed or error."""

    line: int
    key: str
    change: Literal["added", "changed", "removed", "error"]
    changes: dict[str, list[str]]
    problems: list[ProblemOut]


class ImportOut(Schema):
    """`rows` leaves out those that stay the same. `digest` goes with the real import: these changes or none."""

    kind: str
    applied: bool
    digest: str
    totals: dict[str, int]
    rows: list[ImportRowOut]
    problems: list[ProblemOut]
    ignored: list[str]
