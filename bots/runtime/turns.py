"""One at a time per key, and at most one waiting: what came in between is seen by the one that waits.

procrastinate's own locks would do across processes, but a job that waits for one is found again only at the
next poll; and the worker's seat is held by one process anyway.
"""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary


class Turns:
    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: set[str] = set()

    async def take(self, key: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run `work` when nobody else does it under this key. Returns at once when another waits already.

        The one that waits begins later than this call, so it sees all that this caller has seen.
        """
        if key in self._waiting:
            return
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting.add(key)
        try:
            await lock.acquire()
        finally:
            self._waiting.discard(key)
        try:
            await work()
        finally:
            lock.release()
