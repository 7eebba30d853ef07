"""One person's clients that mean harm, as a process of their own.

`python -m tests.faults.hostile KIND URL SECRET ROOM` goes on until it is killed, and prints one JSON line for each
socket that the server ended: close code, bye code.
"""

import asyncio
import json
import os
import random
import struct
import sys
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

LOST = (OSError, WebSocketException, TimeoutError, EOFError)
HELLO = json.dumps({"type": "hello", "v": 1})
PER_SECOND = 10_000
SOCKETS = 500
NESTED = '{"type":"send","txn":"x","room":"x","content":{"a":' + "[" * 60_000 + "]" * 60_000 + "}}"
NONSENSE: list[str | bytes] = [
    b"\xff\xfe\x00", "[]", "null", "{", '{"type":"dance"}', '{"type":"send"}', NESTED,
    '{"type":"read","room":"x","seq":1e400}', '{"type":"pos","frames":-1}',
    '{"type":"read","room":"x","seq":99999999999999999999999999}', '{"type":"typing","room":1,"on":"yes"}',
    '{"type":"send","txn":"\\ud800","room":"x","content":{"body":"\\ud800"}}',
    '{"type":"resume","frames":9007199254740993,"positions":{"x":-5}}', '{"type":"hello","v":2}',
]  # fmt: skip


def told(code: object, bye: object) -> None:
    print(json.dumps({"close": code, "bye": bye}), flush=True)  # noqa: T201 (its answer)


def open_socket(url: str, secret: str) -> connect:
    return connect(
        url, additional_headers={"Authorization": f"Bearer {secret}"}, compression=None, max_size=None,
        ping_interval=None, open_timeout=30, proxy=None,
    )  # fmt: skip


async def hear(socket: ClientConnection) -> None:
    """Read until the server ends it, and say how."""
    bye = None
    try:
        async for data in socket:
            frame = json.loads(data)
            bye = frame["code"] if frame["type"] == "bye" else bye
    except ConnectionClosed:
        pass
    told(socket.close_code, bye)


async def flood(url: str, secret: str, room: str, frames: Callable[[int], str | bytes]) -> None:
    """So many frames a second that a server without limits is busy with them alone."""
    while True:
        try:
            async with open_socket(url, secret) as socket:
                await socket.send(HELLO)
                hearing = asyncio.create_task(hear(socket))
                for number in range(10**9):
                    await socket.send(frames(number))
                    if number % (PER_SECOND // 100) == 0:
                        await asyncio.sleep(0.01)
                await hearing
        except LOST:
            await asyncio.sleep(0.1)


async def frames_flood(url: str, secret: str, room: str) -> None:
    ping, typing = '{"type":"ping"}', json.dumps({"type": "typing", "room": room, "on": True})
    await flood(url, secret, room, lambda number: typing if number % 10 == 0 else ping)


async def nonsense(url: str, secret: str, room: str) -> None:
    await flood(url, secret, room, lambda number: NONSENSE[number % len(NONSENSE)])


async def many_sockets(url: str, secret: str, room: str) -> None:
    async def one() -> None:
        while True:
            try:
                async with open_socket(url, secret) as socket:
                    await socket.send(HELLO)
                    await hear(socket)
                    await asyncio.sleep(5)
            except LOST:
                await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        for _ in range(SOCKETS):
            group.create_task(one())
            await asyncio.sleep(0.01)


async def oversized(url: str, secret: str, room: str) -> None:
    """Half a gigabyte in one message, and frames just above what is allowed."""
    while True:
        reader, writer = await raw(url, secret)
        size = random.choice([200 * 1024, 512 * 1024 * 1024])
        writer.write(b"\x81\xff" + struct.pack("!Q", size) + b"\0" * 4)
        try:
            for _ in range(size // 65_536 + 1):
                writer.write(b" " * 65_536)
                await writer.drain()
            await reader.read(65_536)
        except OSError:
            pass
        told(None, "oversized")
        writer.close()
        await asyncio.sleep(0.2)


async def slow(url: str, secret: str, room: str) -> None:
    """Sockets that never say hello, and ones that say it byte by byte."""

    async def one(drip: bool) -> None:
        while True:
            try:
                reader, writer = await raw(url, secret)
                hello = b"\x81" + bytes([0x80 | len(HELLO)]) + b"\0" * 4 + HELLO.encode()
                for byte in hello if drip else b"":
                    writer.write(bytes([byte]))
                    await asyncio.sleep(1)
                await reader.readuntil(b"no_hello")  # in the bye frame
                await reader.readuntil(b'"}\x88')  # the close frame follows: its length, then the code
                told(struct.unpack("!xH", await reader.readexactly(3))[0], "no_hello")
                writer.close()
            except (OSError, EOFError):
                await asyncio.sleep(1)

    await asyncio.gather(*(one(number % 2 == 0) for number in range(40)))


async def deaf(url: str, secret: str, room: str) -> None:
    """Readers that never read, and lines that are gone without a word."""
    held = []
    for _ in range(15):
        _reader, writer = await raw(url, secret)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"\x81" + bytes([0x80 | len(HELLO)]) + b"\0" * 4 + HELLO.encode())
        held.append(writer)
    await asyncio.Event().wait()


async def raw(url: str, secret: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = (
        f"GET /live HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {secret}\r\n\r\n"
    )
    writer.write(lines.encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


KINDS: dict[str, Callable[[str, str, str], Coroutine[Any, Any, None]]] = {
    "frames": frames_flood, "nonsense": nonsense, "sockets": many_sockets, "oversized": oversized, "slow": slow,
    "deaf": deaf,
}  # fmt: skip


if __name__ == "__main__":
    os.nice(5)  # the test is about the server, not about who gets this machine's two cores
    asyncio.run(KINDS[sys.argv[1]](*sys.argv[2:5]))
