"""A TCP proxy that breaks connections on order, by resets (SO_LINGER 0), at once or in the middle of a frame."""

import asyncio
import random
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65_536
NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Pair:
    """Both ends of one connection; `armed`: the direction whose next bytes are cut in half."""

    ends: list[asyncio.StreamWriter] = field(default_factory=list)
    armed: str = ""

    def reset(self) -> None:
        for end in self.ends:
            raw = end.get_extra_info("socket")
            if raw is not None and not end.transport.is_closing():
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            end.transport.abort()


class Cutter:
    """`with Cutter(url, seed) as cutter:` — `cutter.url` leads to `url` until a connection is cut."""

    def __init__(self, url: str, seed: int) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._chance = random.Random(seed)
        self._pairs: set[_Pair] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.url = ""
        self.resets = 0
        self.halves = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024), self._loop
        ).result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self, many: int) -> None:
        """Break so many of the open connections: every other one at once, the rest within their next bytes."""
        self._loop.call_soon_threadsafe(self._cut, many)

    def _cut(self, many: int) -> None:
        open_pairs = [pair for pair in self._pairs if len(pair.ends) == 2 and not pair.armed]
        for number, pair in enumerate(self._chance.sample(open_pairs, min(many, len(open_pairs)))):
            if number % 2:
                self.resets += 1
                pair.reset()
            else:
                pair.armed = self._chance.choice(("up", "down"))

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair([writer])
        self._pairs.add(pair)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            pair.ends.append(far_writer)
            done, _ = await asyncio.wait(
                [
                    asyncio.create_task(self._carry("up", pair, reader, far_writer)),
                    asyncio.create_task(self._carry("down", pair, far_reader, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                task.exception()
        except OSError:
            pass
        finally:
            self._pairs.discard(pair)
            pair.reset()

    async def _carry(
        self, way: str, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(CHUNK):
            if pair.armed == way and len(chunk) > 1:
                writer.write(chunk[: len(chunk) // 2])
                await asyncio.sleep(0.005)  # the half is read before the reset comes
                self.halves += 1
                return
            writer.write(chunk)
            await writer.drain()
