"""The unit tree as Matrix spaces: each unit is a space, with the units below it and its groups inside.

A space of a unit is no room of the database: its id is made from the unit's, its state from the directory
(chatops/matrix/spaces.py).
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from common import clock
from common.errors import NotFoundError
from directory.actors import Actor
from directory.services import lookup
from directory.services.rights import require
from directory.store import lookup as directory_store

MARK = "!unit-"
MOST_CHILDREN = 500


@dataclass(frozen=True)
class Space:
    """A unit as a space. `parent`, `children`: the ids of the spaces above and below it, these in protocol order."""

    unit: UUID
    room_id: str
    name: str
    people: int
    parent: str | None
    children: list[str]


def space_id(unit: UUID) -> str:
    return f"{MARK}{unit.hex}:{settings.SERVER_NAME}"


def unit_of(room_id: str) -> UUID | None:
    """The unit that a space is, or None for the id of a room."""
    if not room_id.startswith(MARK):
        return None
    key, _, server = room_id.removeprefix(MARK).partition(":")
    try:
        return UUID(key) if server == settings.SERVER_NAME else None
    except ValueError:
        return None


def roots(actor: Actor) -> list[Space]:
    """The spaces at the top of the tree. Raises ForbiddenError."""
    rows, _more = lookup.unit_tree(actor, limit=MOST_CHILDREN)
    return [_space(actor, row) for row in rows]


def find(actor: Actor, unit: UUID) -> Space:
    """Raises NotFoundError for a unit that is not there today; ForbiddenError."""
    require(actor, "directory.view")
    row = directory_store.units_on(clock.today()).filter(pk=unit).first()
    if row is None:
        raise NotFoundError
    return _space(actor, lookup.row_of(actor, row))


def _space(actor: Actor, row: lookup.UnitRow) -> Space:
    below, _more = (
        lookup.unit_tree(actor, parent=row.unit.pk, limit=MOST_CHILDREN) if row.has_children else ([], None)
    )
    children = [space_id(child.unit.pk) for child in below]
    above = row.unit.block_parent_id or row.unit.line_parent_id
    parent = space_id(above) if above else None
    return Space(row.unit.pk, space_id(row.unit.pk), row.unit.name, row.people_count, parent, children)
