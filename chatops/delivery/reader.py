"""The reader: follows the stream in this process and tells local listeners what changed.

Every change reaches this point exactly once and in order, whoever wrote it: rooms that moved without a wake-up,
receipts, frames for a person, changed rights, revoked devices; and long polls that wait for any of them.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg

from chatops.delivery.hub import Hub
from chatops.delivery.taken import is_followed
from chatops.store import live
from chatops.store.live import Change
from chatops.store.models import StreamKind

log = logging.getLogger(__name__)

PAGE = 1000
# Who is in more rooms than these (a bot that talks to a whole city) is asked at each change, not entered in each room.
WIDE = 500
KEPT_CHANGES = 4000
RECHECKED = frozenset({StreamKind.RIGHTS, StreamKind.DEVICE_REVOKED})


class Watch(asyncio.Event):
    """Set when something happened; `recheck` when it was to the person's rights or devices."""

    recheck = False


class StreamReader:
    """`pos` is the last position that was told on; the newest changes up to it are kept.

    `entered(staff, room)` handles a change of somebody's membership, `recheck(staff, device)` a change of rights
    (device None) or a revoked device.
    """

    def __init__(
        self,
        pool: live.Pool,
        hub: Hub,
        entered: Callable[[int, int], Awaitable[None]],
        recheck: Callable[[int | None, int | None], Awaitable[None]],
    ) -> None:
        self.pos = 0
        self._pool = pool
        self._hub = hub
        self._entered = entered
        self._recheck = recheck
        self._wake = asyncio.Event()
        self._room_waiters: dict[int, set[Watch]] = defaultdict(set)
        self._person_waiters: dict[int, set[Watch]] = defaultdict(set)
        self._wide: dict[Watch, Collection[int]] = {}
        self._tail: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._tail_after = 0

    def begin_at(self, pos: int) -> None:
        """Follow from this position; what lies before it is not known here."""
        self.pos = self._tail_after = pos
        self._tail.clear()

    def after(self, pos: int) -> list[Change] | None:
        """The changes after `pos` that were told on, in order; None when they begin before what is kept."""
        if pos < self._tail_after:
            return None
        found = []
        for change in reversed(self._tail):
            if change.pos <= pos:
                break
            found.append(change)
        return found[::-1]

    def nudge(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Follow until cancelled. Without a nudge the head is read once a second."""
        while True:
            try:
                async with asyncio.timeout(1):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                while await self._read_page() == PAGE:
                    pass
            except (psycopg.Error, TimeoutError) as error:
                log.warning("stream not readable, trying again: %s", error)
                await asyncio.sleep(0.5)

    @contextmanager
    def watch(self, staff_id: int, rooms: Collection[int]) -> Iterator[Watch]:
        """An event that is set when something happens to the person or in one of the rooms (a set).

        Enter first, then read the database, then wait: nothing falls between.
        """
        happened = Watch()
        places = [self._person_waiters[staff_id]]
        if len(rooms) > WIDE:
            self._wide[happened] = rooms
        else:
            places += [self._room_waiters[room] for room in rooms]
        for place in places:
            place.add(happened)
        try:
            yield happened
        finally:
            self._wide.pop(happened, None)
            for place in places:
                place.discard(happened)

    def wake_room(self, room: int) -> None:
        """Something that is not in the stream (typing) changed in a room."""
        for happened in self._room_waiters.get(room, ()):
            happened.set()
        for happened, rooms in self._wide.items():
            if room in rooms:
                happened.set()

    async def _read_page(self) -> int:
        changes = await live.changes_after(self._pool, self.pos, PAGE)
        moves: dict[int, list[list[int]]] = defaultdict(list)
        notes: dict[tuple[int, str, str], dict[str, Any]] = {}
        for change in changes:
            await self._tell(change, moves)
            _keep_note(change, notes)
            self._wake_waiters(change)
            self._keep(change)
            self.pos = change.pos  # last: what a lost database interrupts is told again
        for room, pairs in moves.items():
            topic = self._hub.rooms.get(room)
            if topic is not None:
                frame = orjson.dumps({"type": "receipts", "room": topic.room_id, "moves": pairs})
                self._hub.to_room(room, frame)
        for (room, _, _), body in notes.items():
            if topic := self._hub.rooms.get(room):
                self._hub.to_room(room, orjson.dumps({"type": "room_note", "room": topic.room_id, **body}))
        return len(changes)

    def _keep(self, change: Change) -> None:
        if len(self._tail) == KEPT_CHANGES:
            self._tail_after = self._tail[0].pos
        self._tail.append(change)

    async def _tell(self, change: Change, moves: dict[int, list[list[int]]]) -> None:
        match change:
            case Change(kind=StreamKind.EVENT, room=int(room), ref=int(seq), staff=staff):
                self._hub.moved(room, seq)
                if staff is not None and staff in self._hub.people:
                    await self._entered(staff, room)
            case Change(kind=StreamKind.RECEIPT, room=int(room), staff=int(staff), ref=int(seq), body=body):
                if topic := self._hub.rooms.get(room):
                    moves[room].append([body["old"], seq])
                    self._hub.to_person(
                        staff,
                        orjson.dumps({"type": "read", "room": topic.room_id, "seq": seq, "pos": change.pos}),
                    )
            case Change(kind=StreamKind.PERSON, staff=int(staff), body=body):
                frame = orjson.dumps({"type": "person", "pos": change.pos, **body})
                follow = change.pos if is_followed(body.get("kind")) else None
                self._hub.to_person(staff, frame, follow=follow)
            case Change(kind=StreamKind.RIGHTS, staff=int(staff)):
                await self._recheck(staff, None)
            case Change(kind=StreamKind.DEVICE_REVOKED, ref=int(device)):
                await self._recheck(None, device)

    def _wake_waiters(self, change: Change) -> None:
        if change.room is not None:
            self.wake_room(change.room)
        if change.staff is not None:
            for happened in self._person_waiters.get(change.staff, ()):
                happened.recheck = happened.recheck or change.kind in RECHECKED
                happened.set()
        for waiters, key in ((self._room_waiters, change.room), (self._person_waiters, change.staff)):
            if key is not None and key in waiters and not waiters[key]:
                del waiters[key]


def _keep_note(change: Change, notes: dict[tuple[int, str, str], dict[str, Any]]) -> None:
    """The newest note of each kind and key in this page: what came before it is of no use any more."""
    if change.kind == StreamKind.ROOM and change.room is not None:
        body = dict(change.body)
        notes[change.room, body["kind"], body.pop("key", "")] = body
