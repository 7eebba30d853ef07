"""Which process has which listener: one advisory lock each, with standby.

When the process dies, or loses the database, the lock goes and another gateway takes the port within seconds.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg

from common.aio import call_service
from connectors.services import listening
from connectors.services.listening import Post

log = logging.getLogger(__name__)

CLASS = 0x7A0B08
LOOK_EVERY_S = 2.0
AGAIN_AFTER_S = 3.0
KEEPALIVE = "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
Work = Callable[[Post], Awaitable[None]]


@dataclass
class _Held:
    post: Post
    task: asyncio.Task[None]


class Posts:
    """Runs `work` for every listening connector whose lock this process has."""

    def __init__(self, dsn: str, work: Work, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._dsn, self._work, self._look_every_s = dsn, work, look_every_s
        self._held: dict[UUID, _Held] = {}

    async def run(self) -> None:
        """For ever, across lost connections; on cancellation everything is given up in order."""
        while True:
            try:
                await self._hold()
            except (psycopg.Error, OSError, TimeoutError) as err:
                log.warning("the listeners' locks are lost, trying again: %s", type(err).__name__)
            finally:
                await self._drop(list(self._held))
            await asyncio.sleep(self._look_every_s)

    async def _hold(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, options=KEEPALIVE, connect_timeout=5,
            application_name="tongzhou gateway posts",
        )  # fmt: skip
        async with connection:
            try:
                while True:
                    wanted = {post.connector_id: post for post in await call_service(listening.list_posts)}
                    changed = [key for key, held in self._held.items() if wanted.get(key) != held.post]
                    await self._drop(changed)
                    for key in changed:
                        await connection.execute("SELECT pg_advisory_unlock(%s, %s)", [CLASS, _number(key)])
                    for key, post in wanted.items():
                        if key not in self._held and await self._try_lock(connection, key):
                            log.info("listening for %s", post.key)
                            task = asyncio.create_task(self._keep_working(post), name=post.key)
                            self._held[key] = _Held(post, task)
                    async with asyncio.timeout(5):
                        await connection.execute("SELECT 1")
                    await asyncio.sleep(self._look_every_s)
            finally:
                await self._drop(list(self._held))  # before the lock is given away

    async def _try_lock(self, connection: psycopg.AsyncConnection, key: UUID) -> bool:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [CLASS, _number(key)])
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _keep_working(self, post: Post) -> None:
        while True:
            try:
                await self._work(post)
            except Exception as err:
                log.exception("the listener of %s failed, starting it again", post.key)
                await self._report(post, err)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _report(self, post: Post, err: Exception) -> None:
        try:
            await call_service(listening.report_failure, post.connector_id, err)
        except Exception:
            log.exception("what happened to %s cannot be written down", post.key)

    async def _drop(self, keys: list[UUID]) -> None:
        held = [self._held.pop(key) for key in keys]
        for one in held:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in held), return_exceptions=True)


def _number(key: UUID) -> int:
    return zlib.crc32(key.bytes) - 2**31
