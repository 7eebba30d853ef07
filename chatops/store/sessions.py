"""Signing in on doors without the ORM: the directory's one statement on the async pool."""

from uuid import UUID

from chatops.store.live import Pool
from common import clock
from directory.actors import Actor, Door
from directory.services.devices import ACTOR_BY_SECRET_SQL, actor_from_row, actor_params, hash_secret

EXPIRED = """
SELECT 1 FROM directory_device d JOIN directory_staff s ON s.id = d.staff_id
WHERE d.secret_hash = %s AND d.revoked_at IS NULL AND d.expires_at <= %s AND s.is_active
"""


async def find_device(
    pool: Pool, secret: str, acting: UUID | None = None, door: Door = "matrix"
) -> tuple[Actor, str]:
    """As `find_actor`; with the public id of the device."""
    async with pool.connection() as connection:
        cursor = await connection.execute(ACTOR_BY_SECRET_SQL, actor_params(secret, acting))
        row = await cursor.fetchone()
    return actor_from_row(row, door, acting), str(row[6]) if row is not None else ""


async def find_actor(pool: Pool, secret: str, acting: UUID | None = None, door: Door = "socket") -> Actor:
    """The actor of a secret. Raises SignedOutError, ActingNotHeldError or PasswordChangeNeededError as REST does."""
    async with pool.connection() as connection:
        cursor = await connection.execute(ACTOR_BY_SECRET_SQL, actor_params(secret, acting))
        return actor_from_row(await cursor.fetchone(), door, acting)


async def is_expired(pool: Pool, secret: str) -> bool:
    """Whether the device of this secret is still there and may sign in again: its time is over, nothing else."""
    async with pool.connection() as connection:
        cursor = await connection.execute(EXPIRED, [hash_secret(secret), clock.now()])
        return await cursor.fetchone() is not None
