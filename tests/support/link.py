"""A weak network between a browser and the city: a TCP proxy with little bandwidth, latency and loss.

The kernels that tests run on have no netem, so loss is what TCP makes of it: a lost segment holds its direction of
that connection up for a retransmission time-out, and nothing overtakes it.
"""

import asyncio
import random
import threading
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

SEGMENT = 1460
RETRANSMIT_S = 0.4


@dataclass(frozen=True)
class Quality:
    """Kilobits per second each way, shared by all connections; round-trip time; share of lost segments."""

    kbit: int
    round_trip_ms: int
    loss: float = 0.0


class WeakLink:
    """`with WeakLink(url, quality) as link:` — `link.url` leads to `url`, slowly."""

    def __init__(self, url: str, quality: Quality, seed: int = 1) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._quality = quality
        self._chance = random.Random(seed)
        self._free_at = {"up": 0.0, "down": 0.0}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._server: asyncio.Server | None = None
        self._is_cut = False
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._break())  # of connections that came while the line was taken down
        self._loop.close()

    def cut(self) -> None:
        """Every connection breaks in the middle, and none is made until `mend`."""
        self._is_cut = True
        asyncio.run_coroutine_threadsafe(self._break(), self._loop).result(10)

    def mend(self) -> None:
        self._is_cut = False

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._break()

    @staticmethod
    async def _break() -> None:
        """Until nothing runs: what is cancelled may have begun something in the meantime."""
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._join(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()  # asyncio's streams take a cancelled handler for a fault

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(
                self._carry("up", reader, far_writer), self._carry("down", far_reader, writer)
            )
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            far_writer.close()

    async def _carry(self, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Segments leave one after the other at the line's rate and arrive half a round trip later."""
        arriving: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue(64)
        deliver = asyncio.create_task(self._deliver(arriving, writer))
        loop, held_until = asyncio.get_running_loop(), 0.0
        while segment := await reader.read(SEGMENT):
            begin = max(loop.time(), self._free_at[way])
            self._free_at[way] = begin + len(segment) * 8 / (self._quality.kbit * 1000)
            due = self._free_at[way] + self._quality.round_trip_ms / 2000
            if self._chance.random() < self._quality.loss:
                due += RETRANSMIT_S
            held_until = max(held_until, due)  # TCP delivers in order
            await arriving.put((held_until, segment))
        await arriving.put(None)
        await deliver

    @staticmethod
    async def _deliver(
        arriving: "asyncio.Queue[tuple[float, bytes] | None]", writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while (item := await arriving.get()) is not None:
            due, segment = item
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(segment)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
