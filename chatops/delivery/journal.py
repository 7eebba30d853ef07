"""The journal: one writer per process that commits whatever has arrived in one transaction (architecture §5).

It commits at once when idle and lingers about a millisecond under load. Acknowledgements are given after the commit,
first in the fan-out. Rooms locked by somebody else are left out and tried again, a batch that PostgreSQL refuses is
tried one by one, so that nobody waits for a stranger (decisions 4).
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import psycopg

from chatops.store import append
from chatops.store.append import Appended, Item
from common.ids import user_id

log = logging.getLogger(__name__)

BATCH = 256
WAITING_LIMIT = 20_000
BUSY_WAIT_S = 0.02
REFUSED = Appended("bad_content", "", 0, 0, 0)
OVERLOADED = Appended("overloaded", "", 0, 0, 0)


@dataclass(slots=True)
class Entry:
    """An event on its way: the item, its public names, whom to tell, and whether it mentions somebody."""

    item: Item
    room_id: str
    staff_number: str
    reply: Callable[[Appended], None]
    mentioned: bool = False

    def event(self, answer: Appended) -> dict[str, Any]:
        """The event as clients see it (docs/protocol.md), from what was sent and where it was put."""
        item = self.item
        event: dict[str, Any] = {
            "event_id": answer.event_id,
            "room": self.room_id,
            "seq": answer.seq,
            "n": answer.n,
            "type": item["type"],
            "sender": user_id(self.staff_number),
            "ts": answer.ts,
            "content": item["content"],
        }
        if item.get("acting") is not None:
            event["acting"] = item["acting"]
        if item["countable"]:
            event["counts"] = True
        return event


class Journal:
    """Queue and writer. After each commit: all replies, then `committed(room, events)` per room, then `answered()`."""

    def __init__(
        self,
        dsn: str,
        linger_s: float,
        answered: Callable[[], None],
        committed: Callable[[int, list[dict[str, Any]]], None],
    ) -> None:
        self._dsn = dsn
        self._linger_s = linger_s
        self._answered = answered
        self._committed = committed
        self._waiting: list[Entry] = []
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection | None = None

    def submit(self, entry: Entry) -> None:
        """Queue an event whose content was checked. `entry.reply` is called once, in the loop."""
        if len(self._waiting) >= WAITING_LIMIT:
            entry.reply(OVERLOADED)
            return
        self._waiting.append(entry)
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; a lost database is tried again with a growing pause, entries keep waiting."""
        crowded, pause = False, 0.1
        while True:
            await self._wake.wait()
            if crowded and self._linger_s:
                await asyncio.sleep(self._linger_s)
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting:
                self._wake.clear()
            if not batch:
                continue
            crowded = len(batch) > 1
            try:
                await self._commit(batch)
                pause = 0.1
            except psycopg.OperationalError as error:
                # Nothing was acknowledged; transaction ids make the repetition harmless if it was committed after all.
                log.warning("database lost, %d events wait: %s", len(batch) + len(self._waiting), error)
                self._waiting[:0] = batch
                self._wake.set()
                await self._disconnect()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def close(self) -> None:
        await self._disconnect()

    async def _commit(self, batch: list[Entry]) -> None:
        try:
            answers = await self._append([entry.item for entry in batch])
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            if len(batch) == 1:
                log.warning("event refused by the database: %s", error)
                batch[0].reply(REFUSED)
                self._answered()
                return
            for entry in batch:
                await self._commit([entry])
            return
        self._settle(batch, answers)

    def _settle(self, batch: list[Entry], answers: list[Appended]) -> None:
        stored: list[tuple[Entry, Appended]] = []
        busy: list[Entry] = []
        for entry, answer in zip(batch, answers, strict=True):
            if answer.status == "busy":
                busy.append(entry)
                continue
            if answer.status == "ok":
                stored.append((entry, answer))
            entry.reply(answer)
        if busy:
            asyncio.get_running_loop().call_later(BUSY_WAIT_S, self._again, busy)
        stored.sort(key=lambda pair: (pair[0].item["room"], pair[1].seq))
        try:
            for room, pairs in groupby(stored, key=lambda pair: pair[0].item["room"]):
                self._committed(room, [entry.event(answer) for entry, answer in pairs])
        finally:
            self._answered()

    def _again(self, busy: list[Entry]) -> None:
        self._waiting[:0] = busy
        self._wake.set()

    async def _append(self, items: list[Item]) -> list[Appended]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        cursor = await self._connection.execute(append.SQL, append.arguments(items, wait=False), prepare=True)
        return append.decode(await cursor.fetchall(), len(items))

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
