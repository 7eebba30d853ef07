"""GET /sync: a long poll that holds no thread (decisions 1)."""

import asyncio
from collections import OrderedDict
from typing import Any

from chatops.delivery.delivery import Delivery
from chatops.delivery.reader import WIDE
from chatops.matrix.answer import Collected, Collector, FutureTokenError, skeleton
from chatops.matrix.endpoints.account import load_filter
from chatops.matrix.filters import SyncFilter
from chatops.matrix.identity import Recent, identify
from chatops.matrix.news import News
from chatops.matrix.requests import Request
from chatops.matrix.tokens import SyncToken, bad_token, read_sync
from chatops.store.matrix import sync as store
from chatops.store.matrix.sync import NO_KEYS, Keys

MOST_WAIT_MS = 50_000  # below the proxies' 60 s; matrix-nio gives up at its own timeout + 15 s
KEPT_ROOMS = 20_000
# Who asks again at once gets the news of up to this long together. All wake at the same beat, since what many are told
# alike is read once.
BEAT_S = 0.08
# A bot that writes to a whole city changes a hundred rooms a second, nearly all of them by its own words.
WIDE_BEAT_S = 0.5


class Syncs:
    """Remembers, by device, the rooms and the keys that were left as of a token that this process gave out."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[int, tuple[str, int, frozenset[int], Keys]] = OrderedDict()
        self._news = News()
        self._recent = Recent()

    async def sync(self, request: Request) -> dict[str, Any]:
        await self._recent.identify(request)
        await request.body()
        given = request.query.get("since")
        since = read_sync(given) if given else None
        full_state = request.query.get("full_state") == "true"
        wait_s = request.number("timeout", 0, most=MOST_WAIT_MS) / 1000
        if since is None or full_state:
            wait_s = 0
        sieve = await load_filter(request)
        collector = Collector(request.delivery, request.actor, sieve, full_state=full_state)
        try:
            return await self._poll(request, sieve, collector, since, wait_s)
        except FutureTokenError:
            raise bad_token("since") from None

    async def _poll(
        self,
        request: Request,
        sieve: SyncFilter,
        collector: Collector,
        since: SyncToken | None,
        wait_s: float,
    ) -> dict[str, Any]:
        """Enter the watch first, then read, then wait: nothing falls between."""
        staff, delivery = request.actor.staff_id, request.delivery
        loop = asyncio.get_running_loop()
        asked = loop.time()
        deadline = asked + wait_s
        if not wait_s and await store.drain_now(delivery.pool):
            delivery.drain.nudge()  # who does not wait sees at least what was answered before
            delivery.reader.nudge()
        rooms, keys = self._known(request, since)
        while True:
            known = rooms is not None and wait_s > 0
            rooms = rooms or frozenset(await store.my_rooms(delivery.pool, staff))
            with delivery.reader.watch(staff, rooms) as happened:
                if not (known and self._is_current(request, since)):
                    collected = None
                    if known and since is not None:
                        collected = await self._news.collect(
                            delivery, request.actor, sieve, since, rooms, keys
                        )
                    collected = collected or await _all_that_changed(delivery, collector, since)
                    asked, watched = loop.time(), rooms
                    rooms = collected.rooms_after(watched)
                    self._remember(request, rooms, collected)
                    keys = collected.keys
                    if collected.body is not None:
                        return collected.body
                    since = collected.token
                    if rooms is not watched and loop.time() < deadline:
                        continue  # came into a room that the filter hides: watch it too
                left_s = deadline - loop.time()
                if left_s <= 0:
                    return _empty(since, keys)
                # What a filter hides wakes too: not more often than anybody is answered.
                beat_s = WIDE_BEAT_S if rooms and len(rooms) > WIDE else BEAT_S
                if await request.wait(happened, left_s) and loop.time() < asked + beat_s:
                    await asyncio.sleep(beat_s - loop.time() % beat_s)
                if happened.recheck:
                    self._recent.forget(request)
                    await identify(request)

    def _is_current(self, request: Request, since: SyncToken | None) -> bool:
        """The reader has told of nothing after the token: what comes will wake us, so no query is needed."""
        delivery = request.delivery
        return (
            since is not None and since.pos >= delivery.reader.pos and since.typing == delivery.typing.serial
        )

    def _known(self, request: Request, since: SyncToken | None) -> tuple[frozenset[int] | None, Keys]:
        nothing = ("", -1, frozenset[int](), NO_KEYS)
        epoch, pos, rooms, keys = self._rooms.get(request.actor.device_id or 0, nothing)
        same = since is not None and (epoch, pos) == (since.epoch, since.pos)
        return (rooms, keys) if same else (None, NO_KEYS)

    def _remember(self, request: Request, rooms: frozenset[int] | None, collected: Collected) -> None:
        device = request.actor.device_id or 0
        if rooms is None:
            self._rooms.pop(device, None)
            return
        self._rooms[device] = (collected.token.epoch, collected.token.pos, rooms, collected.keys)
        self._rooms.move_to_end(device)
        while len(self._rooms) > KEPT_ROOMS:
            self._rooms.popitem(last=False)


async def _all_that_changed(delivery: Delivery, collector: Collector, since: SyncToken | None) -> Collected:
    async with delivery.long_readings:
        return await collector.collect(since)


def _empty(since: SyncToken | None, keys: Keys) -> dict[str, Any]:
    nothing: dict[str, Any] = {"join": {}, "invite": {}, "knock": {}, "leave": {}}
    return {"next_batch": str(since), **skeleton(nothing, [], keys)}
