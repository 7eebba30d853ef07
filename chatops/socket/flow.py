"""Flow control of one socket: ours, since one server never waits and the other always does (decisions 3)."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from functools import partial
from typing import Any

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]
RESUME = b'{"type":"resume"}'
BURST_S = 5


class Pace:
    """How many frames one client may send: so many a second on average, five seconds' worth of them at once."""

    __slots__ = ("_left", "_per_second", "_since")

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left = float(per_second * BURST_S)
        self._since = time.monotonic()

    def take(self, frames: int = 1) -> bool:
        """Count frames; False when they are too many. Looks at the clock only when the allowance is used up."""
        self._left -= frames
        return self._left >= 0 or self._refill()

    def _refill(self) -> bool:
        now = time.monotonic()
        earned = (now - self._since) * self._per_second
        self._left = min(self._left + earned, self._per_second * BURST_S)
        self._since = now
        return self._left >= 0


class Outlet:
    """Sends frames without ever waiting, and knows how many the client has not reported yet.

    Beyond `most_frames` or `most_bytes` unreported it sends nothing but one `resume` and drops what comes, until the
    client has resumed. There is one for each socket, most of them idle: what an idle one does not need is made when it
    is needed, since an empty deque takes 600 bytes.
    """

    __slots__ = (
        "_bytes",
        "_finishing",
        "_most_bytes",
        "_most_frames",
        "_queue",
        "_room",
        "_send",
        "_sizes",
        "_taken",
        "lagging",
        "unreported_since",
    )

    def __init__(self, send: Send, most_frames: int, most_bytes: int) -> None:
        self._send = send
        self._most_frames = most_frames
        self._most_bytes = most_bytes
        self._sizes: list[int] = []
        self._bytes = 0
        self._taken = 0
        self._queue: deque[bytes] | None = None  # what waits behind the frame that is being sent
        self._finishing: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None  # of who waits for the client's report
        self.lagging = False
        self.unreported_since: float | None = None

    def put(self, frame: bytes) -> bool:
        """Send a frame, or drop it while the client lags. True if it is on its way."""
        if self.lagging:
            return False
        waiting = len(self._sizes)  # a single large frame to an idle client is fine
        if waiting and (waiting >= self._most_frames or self._bytes + len(frame) > self._most_bytes):
            self.lagging = True
            self._queue = None
            frame = RESUME
        size = len(frame)
        self._sizes.append(size)
        self._bytes += size
        if self.unreported_since is None:
            self.unreported_since = time.monotonic()
        self._start_or_wait(frame)
        return not self.lagging

    def put_last(self, frame: bytes) -> None:
        """Send a good-bye, to one who lags too; nothing goes after it."""
        self.lagging = True
        self._queue = None
        self._start_or_wait(frame)

    def reported(self, frames: int) -> None:
        """The client has taken `frames` frames since it connected."""
        sizes = self._sizes
        count = min(frames - self._taken, len(sizes))
        if count > 0:
            self._bytes -= sum(sizes[:count])
            self._taken += count
            del sizes[:count]
            # A report that tells of nothing new does not prolong the patience with who reads nothing.
            self.unreported_since = time.monotonic() if sizes else None
        if self._room is not None and not self._is_over_half():
            self._room.set()

    @property
    def report(self) -> dict[str, int]:
        """After so many frames or bytes a client reports: at half its allowance, so that it is never told to resume."""
        return {"frames": self._most_frames // 2, "bytes": self._most_bytes // 2}

    @property
    def sent(self) -> int:
        """How many frames have gone to the client since it connected, by its own count."""
        return self._taken + len(self._sizes)

    def resumed(self, frames: int) -> None:
        """The client starts again from its positions; what it did not take was dropped on purpose."""
        self._taken = frames
        self._sizes.clear()
        self._bytes = 0
        self.lagging = False
        self.unreported_since = None
        if self._room is not None:
            self._room.set()

    async def has_room(self) -> None:
        """Wait until at most half of the allowance is unreported: for catch-up, which can be large."""
        if self._is_over_half():
            self._room = self._room or asyncio.Event()
            self._room.clear()
            await self._room.wait()

    async def finish(self, seconds: float) -> None:
        """Let what is on its way leave, for so long at most."""
        if self._finishing is not None:
            await asyncio.wait([self._finishing], timeout=seconds)

    def stop(self) -> None:
        if self._finishing is not None:
            self._finishing.cancel()
        self._queue = None

    def _is_over_half(self) -> bool:
        return len(self._sizes) > self._most_frames // 2 or self._bytes > self._most_bytes // 2

    def _start_or_wait(self, frame: bytes) -> None:
        if self._finishing is None:
            self._start(frame)
        elif self._queue is None:
            self._queue = deque((frame,))
        else:
            self._queue.append(frame)

    def _start(self, frame: bytes) -> None:
        """Run the server's send up to its first wait. Most finish at once; the rest goes on in a task of its own."""
        sending = self._send({"type": "websocket.send", "bytes": frame})
        try:
            waiting_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - the socket is gone; its reader ends by itself
            self.stop()
            return
        self._finishing = asyncio.get_running_loop().create_task(self._finish(sending, waiting_for))

    async def _finish(self, sending: Coroutine[Any, Any, None], waiting_for: Any) -> None:
        try:
            with suppress(Exception):  # as above
                await _Rest(sending, waiting_for)
                while self._queue:
                    await self._send({"type": "websocket.send", "bytes": self._queue.popleft()})
        finally:
            self._queue = None
            self._finishing = None


class _Rest(Awaitable[None]):
    """Awaits the remainder of a coroutine that was already stepped once."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], first: Any) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, None]:
        waiting_for = self._first
        while True:
            try:
                value = yield waiting_for
            except BaseException as error:  # noqa: BLE001 - passed on to the coroutine, cancellation too
                step = partial(self._coroutine.throw, error)
            else:
                step = partial(self._coroutine.send, value)
            try:
                waiting_for = step()
            except StopIteration:
                return
