"""Read positions on their way to the database: latest wins, written twice a second, never in the way of messages."""

import asyncio
import logging
from collections.abc import Callable

import psycopg

from chatops.store import live

log = logging.getLogger(__name__)

FLUSH_S = 0.5
AT_MOST = 1000


class ReadMarks:
    """Collects marks (room, person) → position. What cannot be written waits for the next round."""

    def __init__(self, pool: live.Pool, written: Callable[[], None]) -> None:
        self._pool = pool
        self._marks: dict[tuple[int, int], int] = {}
        self._written = written

    def mark(self, room: int, staff_id: int, seq: int) -> None:
        """Person has read the room up to `seq`; when is kept nowhere. An older position changes nothing."""
        if self._marks.get((room, staff_id), 0) < seq:
            self._marks[room, staff_id] = seq

    async def run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            if self._marks:
                await self.flush()

    async def flush(self) -> None:
        keys = list(self._marks)[:AT_MOST]
        marks = [(room, staff, self._marks.pop((room, staff))) for room, staff in keys]
        try:
            await live.mark_read(self._pool, marks)
            self._written()
        except psycopg.Error as error:
            log.warning("read marks wait for the database: %s", error)
            for room, staff, seq in marks:
                self.mark(room, staff, seq)
