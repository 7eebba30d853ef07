"""Reading one unit, with permission."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.lookup import UnitRow, row_of
from directory.services.rights import Scope, may, require
from directory.store import lookup as store
from directory.store import people as people_store
from directory.store.models import Appointment, Region, UnitName, UnitRelation


@dataclass(frozen=True)
class UnitPage:
    """`relations`: each with who holds its post today; empty where the unit is locked."""

    row: UnitRow
    former_names: list[UnitName]
    relations: list[tuple[UnitRelation, list[Appointment]]]


def regions(actor: Actor, parent: str | None) -> list[Region]:
    require(actor, "directory.view")
    return list(store.regions(parent))


def access_unit(actor: Actor, unit_id: UUID) -> UnitPage:
    """A unit that exists today. Raises NotFoundError."""
    require(actor, "directory.view")
    unit = store.units_on(clock.today()).filter(pk=unit_id).first()
    if unit is None:
        raise NotFoundError
    row = row_of(actor, unit)
    relations = [] if row.locked else list(store.relations_of([unit.pk]))
    held: dict[UUID, list[Appointment]] = {}
    for each in people_store.holders({relation.post_id for relation in relations}, clock.today()):
        held.setdefault(each.post_id, []).append(each)
    return UnitPage(
        row,
        store.former_names(unit.pk),
        [(relation, held.get(relation.post_id, [])) for relation in relations],
    )


def people_of(
    actor: Actor, unit_id: UUID, *, offset: int, limit: int
) -> tuple[list[Appointment], int | None]:
    """Who sits in a unit, in the order of posts, and the offset of the next page.

    Raises:
        NotFoundError: no such unit today. ForbiddenError (reason locked): only its name may be seen.
    """
    if not store.units_on(clock.today()).filter(pk=unit_id).exists():
        raise NotFoundError
    if not may(actor, "directory.view_people", Scope(unit_id=unit_id)):
        raise ForbiddenError(
            message=_("该单位不在本市州，仅显示名称；需要协同时请通过对方单位联络员确认。"), reason="locked"
        )
    rows = list(store.people_of(unit_id, clock.today())[offset : offset + limit + 1])
    return rows[:limit], offset + limit if len(rows) > limit else None
