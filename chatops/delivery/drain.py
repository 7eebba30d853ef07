"""The drain: moves committed changes from the inbox to the stream, and tells the processes that it grew.

It never delays an acknowledgement. A timer of one second picks up what a writer that died left behind.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg

log = logging.getLogger(__name__)

AT_MOST = 5000
CALM_S = 0.025  # at once when idle; under load many commits share one drain, one reading, one ring


class Drain:
    """`drained(head)` is awaited after each drain that moved something."""

    def __init__(self, dsn: str, drained: Callable[[int], Awaitable[None]]) -> None:
        self._dsn = dsn
        self._drained = drained
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection | None = None

    def nudge(self) -> None:
        """Something was committed. Call it from the loop."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(1):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._drain_all()
            except psycopg.Error as error:
                log.warning("drain failed, trying again: %s", error)
                await self.close()
                await asyncio.sleep(0.5)
            await asyncio.sleep(CALM_S)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _drain_all(self) -> None:
        moved = AT_MOST
        while moved == AT_MOST:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
            cursor = await self._connection.execute(
                "SELECT head, moved FROM chatops_drain(%s)", [AT_MOST], prepare=True
            )
            row = await cursor.fetchone()
            head, moved = row or (0, 0)
            if moved:
                await self._drained(head)
