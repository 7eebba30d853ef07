"""Who does it: each bot, and the worker of their jobs, is run by one process at a time.

A seat is a PostgreSQL advisory lock, held by one connection of the process. When the process dies, or loses
the database, the lock goes and a standby takes the seat within seconds; who lost the connection stands up.
Needs a direct connection: a pooler in transaction mode keeps no locks.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping

import psycopg

log = logging.getLogger(__name__)

CLASS = 0x7A0B07
TRY_EVERY_S = 2.0
AGAIN_AFTER_S = 3.0
# A process that dies leaves its seat at once. Of a host that vanishes the server hears nothing: it gives the seat up
# after IDLE_S + PROBE_S * PROBES of silence, so that a standby sits within ten seconds; the holder, which asks every
# TRY_EVERY_S and waits TRUST_S for the answer, has stood up before. A test keeps the sums.
IDLE_S, PROBE_S, PROBES, TRUST_S = 2, 2, 2, 3.0
KEEPALIVE = (
    f"-c tcp_keepalives_idle={IDLE_S} -c tcp_keepalives_interval={PROBE_S} -c tcp_keepalives_count={PROBES}"
)
Work = Callable[[], Awaitable[None]]


class Seats:
    """Runs each work while this process has its seat.

    Args:
        works: seat name → endless coroutine function; one that ends or fails is started again.
    """

    def __init__(self, dsn: str, works: Mapping[str, Work], *, try_every_s: float = TRY_EVERY_S) -> None:
        self._dsn = dsn
        self._works = works
        self._try_every_s = try_every_s
        self._running: dict[str, asyncio.Task[None]] = {}

    def holds(self, name: str) -> bool:
        return name in self._running

    async def run(self) -> None:
        """For ever, across lost connections; on cancellation everything stands up in order."""
        while True:
            try:
                await self._sit()
            except (psycopg.Error, OSError, TimeoutError) as err:
                log.warning("the seats are lost, trying again: %s", err)
            finally:
                await self._stand_up()
            await asyncio.sleep(self._try_every_s)

    async def _sit(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            options=KEEPALIVE,
            connect_timeout=5,
            application_name="tongzhou bots seats",
        )
        async with connection:
            try:
                while True:
                    for name in self._works:
                        if name not in self._running and await self._try_lock(connection, name):
                            log.info("took the seat %s", name)
                            self._running[name] = asyncio.create_task(self._keep_working(name), name=name)
                    # A connection that does not answer holds nothing that can be trusted.
                    # (`wait_for` of Python 3.11 may swallow a cancellation; `timeout` does not.)
                    async with asyncio.timeout(TRUST_S):
                        await connection.execute("SELECT 1")
                    await asyncio.sleep(self._try_every_s)
            finally:
                # Before the connection, and with it the lock, is given away.
                await self._stand_up()

    async def _try_lock(self, connection: psycopg.AsyncConnection, name: str) -> bool:
        key = zlib.crc32(name.encode()) - 2**31
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [CLASS, key])
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _keep_working(self, name: str) -> None:
        while True:
            try:
                await self._works[name]()
                log.error("%s ended, starting it again", name)
            except Exception:
                log.exception("%s failed, starting it again", name)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _stand_up(self) -> None:
        tasks, self._running = list(self._running.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
