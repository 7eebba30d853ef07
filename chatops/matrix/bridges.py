"""Transactions to application services: in order, one on its way, the same body until it is taken.

One process of all does it for a service, by a lock in the database; another takes over when it dies. The place in the
stream moves only after the service has answered, so that what it misses is told again: at least once.
"""

import asyncio
import logging
import random
import re
from itertools import islice
from typing import Any

import httpx
import psycopg
from psycopg_pool import PoolTimeout

from chatops.delivery.delivery import Delivery
from chatops.matrix.events import client_event
from chatops.store.matrix import bridges as store
from chatops.store.matrix import events as event_store
from chatops.store.matrix.bridges import Feed
from chatops.store.matrix.events import EventRow
from common.ids import user_id

log = logging.getLogger(__name__)

LOOK_S, LIST_S = 0.05, 2.0
PAGE, MOST_EVENTS = 500, 100
TIMEOUT_S = 30
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 300.0
LOCK_SPACE = 0x745A00
FAULTS = (psycopg.Error, PoolTimeout, TimeoutError, OSError)

Json = dict[str, Any]


class Bridges:
    """Runs beside the live line of a process. `run` until cancelled."""

    def __init__(self, delivery: Delivery, dsn: str) -> None:
        self._delivery = delivery
        self._dsn = dsn
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._look()
                except FAULTS as error:
                    log.warning("application services wait for the database: %s", error)
                await asyncio.sleep(LIST_S)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self) -> None:
        """One task for each active service; those of stopped services end."""
        wanted = {feed.id for feed in await store.feeds(self._delivery.pool)}
        for service, task in list(self._running.items()):
            if service not in wanted or task.done():
                task.cancel()
                del self._running[service]
        for service in wanted - set(self._running):
            self._running[service] = asyncio.create_task(self._lead(service))

    async def _lead(self, service: str) -> None:
        """Follow the stream for one service while this process holds its lock."""
        try:
            async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as lock:
                ask = "SELECT pg_try_advisory_lock(%s::int, hashtext(%s))"
                while True:
                    cursor = await lock.execute(ask, [LOCK_SPACE, service])
                    row = await cursor.fetchone()
                    if row and row[0]:
                        await self._follow(service, lock)
                        return
                    await asyncio.sleep(LIST_S)
        except FAULTS as error:
            log.warning("application service %s waits for the database: %s", service, error)

    async def _follow(self, service: str, lock: psycopg.AsyncConnection) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
            beat = 0.0
            while True:
                feed = await self._feed(service)
                if feed is None:
                    return
                if feed.pending is None and not await self._prepare(feed):
                    await self._wait_beyond(feed.pos)
                    if (now := asyncio.get_running_loop().time()) > beat + 1:
                        beat = now
                        await lock.execute("SELECT 1")  # a lost connection has lost the lock
                    continue
                await self._push(client, service)

    async def _feed(self, service: str) -> Feed | None:
        return next((feed for feed in await store.feeds(self._delivery.pool) if feed.id == service), None)

    async def _wait_beyond(self, pos: int) -> None:
        """Until the stream has gone on, or a second at most."""
        until = asyncio.get_running_loop().time() + 1
        while self._delivery.reader.pos <= pos and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)

    async def _prepare(self, feed: Feed) -> bool:
        """Keep the next transaction; False when there is nothing new in the stream."""
        pool = self._delivery.pool
        head = await store.head(pool)
        if head <= feed.pos:
            return False
        rows = await store.page(pool, feed.pos, PAGE)
        wanted = await _Interest(feed).choose(pool, rows)
        if not wanted:
            await store.pass_by(pool, feed.id, rows[-1][0] if len(rows) == PAGE else head)
            return True
        through = wanted[-1][0] if len(wanted) == MOST_EVENTS else rows[-1][0]
        events = await store.events(pool, [(room, seq) for _pos, room, seq in wanted])
        await store.keep(pool, feed.id, {"events": await self._bodies(events)}, through)
        return True

    async def _bodies(self, rows: list[EventRow]) -> list[Json]:
        pool = self._delivery.pool
        rooms = await store.names(pool, list({row.room for row in rows}))
        ends: dict[
            int, int
        ] = {}  # nothing is said that is not among them: who is told of one may not be of the next
        for row in rows:
            ends[row.room] = max(row.seq, ends.get(row.room, 0))
        found = await event_store.decorations(pool, rows, ends=ends)
        return [client_event(row, device=None, room_id=rooms[row.room][0], decorations=found) for row in rows]

    async def _push(self, client: httpx.AsyncClient, service: str) -> None:
        feed = await self._feed(service)
        if feed is None or feed.pending is None:
            return
        target = f"{feed.url}/_matrix/app/v1/transactions/{feed.txn}"
        try:
            answer = await client.put(
                target, json=feed.pending, headers={"Authorization": f"Bearer {feed.token}"}
            )
            taken, why = answer.is_success, f"answer {answer.status_code}"
        except httpx.HTTPError as error:
            taken, why = False, f"{type(error).__name__}: {error}"
        if taken:
            await store.taken(self._delivery.pool, service)
            return
        failures = await store.failed(self._delivery.pool, service)
        if failures == 1:
            log.warning("application service %s did not take a transaction, trying again: %s", service, why)
        wait = min(FIRST_WAIT_S * 2 ** min(failures - 1, 20), LONGEST_WAIT_S)
        await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads, hides nothing


class _Interest:
    """Which events a service is told: what its users may read, and rooms of its namespace by id or alias."""

    def __init__(self, feed: Feed) -> None:
        self._patterns = {
            kind: [re.compile(rule["regex"]) for rule in feed.namespaces.get(kind, [])]
            for kind in ("users", "aliases", "rooms")
        }
        self._patterns["users"].append(re.compile(re.escape(user_id(feed.sender))))

    async def choose(self, pool: Any, rows: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        if not rows:
            return []
        keys = list({room for _pos, room, _seq in rows})
        present, names = await store.present(pool, keys), await store.names(pool, keys)
        users = {
            room: [one for one in bots if self._holds("users", user_id(one.staff_number))]
            for room, bots in present.items()
        }
        whole = {
            room
            for room in keys
            if self._holds("rooms", names[room][0])
            or any(self._holds("aliases", alias) for alias in names[room][1])
        }
        mine = (
            row for row in rows if row[1] in whole or any(one.reads(row[2]) for one in users.get(row[1], ()))
        )
        return list(islice(mine, MOST_EVENTS))

    def _holds(self, kind: str, name: str) -> bool:
        return any(pattern.fullmatch(name) for pattern in self._patterns[kind])
