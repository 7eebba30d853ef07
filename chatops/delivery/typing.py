"""Who is typing, in this process's memory only: heard by the doorbell, forgotten by the clock, never stored."""

import asyncio
import time
from collections.abc import Callable


class Typing:
    """`changed(room)` is called when the set of people who type in a room has changed.

    `serial` rises with each change, and like wall-clock milliseconds, so that a token of one process means nearly the
    same in another.
    """

    def __init__(self, changed: Callable[[int], None]) -> None:
        self.serial = 0
        self._changed = changed
        self._until: dict[int, dict[int, float]] = {}
        self._moved: dict[int, int] = {}

    def heard(self, room: int, staff_id: int, until_ms: int) -> None:
        """A person types for so long, or has stopped (0)."""
        people = self._until.setdefault(room, {})
        if not until_ms:
            if people.pop(staff_id, None) is not None:
                self._move(room)
            return
        loop = asyncio.get_running_loop()
        is_new = staff_id not in people
        until = people[staff_id] = loop.time() + until_ms / 1000
        loop.call_at(until, self._expire, room, staff_id)
        if is_new:
            self._move(room)

    def people(self, room: int) -> list[int]:
        """Staff keys, in the order in which they began."""
        return list(self._until.get(room, ()))

    def rooms_after(self, serial: int) -> list[int]:
        """Rooms whose typing changed after `serial`."""
        return [room for room, moved in self._moved.items() if moved > serial]

    def busy_rooms(self) -> list[int]:
        return [room for room, people in self._until.items() if people]

    def _expire(self, room: int, staff_id: int) -> None:
        people = self._until.get(room, {})
        if people.get(staff_id, float("inf")) <= asyncio.get_running_loop().time():
            del people[staff_id]
            self._move(room)

    def _move(self, room: int) -> None:
        self.serial = self._moved[room] = max(self.serial + 1, time.time_ns() // 1_000_000)
        if not self._until.get(room):
            self._until.pop(room, None)
        self._changed(room)
