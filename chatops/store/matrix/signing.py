"""Keys by which people vouch for devices and for each other, kept unread (C-S API, "Cross-signing").

One row a person: the three public keys, and what the person has signed, by user and by device or key.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from chatops.store.live import Pool
from chatops.store.matrix.keys import TELL_DEVICES

Json = dict[str, Any]
Change = Callable[[Json], Json]

TYPE = "matrix-signing"

FIND = """
SELECT s.staff_number, d.content FROM chatops_persondata d JOIN directory_staff s ON s.id = d.staff_id
WHERE s.staff_number = ANY (%s) AND s.is_active AND d.room_id = 0 AND d.type = 'matrix-signing'
"""
LOCK = "SELECT pg_advisory_xact_lock(%s::int, hashtext('matrix-signing'))"
GET = "SELECT content FROM chatops_persondata WHERE staff_id = %s AND room_id = 0 AND type = 'matrix-signing'"
PUT = """
INSERT INTO chatops_persondata (staff_id, room_id, type, content) VALUES (%s, 0, 'matrix-signing', %s)
ON CONFLICT (staff_id, room_id, type) DO UPDATE SET content = excluded.content
"""


async def find(pool: Pool, staff_numbers: Iterable[str]) -> dict[str, Json]:
    """By staff number, of those who have such keys."""
    async with pool.connection() as connection:
        cursor = await connection.execute(FIND, [list(staff_numbers)])
        return {row[0]: row[1] for row in await cursor.fetchall()}


async def update(pool: Pool, staff: int, how: Change) -> None:
    """Change by what is there, one change after the other; who shares an encrypted room is told. What `how` raises
    leaves everything as it was."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(LOCK, [staff])
        cursor = await connection.execute(GET, [staff])
        row = await cursor.fetchone()
        before = row[0] if row else {}
        content = how(before)
        if content != before:
            await connection.execute(PUT, [staff, orjson.dumps(content).decode()])
            await connection.execute(TELL_DEVICES, {"staff": staff})
