"""A bot's ears: the sync loop that survives, and the way from an event to an answer."""

import asyncio
import logging
from typing import Any

from nio import RoomInfo, SyncResponse

from bots.desk.bot import Bot
from bots.runtime import leave
from bots.runtime.leave import PausedError
from bots.runtime.line import Line, RefusedError
from bots.services import answering, reading
from bots.services.reading import Position
from common.aio import call_service

log = logging.getLogger(__name__)

BAD_REQUEST = 400
# A gap in a busy room is read back this many pages of 100; the sync token bounds it by time as well.
MOST_PAGES = 50
# The server's clock stamps events before they can be read: look back a little further than the last reading.
MARGIN_MS = 300_000


class Listener:
    """Reads what is new, answers what is for the bot, remembers how far it came; for ever.

    The position is kept after the answers: what was read and not answered is read again. Order is kept within
    a room; rooms do not wait for each other.
    """

    def __init__(self, bot: Bot, line: Line) -> None:
        self.bot = bot
        self._line = line

    async def run(self) -> None:
        position = await call_service(reading.find_position, self.bot)
        await call_service(reading.forget_handled)
        while True:
            position = await self.step(position)

    async def step(self, position: Position) -> Position:
        """One sync and all that follows from it; returns where to go on."""
        try:
            response = await self._line.sync(position.since)
        except RefusedError as refusal:
            if refusal.status != BAD_REQUEST or position.since is None:
                raise
            log.warning("%s: the sync token is not known any more, reading afresh", self.bot.number)
            await call_service(reading.forget_position, self.bot)
            return Position(None, position.read_at)
        await self._accept_invitations(response)
        async with asyncio.TaskGroup() as rooms:
            for room_id, info in response.rooms.join.items():
                rooms.create_task(self._hear_room(room_id, info, position))
        return await call_service(reading.keep_position, self.bot, response.next_batch)

    async def _accept_invitations(self, response: SyncResponse) -> None:
        for room_id in response.rooms.invite:
            try:
                await self._line.join(room_id)
            except RefusedError as refusal:
                log.warning("%s could not join %s: %s", self.bot.number, room_id, refusal)

    async def _hear_room(self, room_id: str, info: RoomInfo, position: Position) -> None:
        events = [event.source for event in info.timeline.events]
        if info.timeline.limited and info.timeline.prev_batch and events:
            events = await self._missed(room_id, info.timeline.prev_batch, position) + events
        if position.since is None:
            events = [event for event in events if _stamp(event) > position.read_at.timestamp() * 1000]
        for event in events:
            await self._hear(room_id, event)

    async def _missed(self, room_id: str, start: str, position: Position) -> list[dict[str, Any]]:
        """What a full page left out, back to the last reading, oldest first."""
        floor = position.read_at.timestamp() * 1000 - MARGIN_MS
        found: list[dict[str, Any]] = []
        token: str | None = start
        for _page in range(MOST_PAGES):
            if token is None:
                break
            try:
                page, token = await self._line.earlier(room_id, token)
            except RefusedError as refusal:
                log.warning("%s cannot read back in %s: %s", self.bot.number, room_id, refusal)
                break
            found += [event for event in page if _stamp(event) >= floor]
            if not page or _stamp(page[-1]) < floor:
                break
        return found[::-1]

    async def _hear(self, room_id: str, event: dict[str, Any]) -> None:
        """Answer one event. Nothing that a message or a handler does may end the loop."""
        try:
            answer = await call_service(answering.answer_event, self.bot, room_id, event)
            if answer is None:
                return
            await leave.to_speak(self.bot)
            await self._line.send(room_id, answer.content, answer.txn)
        except PausedError as refusal:
            log.warning("an answer in %s is not said: %s", room_id, refusal)
        except RefusedError as refusal:
            # Not to be said here any more: removed from the room, or an archived one. The deed stands.
            log.warning("%s could not answer in %s: %s", self.bot.number, room_id, refusal)
        await call_service(answering.settle, self.bot, room_id, str(event.get("event_id")))


def _stamp(event: dict[str, Any]) -> int:
    stamp = event.get("origin_server_ts")
    return stamp if isinstance(stamp, int) else 0
