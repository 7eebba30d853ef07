"""Queries on the two hierarchies of units."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from directory.store.models import Level, Region, Unit

_DEEPEST = 32  # a loop in the data ends here instead of never

_CLIMB_SQL = """
WITH RECURSIVE up(start, id, block_parent_id, line_parent_id, along, depth) AS (
    SELECT u.id, u.id, u.block_parent_id, u.line_parent_id, hierarchy.along, 0
    FROM directory_unit u, (VALUES ('block'), ('line')) AS hierarchy(along)
    WHERE u.id = ANY(%s)
  UNION ALL
    SELECT up.start, u.id, u.block_parent_id, u.line_parent_id, up.along, up.depth + 1
    FROM up JOIN directory_unit u
      ON u.id = CASE up.along WHEN 'block' THEN up.block_parent_id ELSE up.line_parent_id END
    WHERE up.depth < %s
)
SELECT id, block_parent_id, line_parent_id FROM up
"""

_CITY_SQL = """
WITH RECURSIVE up(unit, code, level, parent_id, depth) AS (
    SELECT u.id, r.code, r.level, r.parent_id, 0
    FROM directory_unit u JOIN directory_region r ON r.code = u.region_id WHERE u.id = ANY(%s)
  UNION ALL
    SELECT up.unit, r.code, r.level, r.parent_id, up.depth + 1
    FROM up JOIN directory_region r ON r.code = up.parent_id WHERE up.depth < %s
)
SELECT unit, code FROM up WHERE level = %s
"""


@dataclass
class Tree:
    """Parents by unit id, and the prefecture (region code) in which a unit lies."""

    block: dict[UUID, UUID | None] = field(default_factory=dict)
    line: dict[UUID, UUID | None] = field(default_factory=dict)
    city: dict[UUID, str] = field(default_factory=dict)

    def is_under(self, unit: UUID, above: UUID, parents: dict[UUID, UUID | None]) -> bool:
        """Whether `above` is `unit` or one of its ancestors along `parents` (block or line)."""
        at: UUID | None = unit
        for _ in range(_DEEPEST):
            if at is None or at == above:
                return at is not None
            at = parents.get(at)
        return False

    def same_city(self, one: UUID, other: UUID) -> bool:
        """Units above prefecture level lie in no city."""
        return one in self.city and self.city[one] == self.city.get(other)


def read_tree() -> Tree:
    """The whole directory in two queries."""
    tree, regions = Tree(), {r.code: r for r in Region.objects.only("code", "level", "parent_id")}
    rows = Unit.objects.order_by().values_list("id", "block_parent_id", "line_parent_id", "region_id")
    for unit, block, line, region in rows:
        tree.block[unit], tree.line[unit] = block, line
        if city := _city_of(region, regions):
            tree.city[unit] = city
    return tree


def _city_of(code: str | None, regions: dict[str, Region]) -> str | None:
    for _ in range(_DEEPEST):
        region = regions.get(code or "")
        if region is None or region.level == Level.PREFECTURE:
            return region.code if region else None
        code = region.parent_id
    return None


def read_branches(units: Iterable[UUID]) -> Tree:
    """Only the ancestors and cities of `units`, as they are at this moment."""
    tree, wanted = Tree(), list(units)
    with connection.cursor() as cursor:
        cursor.execute(_CLIMB_SQL, [wanted, _DEEPEST])
        for unit, block, line in cursor.fetchall():
            tree.block[unit], tree.line[unit] = block, line
        cursor.execute(_CITY_SQL, [wanted, _DEEPEST, Level.PREFECTURE.value])
        tree.city.update(cursor.fetchall())
    return tree
