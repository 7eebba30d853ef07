"""One `Delivery` per process and event loop: journal, drain, hub, stream reader and doorbell together.

Opened with the first request in the running loop, since Daphne runs no lifespan, and closed by whoever opened it.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol

import psycopg
from psycopg_pool import AsyncConnectionPool

from chatops.delivery import wake
from chatops.delivery.doorbell import Doorbell
from chatops.delivery.drain import Drain
from chatops.delivery.hub import Hub, RoomTopic, removals_in
from chatops.delivery.journal import Journal
from chatops.delivery.limits import SendLimits
from chatops.delivery.lookups import Lookups
from chatops.delivery.pages import PAGE_EVENTS, SharedPages
from chatops.delivery.presence import Presence
from chatops.delivery.reader import StreamReader
from chatops.delivery.receipts import ReadMarks
from chatops.delivery.taken import TakenMarks
from chatops.delivery.typing import Typing
from chatops.store import live
from common import clock
from common.ids import user_id

log = logging.getLogger(__name__)

CLOSE_S = 5
PULL_PAUSE_S = 0.1
PULL_PAUSE_MOST_S = 2.0


class Session(Protocol):
    """A live socket, as Delivery manages it."""

    staff_id: int
    staff_number: str
    device_pk: int

    def flush_acks(self) -> None: ...
    def beat(self) -> None: ...
    def entered(self, entry: live.RoomEntry) -> None: ...
    async def recheck(self) -> None: ...


class Delivery:
    """The live line of one process."""

    def __init__(
        self, dsn: str, *, linger_ms: int = 1, pool_size: int = 4, sends_per_minute: int = 120
    ) -> None:
        self.pool: live.Pool = AsyncConnectionPool(
            dsn, min_size=1, max_size=pool_size, open=False, timeout=10, kwargs={"autocommit": True}
        )
        # What takes many statements goes past here: sends, look-ups and the reader always find a connection.
        self.long_readings = asyncio.Semaphore(max(1, pool_size - 2))
        self.lookups = Lookups(self.pool)
        self.hub = Hub(self._pull)
        self.pages = SharedPages(self.pool)
        self.journal = Journal(dsn, linger_ms / 1000, self._answered, self._committed)
        self.drain = Drain(dsn, self._drained)
        self.reader = StreamReader(self.pool, self.hub, self._entered, self._recheck)
        self.marks = ReadMarks(self.pool, self.drain.nudge)
        self.taken = TakenMarks()
        self.doorbell = Doorbell(self._heard)
        self.limits = SendLimits(sends_per_minute)
        self.sessions: set[Session] = set()
        self.acking: set[Session] = set()
        self.typing = Typing(self.reader.wake_room)
        self.presence = Presence(self.hub, self.doorbell.ring)
        self._pulling: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[None] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    async def ensure_open(self) -> None:
        """Open once; later calls wait for the first. Raises what opening raised, and the next call tries again."""
        if self._opening is None or (self._opening.done() and self._opening.exception()):
            self._opening = asyncio.get_running_loop().create_task(self._open())
        await asyncio.shield(self._opening)

    async def close(self) -> None:
        wake.detach(self)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, stuck = await asyncio.wait(self._tasks, timeout=CLOSE_S)
            for task in stuck:
                log.warning("live task did not end: %s", task.get_name())
        self._tasks.clear()
        await self.journal.close()
        await self.drain.close()
        await self.pool.close()

    async def _open(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.pool.open()  # without waiting: a pool that waited in vain could never be opened again
        self.reader.begin_at(await live.head(self.pool))
        for run in (
            self.journal.run,
            self.drain.run,
            self.reader.run,
            self.marks.run,
            self.taken.run,
            self.doorbell.run,
            self.presence.run,
            self._beat,
        ):
            self.spawn(run())
        wake.attach(self)

    def spawn(self, work: Any) -> None:
        """Run a coroutine beside the others; kept alive and cancelled on close."""
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("live task ended", exc_info=error)

    def committed_elsewhere(self) -> None:
        """A service of this process has committed. Call it from any thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.drain.nudge)

    async def head_of_time(self) -> None:
        """Take over the shared clock offset, for demo, drills and tests."""
        clock.apply_offset(timedelta(seconds=await live.clock_offset(self.pool)))

    def _answered(self) -> None:
        for session in tuple(self.acking):
            session.flush_acks()
        self.acking.clear()

    def _committed(self, room: int, events: list[dict[str, Any]]) -> None:
        self._forget_withdrawn(room, events)
        self.hub.forward(room, events, first_to=self.acking)
        self.drain.nudge()

    async def _drained(self, head: int) -> None:
        self.reader.nudge()
        await self.doorbell.ring({"pos": head})

    def _heard(self, message: dict[str, Any]) -> None:
        if "typing" in message:
            self._typing_heard(message["typing"])
        elif "presence" in message:
            self.presence.heard(message["presence"])
        elif "drain" in message:
            self.drain.nudge()
        elif message.get("pos", 0) > self.reader.pos:
            self.reader.nudge()

    def _typing_heard(self, typing: dict[str, Any]) -> None:
        self.typing.heard(typing["room"], typing["staff"], typing["until_ms"])
        self.hub.to_room(typing["room"], typing["frame"], but=typing["staff"])

    async def set_typing(self, room: int, staff_id: int, until_ms: int, frame: bytes) -> None:
        """Tell the room, on every process, that a person types (for `until_ms`) or stopped (0); without Redis on this
        process alone."""
        typing = {"room": room, "staff": staff_id, "until_ms": until_ms, "frame": frame}
        if not await self.doorbell.ring({"typing": typing}):
            self._typing_heard(typing)

    def _pull(self, topic: RoomTopic, last: int) -> None:
        """Fetch and forward what was missed; one fetch a room at a time, the newest goal wins."""
        if topic.room in self._pulling:
            self._pulling[topic.room] = max(self._pulling[topic.room], last)
            return
        self._pulling[topic.room] = last
        self.spawn(self._pull_room(topic.room))

    async def _pull_room(self, room: int) -> None:
        """The topic is looked up anew each time, since its last listener may go and another come meanwhile; and
        nobody else comes again for a room that then falls silent, so a lost database is waited for here."""
        pause = PULL_PAUSE_S
        try:
            while (topic := self.hub.rooms.get(room)) is not None and topic.head < self._pulling[room]:
                try:
                    if not await self._pull_page(topic, self._pulling[room]):
                        return
                    pause = PULL_PAUSE_S
                except (psycopg.Error, TimeoutError) as error:
                    log.warning("room %s waits for the database: %s", topic.room_id, error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, PULL_PAUSE_MOST_S)
        finally:
            self._pulling.pop(room, None)

    async def _pull_page(self, topic: RoomTopic, goal: int) -> bool:
        """Forward the next page. False if there is none."""
        events, members = await live.events_after(
            self.pool, topic.room, topic.room_id, topic.head, goal, PAGE_EVENTS
        )
        if not events:
            log.warning("room %s has nothing after %s, wanted %s", topic.room_id, topic.head, goal)
            return False
        if self.hub.rooms.get(topic.room) is topic:
            self._forget_withdrawn(topic.room, events)
            removals = removals_in(events, self._people(topic)) if members else []
            self.hub.forward(topic.room, events, removals)
            if removals:
                self.spawn(self._return(topic.room, {removal.staff_id for removal in removals}))
        return True

    async def _return(self, room: int, staff_ids: Iterable[int]) -> None:
        """Who was removed may have joined again before the removal was carried out here; then that news is spent."""
        for staff_id in staff_ids:
            await self._entered(staff_id, room)

    def _forget_withdrawn(self, room: int, events: list[dict[str, Any]]) -> None:
        if any(event["type"] == "m.room.redaction" for event in events):
            self.pages.forget(room)

    def _people(self, topic: RoomTopic) -> dict[str, int]:
        here = {session.staff_id: session for session in self.sessions}
        return {
            user_id(here[listener.staff_id].staff_number): listener.staff_id
            for listener in topic.listeners
            if listener.staff_id in here
        }

    async def _entered(self, staff_id: int, room: int) -> None:
        """A person's membership changed. Who has joined listens from now on; a removal is the hub's to carry out, at
        its place among the events: this news may be older than what the database says by now."""
        for entry in await live.rooms_of(self.pool, staff_id, room):
            for session in [session for session in self.sessions if session.staff_id == staff_id]:
                session.entered(entry)

    async def _recheck(self, staff_id: int | None, device: int | None) -> None:
        for session in [s for s in self.sessions if s.staff_id == staff_id or s.device_pk == device]:
            self.spawn(session.recheck())

    async def _beat(self) -> None:
        """Every 15 s: the heads of its rooms to each socket, so that a silent loss is found (decisions 10)."""
        while True:
            for _ in range(15):
                await asyncio.sleep(1)
                try:
                    await self.head_of_time()
                except (psycopg.Error, TimeoutError):
                    continue
            for session in tuple(self.sessions):
                session.beat()
