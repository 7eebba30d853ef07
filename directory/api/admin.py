"""REST: accounts, posts and appointments, for administrators."""

from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Status

from common.cursors import offset_of
from directory.api.admin_schemas import (
    AccountIn,
    AccountOut,
    AccountPatch,
    AccountsOut,
    AppointmentIn,
    AppointmentOut,
    AppointmentPatch,
    AppointmentsOut,
    DivisionIn,
    DivisionOut,
    DivisionPatch,
    DivisionsOut,
    IssuedOut,
    LockIn,
    PostIn,
    PostOut,
    PostPatch,
    PostsOut,
)
from directory.api.directory import cursor_of, staff_number_of
from directory.api.schemas import ErrorOut
from directory.requests import ApiRequest
from directory.services import accounts, appointments, divisions, ledger, posts
from directory.store.models import Appointment, Division, Post, Staff

router = Router(tags=["admin"])
REFUSALS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
Limit = Annotated[int, Query(ge=1, le=200)]


def account_out(staff: Staff, held: Appointment | None = None) -> AccountOut:
    return AccountOut(
        user_id=staff.user_id,
        staff_number=staff.staff_number,
        name=staff.name,
        pinyin=staff.pinyin,
        phone=accounts.mask_phone(staff.phone),
        office_phone=accounts.mask_phone(staff.office_phone),
        kind=staff.kind,
        is_active=staff.is_active,
        locked_until=staff.locked_until,
        must_change_password=staff.must_change_password,
        version=staff.version,
        unit_name=held.post.unit.name if held else "",
        post_title=held.post.title if held else "",
    )


def post_out(post: Post, holders: list[str]) -> PostOut:
    return PostOut(
        id=post.pk,
        code=post.code,
        unit_id=post.unit_id,
        unit_name=post.unit.name,
        division_id=post.division_id,
        division=post.division.name if post.division else "",
        title=post.title,
        role=post.role,
        rank=post.rank,
        field_of_work=post.field_of_work,
        holders=holders,
        version=post.version,
    )


def appointment_out(row: Appointment) -> AppointmentOut:
    return AppointmentOut(
        id=row.pk,
        user_id=row.staff.user_id,
        staff_number=row.staff.staff_number,
        name=row.staff.name,
        post_id=row.post_id,
        post_title=row.post.title,
        post_role=row.post.role,
        unit_id=row.post.unit_id,
        unit_name=row.post.unit.name,
        kind=row.kind,
        is_primary=row.is_primary,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
    )


@router.get("/admin/people", response={200: AccountsOut, **REFUSALS}, summary="Accounts")
def list_accounts(request: ApiRequest, q: str = "", cursor: str = "", limit: Limit = 50) -> AccountsOut:
    rows, following = ledger.accounts(request.actor, q, offset=offset_of(cursor), limit=limit)
    return AccountsOut(items=[account_out(*row) for row in rows], next=cursor_of(following))


@router.post("/admin/people", response={201: IssuedOut, **REFUSALS}, summary="Create an account")
def create_account(request: ApiRequest, body: AccountIn) -> Status[IssuedOut]:
    issued = accounts.create(actor=request.actor, **body.dict())
    return Status(201, IssuedOut(account=account_out(issued.staff), password=issued.password))


@router.patch("/admin/people/{user_id}", response={200: AccountOut, **REFUSALS}, summary="Edit an account")
def edit_account(request: ApiRequest, user_id: str, body: AccountPatch) -> AccountOut:
    changes = body.dict(exclude={"version"}, exclude_none=True)
    number = staff_number_of(user_id)
    return account_out(
        accounts.edit(actor=request.actor, staff_number=number, version=body.version, changes=changes)
    )


@router.post(
    "/admin/people/{user_id}/lock", response={200: AccountOut, **REFUSALS}, summary="Lock an account"
)
def lock_account(request: ApiRequest, user_id: str, body: LockIn) -> AccountOut:
    number = staff_number_of(user_id)
    return account_out(accounts.lock(actor=request.actor, staff_number=number, until=body.until))


@router.post(
    "/admin/people/{user_id}/unlock", response={200: AccountOut, **REFUSALS}, summary="Unlock an account"
)
def unlock_account(request: ApiRequest, user_id: str) -> AccountOut:
    return account_out(accounts.unlock(actor=request.actor, staff_number=staff_number_of(user_id)))


