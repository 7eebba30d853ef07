"""Shapes of the administrators' pages. `version` goes back with an edit; an older one is refused."""

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from directory.api.schemas import Input
from directory.store.models import AppointmentKind


class AccountOut(Schema):
    """An account as administrators see it; the phone is masked here too."""

    user_id: str
    staff_number: str
    name: str
    pinyin: str
    phone: str
    office_phone: str
    kind: str
    is_active: bool
    locked_until: datetime | None
    must_change_password: bool
    version: int
    unit_name: str
    post_title: str


class AccountsOut(Schema):
    items: list[AccountOut]
    next: str | None


class AccountIn(Input):
    staff_number: str = Field(max_length=64)
    name: str = Field(max_length=60)
    phone: str = Field("", max_length=20)
    office_phone: str = Field("", max_length=20)
    pinyin: str = Field("", max_length=120)


class AccountPatch(Input):
    """Left out or null: unchanged. An empty pinyin is worked out from the name again."""

    version: int
    name: str | None = Field(None, max_length=60)
    pinyin: str | None = Field(None, max_length=120)
    phone: str | None = Field(None, max_length=20)
    office_phone: str | None = Field(None, max_length=20)
    is_active: bool | None = None


class IssuedOut(Schema):
    """`password` is shown this once; its owner must change it."""

    account: AccountOut
    password: str


class LockIn(Input):
    until: datetime | None = None


class PostOut(Schema):
    id: UUID
    code: str
    unit_id: UUID
    unit_name: str
    division_id: UUID | None
    division: str
    title: str
    role: str
    rank: int
    field_of_work: str
    holders: list[str]
    version: int


class PostsOut(Schema):
    items: list[PostOut]
    next: str | None


class PostIn(Input):
    unit_id: UUID
    title: str = Field(max_length=80)
    role: str
    division_id: UUID | None = None
    rank: int | None = None
    field_of_work: str | None = Field(None, max_length=200)
    code: str | None = Field(None, max_length=64)


class PostPatch(Input):
    """Left out: unchanged; division_id null takes the post out of its division."""

    version: int
    title: str | None = Field(None, max_length=80)
    role: str | None = None
    division_id: UUID | None = None
    rank: int | None = None
    field_of_work: str | None = Field(None, max_length=200)


class DivisionOut(Schema):
    id: UUID
    unit_id: UUID
    name: str
    rank: int


class DivisionsOut(Schema):
    items: list[DivisionOut]
    next: str | None


class DivisionIn(Input):
    unit_id: UUID
    name: str = Field(max_length=200)
    rank: int | None = Field(None, ge=0, le=999_999)


class DivisionPatch(Input):
    """Left out: unchanged."""

    name: str | None = Field(None, max_length=200)
    rank: int | None = Field(None, ge=0, le=999_999)


class AppointmentOut(Schema):
    """Holds on the days from valid_from up to, not including, valid_to."""

    id: UUID
    user_id: str
    staff_number: str
    name: str
    post_id: UUID
    post_title: str
    post_role: str
    unit_id: UUID
    unit_name: str
    kind: str
    is_primary: bool
    valid_from: date
    valid_to: date | None
    version: int


class AppointmentsOut(Schema):
    items: list[AppointmentOut]
    next: str | None


class AppointmentIn(Input):
    """`hand_over`: whoever holds the post loses it on valid_from."""

    user_id: str
    post_id: UUID
    kind: AppointmentKind = AppointmentKind.SUBSTANTIVE
    is_primary: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    hand_over: bool = False


class AppointmentPatch(Input):
    """Left out: unchanged. valid_to today ends it at once; null lets it run on."""

    version: int
    kind: AppointmentKind | None = None
    is_primary: bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None
