"""Whose spaces the units are: who is in a unit's group is in its space."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chatops.store.live import Pool

# `here`: the asking person is in the group now.
GROUPS = """
SELECT r.id, r.room_id, r.unit, r.kind = 'unit', EXISTS (
    SELECT 1 FROM chatops_membership m JOIN chatops_room g ON g.id = m.room_id
    WHERE g.kind = 'unit' AND g.unit = r.unit AND m.staff_id = %(staff)s AND m.membership = 'join')
FROM chatops_room r WHERE r.id = ANY (%(rooms)s) AND r.unit IS NOT NULL ORDER BY r.id
"""

MINE = """
SELECT DISTINCT r.unit FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id
WHERE m.staff_id = %(staff)s AND m.membership = 'join' AND r.kind = 'unit' AND r.unit IS NOT NULL
ORDER BY r.unit
"""

PEOPLE = """
SELECT DISTINCT s.staff_number, s.name FROM chatops_room r
JOIN chatops_membership m ON m.room_id = r.id AND m.membership = 'join'
JOIN directory_staff s ON s.id = m.staff_id
WHERE r.kind = 'unit' AND r.unit = %(unit)s ORDER BY s.staff_number
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A room of a unit; `standing`: the group of all who belong to it. `here`: the person is in such a group of it."""

    room: int
    room_id: str
    unit: UUID
    standing: bool
    here: bool


async def groups(pool: Pool, *, staff: int, rooms: Sequence[int]) -> list[Group]:
    """Those of the rooms that belong to a unit."""
    async with pool.connection() as connection:
        cursor = await connection.execute(GROUPS, {"staff": staff, "rooms": list(rooms)})
        return [Group(*row) for row in await cursor.fetchall()]


async def mine(pool: Pool, staff: int) -> list[UUID]:
    """The units whose group the person is in."""
    async with pool.connection() as connection:
        cursor = await connection.execute(MINE, {"staff": staff})
        return [row[0] for row in await cursor.fetchall()]


async def people(pool: Pool, unit: UUID) -> list[tuple[str, str]]:
    """(staff number, name) of those in the unit's group."""
    async with pool.connection() as connection:
        cursor = await connection.execute(PEOPLE, {"unit": unit})
        return [(row[0], row[1]) for row in await cursor.fetchall()]
