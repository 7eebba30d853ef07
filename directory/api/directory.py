"""REST: units, people and regions (通讯录)."""

from typing import Annotated
from uuid import UUID

from ninja import Query, Router

from common import ids
from common.cursors import offset_of
from common.errors import NotFoundError
from directory.api.schemas import (
    ErrorOut,
    FormerNameOut,
    PeopleOut,
    PersonCardOut,
    PersonOut,
    PhoneOut,
    RegionOut,
    RegionsOut,
    RelationOut,
    RevealOut,
    RevealsOut,
    UnitDetailOut,
    UnitOut,
    UnitsOut,
)
from directory.requests import ApiRequest
from directory.services import cards, lookup, units
from directory.services.accounts import mask_phone
from directory.services.lookup import UnitRow
from directory.store.models import Appointment, Level

router = Router(tags=["directory"])
REFUSALS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 429: ErrorOut}
Limit = Annotated[int, Query(ge=1, le=200)]


def cursor_of(offset: int | None) -> str | None:
    return None if offset is None else str(offset)


def staff_number_of(user_id: str) -> str:
    """Accepts `@number:our-server` or the bare number. Raises NotFoundError for foreign ids."""
    number = ids.staff_number_of(user_id) if user_id.startswith("@") else user_id
    if not number:
        raise NotFoundError
    return number


def unit_out(row: UnitRow) -> UnitOut:
    unit = row.unit
    return UnitOut(
        id=unit.pk,
        name=unit.name,
        short_name=unit.display_name,
        kind=unit.kind,
        level=Level(unit.level),
        region=unit.region_id,
        region_name=unit.region.name,
        block_parent=unit.block_parent_id,
        line_parent=unit.line_parent_id,
        is_line_managed=unit.is_line_managed,
        organ=unit.organ,
        rank=unit.rank,
        people_count=row.people_count,
        has_children=row.has_children,
        locked=row.locked,
    )


def person_out(held: Appointment) -> PersonOut:
    staff, post = held.staff, held.post
    return PersonOut(
        user_id=staff.user_id,
        staff_number=staff.staff_number,
        name=staff.name,
        kind=staff.kind,
        phone=mask_phone(staff.phone),
        post_id=post.pk,
        post_title=post.title,
        post_role=post.role,
        division=post.division.name if post.division else "",
        unit_id=post.unit_id,
        unit_name=post.unit.name,
        unit_short_name=post.unit.display_name,
        is_primary=held.is_primary,
    )


@router.get("/directory/regions", response={200: RegionsOut, **REFUSALS}, summary="Regions below one")
def list_regions(request: ApiRequest, parent: str = "") -> RegionsOut:
    rows = units.regions(request.actor, parent or None)
    return RegionsOut(
        items=[RegionOut(code=r.code, name=r.name, level=Level(r.level), parent=r.parent_id) for r in rows]
    )


@router.get("/directory/units", response={200: UnitsOut, **REFUSALS}, summary="Units in protocol order")
def list_units(
    request: ApiRequest,
    parent: UUID | None = None,
    level: str = "",
    region: str = "",
    q: str = "",
    cursor: str = "",
    limit: Limit = 100,
) -> UnitsOut:
    """Children of `parent`, else units of `level` and `region`, else the roots; `q`: part of a name."""
    rows, following = lookup.unit_tree(
        request.actor,
        parent=parent,
        level=level,
        region=region,
        query=q,
        offset=offset_of(cursor),
        limit=limit,
    )
    return UnitsOut(items=[unit_out(row) for row in rows], next=cursor_of(following))


@router.get("/directory/units/{unit_id}", response={200: UnitDetailOut, **REFUSALS}, summary="One unit")
def get_unit(request: ApiRequest, unit_id: UUID) -> UnitDetailOut:
    """Relations are empty where the unit is locked."""
    found = units.access_unit(request.actor, unit_id)
    unit = found.row.unit
    return UnitDetailOut(
        **unit_out(found.row).dict(),
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        block_parent_name=unit.block_parent.name if unit.block_parent else "",
        line_parent_name=unit.line_parent.name if unit.line_parent else "",
        former_names=[
            FormerNameOut(name=each.name, valid_from=each.valid_from, valid_to=each.valid_to)
            for each in found.former_names
        ],
        relations=[
            RelationOut(
                kind=relation.kind,
                field_of_work=relation.field_of_work,
                post_id=relation.post_id,
                post_title=relation.post.title,
                people=[each.staff.name for each in held],
            )
            for relation, held in found.relations
        ],
    )


@router.get(
    "/directory/units/{unit_id}/people", response={200: PeopleOut, **REFUSALS}, summary="Who sits in a unit"
)
def list_people_of(request: ApiRequest, unit_id: UUID, cursor: str = "", limit: Limit = 100) -> PeopleOut:
    """In the order of posts. 403 where the unit is locked for the caller."""
    rows, following = units.people_of(request.actor, unit_id, offset=offset_of(cursor), limit=limit)
    return PeopleOut(items=[person_out(row) for row in rows], next=cursor_of(following))


@router.get("/directory/people", response={200: PeopleOut, **REFUSALS}, summary="Search people")
def search_people(request: ApiRequest, q: str = "", cursor: str = "", limit: Limit = 50) -> PeopleOut:
    """By name, pinyin, initials, title, unit, staff number or the last four digits of the phone."""
    rows, following = lookup.people(request.actor, q, offset=offset_of(cursor), limit=limit)
    return PeopleOut(items=[person_out(row) for row in rows], next=cursor_of(following))


@router.get("/directory/people/{user_id}", response={200: PersonCardOut, **REFUSALS}, summary="One person")
def get_person(request: ApiRequest, user_id: str) -> PersonCardOut:
    card = cards.card(request.actor, staff_number_of(user_id))
    staff = card.staff
    return PersonCardOut(
        user_id=staff.user_id,
        staff_number=staff.staff_number,
        name=staff.name,
        pinyin=staff.pinyin,
        kind=staff.kind,
        phone=card.phone,
        office_phone=card.office_phone,
        posts=[person_out(each) for each in card.appointments],
        field_of_work=card.appointments[0].post.field_of_work if card.appointments else "",
        superior=person_out(card.superior) if card.superior else None,
        stand_in=person_out(card.stand_in) if card.stand_in else None,
    )


@router.post(
    "/directory/people/{user_id}/reveal-phone",
    response={200: PhoneOut, **REFUSALS},
    summary="A whole phone number; recorded",
)
def reveal_phone(request: ApiRequest, user_id: str) -> PhoneOut:
    return PhoneOut(phone=cards.reveal_phone(actor=request.actor, staff_number=staff_number_of(user_id)))


@router.get("/directory/phone-reveals", response={200: RevealsOut, **REFUSALS}, summary="Who saw one's phone")
def list_reveals(request: ApiRequest) -> RevealsOut:
    rows = cards.reveals_of_mine(request.actor)
    return RevealsOut(
        items=[RevealOut(viewer_name=r.viewer_name, viewer_post=r.viewer_post, at=r.at) for r in rows]
    )
