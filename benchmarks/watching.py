"""A web client that watches: a socket, and what is done with each of its frames."""

from collections.abc import Callable

import aiohttp
import orjson

from benchmarks.cast import Person
from benchmarks.fleet import App

TOLD_EVERY = 16


async def watch(
    session: aiohttp.ClientSession, app: App, person: Person, take: Callable[[bytes], None]
) -> None:
    """Until cancelled; what has been had is told now and then, as the web client does."""
    headers = {"Authorization": f"Bearer {person.secret}"}
    url = f"http://127.0.0.1:{app.port}/live"
    async with session.ws_connect(url, headers=headers, max_msg_size=0) as line:
        await line.send_str('{"type":"hello","v":1,"positions":{},"person":0}')
        frames = 0
        async for message in line:
            frames += 1
            take(message.data if isinstance(message.data, bytes) else message.data.encode())
            if frames % TOLD_EVERY == 0:
                await line.send_str(orjson.dumps({"type": "pos", "frames": frames}).decode())
