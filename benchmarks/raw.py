"""The raw limit: the least that an ASGI application must do to be durable and to tell everybody.

No sign-in, no rooms in the database, no positions, no resending, no rights: a frame's text is stored as a row and sent,
unparsed, to all sockets of the same path. Two writers commit what has arrived within a millisecond in one transaction;
then each socket gets one frame for the batch. What our application adds to that is what we measure.

A member sends {"t":"msg","id":"<16 hex>","body":"…"}; everybody gets the same bytes, the sender also
{"t":"ack","id":"<16 hex>"}.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg

Send = Callable[[dict[str, Any]], Awaitable[None]]

TABLE = "CREATE TABLE message (id bigserial PRIMARY KEY, room bigint, sender bigint, body text)"
INSERT = "INSERT INTO message (room, sender, body) SELECT 1, 2, x FROM unnest($1::text[]) x RETURNING id"
WRITERS = 2
LINGER_S = 0.001
ID = slice(17, 33)  # where the id stands in a frame

rooms: dict[str, set[Send]] = defaultdict(set)
waiting: list[tuple[Send, set[Send], str]] = []
arrived = asyncio.Event()
writers: list[asyncio.Task[None]] = []


async def application(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
) -> None:
    if scope["type"] != "websocket":
        return
    if not writers:
        writers.extend(asyncio.ensure_future(write()) for _ in range(WRITERS))
    room = rooms[scope["path"]]
    await receive()
    await send({"type": "websocket.accept"})
    room.add(send)
    try:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return
            waiting.append((send, room, message["text"]))
            arrived.set()
    finally:
        room.discard(send)


async def write() -> None:
    connection = await asyncpg.connect(os.environ["RAW_DATABASE_URL"])
    insert = await connection.prepare(INSERT)
    while True:
        await arrived.wait()
        await asyncio.sleep(LINGER_S)
        arrived.clear()
        batch = waiting[:]
        waiting.clear()
        if batch:
            await insert.fetch([text for _, _, text in batch])
            await tell(batch)


async def tell(batch: list[tuple[Send, set[Send], str]]) -> None:
    by_room: dict[int, tuple[set[Send], list[bytes]]] = {}
    acks: dict[Send, list[bytes]] = defaultdict(list)
    for sender, room, text in batch:
        by_room.setdefault(id(room), (room, []))[1].append(text.encode())
        acks[sender].append(b'{"t":"ack","id":"%b"}' % text[ID].encode())
    for room, texts in by_room.values():
        frame = b"\n".join(texts)
        for send in tuple(room):
            own = acks.pop(send, None)
            with suppress(Exception):  # gone meanwhile
                await send({"type": "websocket.send", "bytes": b"\n".join([frame, *own]) if own else frame})
