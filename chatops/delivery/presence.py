"""Who is on line in the rooms that somebody looks at: in memory only, never stored, never with a time.

A client says which room it shows. Its process asks the others by the doorbell who is there; each answers for its own
sockets as long as it is asked. Changes are told to who looks, at most once a second and room. Without Redis each
process knows its own.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import orjson

from chatops.delivery.hub import Hub
from common.ids import user_id

EVERY_S = 1.0
ASK_EVERY_S = 20.0
KEEP_S = 60.0
MOST = 300


class Watcher(Protocol):
    """A live socket that shows a room."""

    staff_id: int
    staff_number: str

    def deliver(self, frame: bytes, room: int | None) -> None: ...


class Presence:
    """`ring` reaches the other processes and never raises."""

    def __init__(self, hub: Hub, ring: Callable[[dict[str, Any]], Awaitable[object]]) -> None:
        self._hub = hub
        self._ring = ring
        self._process = secrets.token_hex(4)
        self._watched: dict[int, set[Watcher]] = {}
        self._room_of: dict[Watcher, int] = {}
        self._told: dict[int, frozenset[str]] = {}
        self._elsewhere: dict[int, dict[str, tuple[float, frozenset[str]]]] = {}
        self._asked_until: dict[int, float] = {}
        self._answered: dict[int, frozenset[str]] = {}
        self._ask_at: dict[int, float] = {}

    def watch(self, watcher: Watcher, room: int | None) -> None:
        """This client now shows this room, or none."""
        before = self._room_of.pop(watcher, None)
        if before is not None and (watchers := self._watched.get(before)):
            watchers.discard(watcher)
            if not watchers:
                self._forget(before)
        if room is not None:
            self._room_of[watcher] = room
            self._watched.setdefault(room, set()).add(watcher)
            self._told.pop(room, None)  # so that the new one hears it too

    def left(self, watcher: Watcher, room: int) -> None:
        """Out of a room: what goes on there is no more of this client's business."""
        if self._room_of.get(watcher) == room:
            self.watch(watcher, None)

    def _forget(self, room: int) -> None:
        for known in (self._watched, self._told, self._elsewhere, self._ask_at):
            known.pop(room, None)

    def heard(self, message: dict[str, Any]) -> None:
        """From another process: a question, or its answer."""
        if message["process"] == self._process:
            return
        room, now = message["room"], asyncio.get_running_loop().time()
        if "users" not in message:
            self._asked_until[room] = now + KEEP_S
            self._answered.pop(room, None)  # who asks may have just begun
        elif room in self._watched:
            here = self._elsewhere.setdefault(room, {})
            here[message["process"]] = (now + KEEP_S, frozenset(message["users"]))

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.beat(asyncio.get_running_loop().time())

    async def beat(self, now: float) -> None:
        """Ask, answer and tell what has changed."""
        for room in [room for room in self._watched if self._ask_at.get(room, 0.0) <= now]:
            self._ask_at[room] = now + ASK_EVERY_S
            await self._ring({"presence": {"room": room, "process": self._process}})
        for room, until in list(self._asked_until.items()):
            if until <= now:
                del self._asked_until[room]
                self._answered.pop(room, None)
            elif (users := self._here(room)) != self._answered.get(room):
                self._answered[room] = users
                await self._ring(
                    {"presence": {"room": room, "process": self._process, "users": sorted(users)}}
                )
        for room in list(self._watched):
            self._tell(room, now)

    def _tell(self, room: int, now: float) -> None:
        answers = self._elsewhere.get(room, {})
        users = self._here(room).union(*(users for until, users in answers.values() if until > now))
        topic = self._hub.rooms.get(room)
        if topic is None or users == self._told.get(room):
            return
        self._told[room] = users
        online = sorted(users)
        frame = orjson.dumps(
            {"type": "presence", "room": topic.room_id, "online": online[:MOST], "count": len(online)}
        )
        for watcher in tuple(self._watched[room]):
            watcher.deliver(frame, None)

    def _here(self, room: int) -> frozenset[str]:
        topic = self._hub.rooms.get(room)
        return frozenset(_users(topic.listeners)) if topic else frozenset()


def _users(listeners: Iterable[Any]) -> Iterable[str]:
    return (user_id(listener.staff_number) for listener in listeners)
