"""HTTP/1.1 to a Matrix door on a kept connection: any HTTP library would cost more than the server."""

import asyncio
import json
from typing import Any


class Line:
    """One kept connection of one person; requests one after the other."""

    def __init__(self, port: int, secret: str) -> None:
        self._port, self._secret = port, secret
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        kept = self._streams is not None
        try:
            return await self._ask(method, path, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            if not kept:
                raise
            self._streams = None  # the server closes a connection that was idle for some seconds
            return await self._ask(method, path, body)

    async def _ask(self, method: str, path: str, body: bytes) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"{method} /_matrix/client/v3{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._secret}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        for line in answer.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return await reader.readexactly(int(line.split(b":")[1]))
        return await _chunks(reader)

    async def sync(self, since: str, wait_ms: int) -> dict[str, Any]:
        token = f"&since={since}" if since else ""
        got: dict[str, Any] = json.loads(await self.ask("GET", f"/sync?timeout={wait_ms}{token}"))
        return got

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A body of unknown length (RFC 9112 section 7.1), without trailers."""
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
