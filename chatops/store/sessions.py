"""Signing in on doors without the ORM: the directory's one statement on the async pool."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatops.store.live import Pool
from common import clock
from directory.actors import Actor, Door
from directory.services.devices import ACTORS_BY_SECRETS_SQL, actor_from_row, actor_params, hash_secret

EXPIRED = """
SELECT 1 FROM directory_device d JOIN directory_staff s ON s.id = d.staff_id
WHERE d.secret_hash = %s AND d.revoked_at IS NULL AND d.expires_at <= %s AND s.is_active
"""


ActorRow = Sequence[Any]
Asked = tuple[str, UUID | None]


async def find_devices(pool: Pool, asked: list[Asked]) -> dict[Asked, ActorRow]:
    """The rows that `actor_from_row` reads, by (secret, acting); their column 6 is the public id of the device."""
    async with pool.connection() as connection:
        cursor = await connection.execute(ACTORS_BY_SECRETS_SQL, actor_params(*asked))
        return {asked[row[-1] - 1]: row for row in await cursor.fetchall()}


async def find_actor(pool: Pool, secret: str, acting: UUID | None = None, door: Door = "socket") -> Actor:
    """The actor of a secret. Raises SignedOutError, ActingNotHeldError or PasswordChangeNeededError as REST does."""
    found = await find_devices(pool, [(secret, acting)])
    return actor_from_row(found.get((secret, acting)), door, acting)


async def is_expired(pool: Pool, secret: str) -> bool:
    """Whether the device of this secret is still there and may sign in again: its time is over, nothing else."""
    async with pool.connection() as connection:
        cursor = await connection.execute(EXPIRED, [hash_secret(secret), clock.now()])
        return await cursor.fetchone() is not None