@router.post(
    "/admin/people/{user_id}/reset-password",
    response={200: IssuedOut, **REFUSALS},
    summary="Give a temporary password",
)
def reset_password(request: ApiRequest, user_id: str) -> IssuedOut:
    issued = accounts.reset_password(actor=request.actor, staff_number=staff_number_of(user_id))
    return IssuedOut(account=account_out(issued.staff), password=issued.password)


@router.get("/admin/posts", response={200: PostsOut, **REFUSALS}, summary="Posts")
def list_posts(
    request: ApiRequest, unit: UUID | None = None, cursor: str = "", limit: Limit = 100
) -> PostsOut:
    rows, following = ledger.posts(request.actor, unit, offset=offset_of(cursor), limit=limit)
    return PostsOut(items=[post_out(*row) for row in rows], next=cursor_of(following))


@router.post("/admin/posts", response={201: PostOut, **REFUSALS}, summary="Create a post")
def create_post(request: ApiRequest, body: PostIn) -> Status[PostOut]:
    return Status(201, post_out(posts.create(actor=request.actor, **body.dict()), []))


@router.patch("/admin/posts/{post_id}", response={200: PostOut, **REFUSALS}, summary="Edit a post")
def edit_post(request: ApiRequest, post_id: UUID, body: PostPatch) -> PostOut:
    changes = given(body, nullable={"division_id"})
    post = posts.edit(actor=request.actor, post_id=post_id, version=body.version, changes=changes)
    return post_out(post, posts.holder_names(post))


def division_out(division: Division) -> DivisionOut:
    return DivisionOut(id=division.pk, unit_id=division.unit_id, name=division.name, rank=division.rank)


@router.get("/admin/divisions", response={200: DivisionsOut, **REFUSALS}, summary="Divisions of a unit")
def list_divisions(request: ApiRequest, unit: UUID) -> DivisionsOut:
    """All of them; a unit has some dozen."""
    return DivisionsOut(
        items=[division_out(row) for row in divisions.list_of(request.actor, unit)], next=None
    )


@router.post("/admin/divisions", response={201: DivisionOut, **REFUSALS}, summary="Create a division")
def create_division(request: ApiRequest, body: DivisionIn) -> Status[DivisionOut]:
    return Status(201, division_out(divisions.create(actor=request.actor, **body.dict())))


@router.patch(
    "/admin/divisions/{division_id}", response={200: DivisionOut, **REFUSALS}, summary="Rename a division"
)
def rename_division(request: ApiRequest, division_id: UUID, body: DivisionPatch) -> DivisionOut:
    return division_out(divisions.rename(actor=request.actor, division_id=division_id, **body.dict()))


@router.get("/admin/appointments", response={200: AppointmentsOut, **REFUSALS}, summary="Appointments")
def list_appointments(
    request: ApiRequest,
    unit: UUID | None = None,
    post: UUID | None = None,
    user_id: str = "",
    cursor: str = "",
    limit: Limit = 100,
) -> AppointmentsOut:
    """Present, past and future."""
    rows, following = ledger.appointments(
        request.actor,
        unit_id=unit,
        post_id=post,
        staff_number=staff_number_of(user_id) if user_id else "",
        offset=offset_of(cursor),
        limit=limit,
    )
    return AppointmentsOut(items=[appointment_out(row) for row in rows], next=cursor_of(following))


@router.post("/admin/appointments", response={201: AppointmentOut, **REFUSALS}, summary="Appoint")
def appoint(request: ApiRequest, body: AppointmentIn) -> Status[AppointmentOut]:
    made = appointments.appoint(
        actor=request.actor, staff_number=staff_number_of(body.user_id), **body.dict(exclude={"user_id"})
    )
    return Status(201, appointment_out(made))


@router.patch(
    "/admin/appointments/{appointment_id}",
    response={200: AppointmentOut, **REFUSALS},
    summary="Edit or end an appointment",
)
def edit_appointment(request: ApiRequest, appointment_id: UUID, body: AppointmentPatch) -> AppointmentOut:
    row = appointments.edit(
        actor=request.actor,
        appointment_id=appointment_id,
        version=body.version,
        changes=given(body, nullable={"valid_to"}),
    )
    return appointment_out(row)


def given(body: PostPatch | AppointmentPatch, *, nullable: set[str]) -> dict[str, Any]:
    """What was sent; null counts as sent for the nullable fields only."""
    sent = body.dict(exclude={"version"}, exclude_unset=True)
    return {key: value for key, value in sent.items() if value is not None or key in nullable}
