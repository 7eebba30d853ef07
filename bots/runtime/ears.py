"""Listening for bots that have no place on the desk: what is for them is handed to their hooks out."""

import asyncio
import logging
from typing import Any

from nio import SyncResponse

from bots.desk.bot import Bot
from bots.runtime.lines import Lines
from bots.runtime.listener import Listener
from bots.services import hearing
from common.aio import call_service
from common.errors import DomainError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class Ears(Listener):
    """As a listener on the desk, but nothing is answered here: events become calls, once each, by their id."""

    async def _accept_invitations(self, response: SyncResponse) -> None:
        """Rooms are given by the allow-list alone."""

    async def _hear(self, room_id: str, event: dict[str, Any]) -> None:
        """An event that is at fault is passed over; when the database is, all is read again from the last position."""
        try:
            await call_service(hearing.hear, self.bot, room_id, event)
        except (DomainError, ValueError, TypeError, KeyError, AttributeError):
            log.exception("%s could not hand on an event of %s", self.bot.number, room_id)


async def run_ears(lines: Lines) -> None:
    """For ever: one listener for each bot that has somebody to tell; paused ones are let go within seconds."""
    listening: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            wanted = await _wanted()
            if wanted is not None:
                _follow(listening, {bot.number: bot for bot in wanted}, lines)
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        for task in listening.values():
            task.cancel()
        await asyncio.gather(*listening.values(), return_exceptions=True)


async def _wanted() -> list[Bot] | None:
    """None while the database is away: those that listen go on."""
    try:
        return await call_service(hearing.listeners)
    except Exception:
        log.exception("the bots that have hooks out cannot be looked up")
        return None


def _follow(listening: dict[str, asyncio.Task[None]], wanted: dict[str, Bot], lines: Lines) -> None:
    for number, task in list(listening.items()):
        if task.done() or number not in wanted:
            if task.done() and not task.cancelled() and task.exception() is not None:
                log.error("%s stopped listening, starting again", number, exc_info=task.exception())
            task.cancel()
            del listening[number]
    for number, bot in wanted.items():
        if number not in listening:
            listening[number] = asyncio.create_task(Ears(bot, lines.of(bot)).run(), name=f"ears {number}")
