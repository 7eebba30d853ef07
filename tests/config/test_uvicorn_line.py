"""Our writing of frames beside Uvicorn's protocol: every client reads what was sent, whole and in order."""

import os
from typing import Any

from websockets.asyncio.client import connect

from tests.support.app import serving_callable

# Around the two places where the length takes more bytes (RFC 6455, 5.2), an empty one, and more than a buffer.
SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 3_000_000)


class Fan:
    """Sends each message to all that are connected once the last of them has come, then closes."""

    def __init__(self, readers: int, messages: list[bytes]) -> None:
        self.readers = readers
        self.messages = messages
        self.sends: list[Any] = []

    async def __call__(self, _scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        self.sends.append(send)
        if len(self.sends) == self.readers:
            for message in self.messages:
                for each in self.sends:
                    await each({"type": "websocket.send", "bytes": message})
            for each in self.sends:
                await each({"type": "websocket.send", "text": "完"})
                await each({"type": "websocket.close", "code": 1000})
        while (await receive())["type"] != "websocket.disconnect":
            pass


async def read_all(socket):
    got = [message async for message in socket]
    assert socket.close_code == 1000
    return got


async def test_every_reader_gets_each_message_whole_and_in_order():
    messages = [os.urandom(size) for size in SIZES]
    async with serving_callable(Fan(3, messages)) as url:
        address = url.replace("http", "ws", 1)
        readers = [await connect(address, max_size=None, compression=None, proxy=None) for _ in range(3)]
        for reader in readers:
            assert await read_all(reader) == [*messages, "完"]


async def test_one_who_has_gone_is_no_harm_to_the_others():
    messages = [bytes([number]) * 1000 for number in range(200)]
    fan = Fan(3, messages)
    async with serving_callable(fan) as url:
        address = url.replace("http", "ws", 1)
        gone = await connect(address, compression=None, proxy=None)
        stays = await connect(address, compression=None, proxy=None)
        gone.transport.abort()

        async def tolerant(send, message):
            try:
                await send(message)
            except Exception:  # noqa: BLE001 - each server's own word for a closed socket
                return

        fan.sends[:] = [lambda message, send=send: tolerant(send, message) for send in fan.sends]
        last = await connect(address, compression=None, proxy=None)
        for reader in (stays, last):
            assert await read_all(reader) == [*messages, "完"]
