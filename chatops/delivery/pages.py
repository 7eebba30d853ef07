"""Catch-up pages, encoded once and shared: after a restart hundreds of sockets ask for the same range."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from chatops.store import live
from chatops.store.frames import events_frame

PAGE_EVENTS = 200
KEPT = 64


@dataclass(frozen=True, slots=True)
class Page:
    """Events first..last of a room as one frame; `last` equals `first - 1` when there is nothing."""

    last: int
    frame: bytes | None


class SharedPages:
    """Pages by (room, after, through). Concurrent asks share one query; a few hundred pages are kept."""

    def __init__(self, pool: live.Pool) -> None:
        self._pool = pool
        self._pages: OrderedDict[tuple[int, int, int], asyncio.Future[Page]] = OrderedDict()

    async def get(self, room: int, room_id: str, after: int, through: int) -> Page:
        """The next page after position `after`, up to `through`."""
        key = (room, after, through)
        known = self._pages.get(key)
        if known is None or (known.done() and (known.cancelled() or known.exception())):
            known = self._pages[key] = asyncio.ensure_future(self._load(room, room_id, after, through))
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(key)
        return await asyncio.shield(known)

    def forget(self, room: int) -> None:
        """Drop a room's pages, after an event in it was withdrawn."""
        for key in [key for key in self._pages if key[0] == room]:
            del self._pages[key]

    async def _load(self, room: int, room_id: str, after: int, through: int) -> Page:
        events, _ = await live.events_after(self._pool, room, room_id, after, through, PAGE_EVENTS)
        if not events:
            return Page(after, None)
        last = events[-1]["seq"]
        return Page(last, events_frame(room_id, events))
