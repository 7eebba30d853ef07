"""Signing in on doors without the ORM: the directory's one statement on the async pool."""

from uuid import UUID

from chatops.store.live import Pool
from directory.actors import Actor, Door
from directory.services.devices import ACTOR_BY_SECRET_SQL, actor_from_row, actor_params


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
