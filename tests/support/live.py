"""A client of the live socket that speaks ASGI directly: no port, no server, the same frames."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson

from chatops.delivery.delivery import Delivery
from chatops.socket.live import LiveSocket
from tests.support.protocol import check_frame, unfold

Frame = dict[str, Any]
_txns = itertools.count(1)


class LiveClient:
    """Takes frames into `frames`, reports its position like a browser does, keeps its place by room."""

    def __init__(self, delivery: Delivery, secret: str, *, reports: bool = True) -> None:
        self._incoming: asyncio.Queue[Frame] = asyncio.Queue()
        self._arrived = asyncio.Condition()
        self._app = LiveSocket(delivery)
        self._secret = secret
        self._task: asyncio.Task[None] | None = None
        self._reports = reports
        self.frames: list[Frame] = []
        self.positions: dict[str, int] = {}
        self.events: dict[str, list[Frame]] = {}
        self.closed: tuple[int, str] | None = None
        self.ended = asyncio.Event()
        self.faulty: Exception | None = None

    async def start(self, *, headers: list[tuple[bytes, bytes]] | None = None, **hello: Any) -> "LiveClient":
        headers = headers or [(b"authorization", f"Bearer {self._secret}".encode())]
        scope = {"type": "websocket", "path": "/live", "headers": headers}
        await self._incoming.put({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._app(scope, self._incoming.get, self._take))
        await self.say({"type": "hello", "v": 1, **hello})
        return self

    async def say(self, frame: Frame | str) -> None:
        text = frame if isinstance(frame, str) else orjson.dumps(frame).decode()
        await self._incoming.put({"type": "websocket.receive", "text": text})

    async def send(self, room: str, body: str, txn: str | None = None, **content: Any) -> str:
        txn = txn or f"t{next(_txns)}"
        message = {"msgtype": "m.text", "body": body, **content}
        await self.say({"type": "send", "txn": txn, "room": room, "content": message})
        return txn

    async def wait(self, wanted: Callable[[Frame], bool], timeout_s: float = 10) -> Frame:
        """The first frame, also among those already here, that is wanted."""
        async with asyncio.timeout(timeout_s), self._arrived:
            while True:
                if self.faulty is not None:
                    raise self.faulty
                for frame in self.frames:
                    if wanted(frame):
                        return frame
                await self._arrived.wait()

    async def wait_for(self, kind: str, timeout_s: float = 10, **fields: Any) -> Frame:
        return await self.wait(
            lambda frame: (
                frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items())
            ),
            timeout_s,
        )

    async def acked(self, txn: str) -> Frame:
        frame = await self.wait(lambda f: any(ack["txn"] == txn for ack in f.get("acks", ())))
        return next(ack for ack in frame["acks"] if ack["txn"] == txn)

    async def reach(self, room: str, seq: int, timeout_s: float = 10) -> list[Frame]:
        """The room's events so far, once position `seq` has come."""
        async with asyncio.timeout(timeout_s), self._arrived:
            while self.positions.get(room, 0) < seq:
                await self._arrived.wait()
        return self.events.get(room, [])

    async def stop(self) -> None:
        if self._task is not None:
            await self._incoming.put({"type": "websocket.disconnect", "code": 1006})
            await asyncio.wait_for(self._task, 10)

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.closed = (message["code"], message.get("reason", ""))
            self.ended.set()
        elif message["type"] == "websocket.send":
            frame = orjson.loads(message["bytes"])
            try:
                check_frame("server", frame)
            except Exception as error:  # noqa: BLE001 (the session takes what its send raises for a lost line)
                self.faulty = error
            self.frames.append(frame)
            if frame["type"] == "events":
                self.positions[frame["room"]] = frame["last"]
                self.events.setdefault(frame["room"], []).extend(unfold(frame))
            if self._reports:
                await self._incoming.put(
                    {"type": "websocket.receive", "text": f'{{"type":"pos","frames":{len(self.frames)}}}'}
                )
        asyncio.get_running_loop().create_task(self._announce())

    async def _announce(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()


@asynccontextmanager
async def opened_delivery(**options: Any) -> AsyncIterator[Delivery]:
    """A delivery on the test's database, closed at the end."""
    from django.conf import settings

    delivery = Delivery(settings.DATABASE_URL, **{"sends_per_minute": 600_000, **options})
    await delivery.ensure_open()
    try:
        yield delivery
    finally:
        await delivery.close()
