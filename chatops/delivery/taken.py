"""How far people's clients have taken the frames that ask for it: latest wins, told twice a second.

A floor above says which kinds of person frames it wants to know about (`follow`) and subscribes to `FramesTaken`.
What is lost in a crash is told again with the client's next `hello`.
"""

import asyncio
import logging

from django.db import Error as DatabaseError

from chatops.events import FramesTaken
from common import events
from common.aio import call_service

log = logging.getLogger(__name__)

FLUSH_S = 0.5
AT_MOST = 2000
_followed: set[str] = set()


def follow(kind: str) -> None:
    """Called once at start."""
    _followed.add(kind)


def is_followed(kind: object) -> bool:
    return kind in _followed


class TakenMarks:
    """Collects person → position. What cannot be told waits for the next round."""

    def __init__(self) -> None:
        self._marks: dict[int, int] = {}

    def mark(self, staff_id: int, pos: int) -> None:
        """The person has taken the frames up to `pos`; an older position changes nothing."""
        if _followed and self._marks.get(staff_id, -1) < pos:
            self._marks[staff_id] = pos

    async def run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            while self._marks:
                if not await self._flush():
                    break

    async def _flush(self) -> bool:
        taken = [(staff, self._marks.pop(staff)) for staff in list(self._marks)[:AT_MOST]]
        try:
            await call_service(events.publish, FramesTaken(tuple(taken)))
        except DatabaseError as error:
            log.warning("taken frames wait for the database: %s", error)
            for staff, pos in taken:
                self.mark(staff, pos)
            return False
        return True
