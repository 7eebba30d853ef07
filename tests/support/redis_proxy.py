"""A proxy before Redis that swallows every n-th PUBLISH, and can be cut off; clients are told that nobody listened."""

import asyncio
import threading
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class RedisProxy:
    """`with RedisProxy(redis_url) as proxy:` — `proxy.url` is the way through it. `drop_every = 0` drops nothing."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.drop_every = 0
        self.published = 0
        self.dropped = 0
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result(10)
        port = self._server.sockets[0].getsockname()[1]
        place = f"{self._parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
        self.url = urlunsplit(self._parts._replace(netloc=place))
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(self._parts.hostname, self._parts.port)
            ways = [
                asyncio.create_task(self._up(reader, writer, far)),
                asyncio.create_task(_copy(far_reader, writer)),
            ]
            done, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            for task in done:
                task.exception()
        except OSError:
            pass
        finally:
            for end in (writer, far):
                if end is not None:
                    end.transport.abort()

    async def _up(
        self, reader: asyncio.StreamReader, near: asyncio.StreamWriter, far: asyncio.StreamWriter
    ) -> None:
        """Command by command (RESP arrays of bulk strings). An answer of our own may not overtake: PUBLISH comes
        alone on its connection, as Channels waits for each answer."""
        while head := await reader.readline():
            command, name = [head], b""
            for place in range(int(head[1:])):
                size = await reader.readline()
                body = await reader.readexactly(int(size[1:]) + 2)
                command += [size, body]
                name = name if place else body[:-2].upper()
            if name == b"PUBLISH":
                self.published += 1
                if self.drop_every and self.published % self.drop_every == 0:
                    self.dropped += 1
                    near.write(b":0\r\n")
                    continue
            far.write(b"".join(command))
            await far.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
