"""Shapes of the REST door. Times are RFC 3339 in UTC, dates YYYY-MM-DD; people go by their user id."""

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema


class ErrorOut(Schema):
    """Every refusal. `field`: the input at fault, or null."""

    code: str
    message: str
    field: str | None = None
    facts: dict[str, object] = {}


class SignInIn(Schema):
    staff_number: str = Field(max_length=64)
    password: str = Field(max_length=1024)
    device_id: str | None = Field(None, max_length=128)
    display_name: str = Field("", max_length=120)


class PersonaIn(Schema):
    key: str = Field(max_length=40)
    device_id: str | None = Field(None, max_length=128)


class FirstAdminIn(Schema):
    token: str = Field(max_length=200)
    staff_number: str = Field(max_length=64)
    name: str = Field(max_length=60)
    password: str = Field(max_length=1024)
    device_id: str | None = Field(None, max_length=128)


class ActingIn(Schema):
    appointment_id: UUID | None = None


class PasswordIn(Schema):
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
    last_seen_at: datetime
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
