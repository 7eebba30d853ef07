"""Whether a bot of the desk may speak now: not while it is paused, and within its budget."""

import asyncio
import logging

from bots.desk.bot import Bot
from bots.services import budget
from common.aio import call_service

log = logging.getLogger(__name__)

# A minute's budget is waited for; a day's is not.
LONGEST_WAIT_S = 65


class PausedError(Exception):
    """The bot is paused or its day's budget is used up; the job is tried again later."""


async def to_speak(bot: Bot, wanted: int = 1) -> int:
    """Return when the bot may send something: how many of the wanted messages may go now. Raises PausedError.

    A job must not wait in the worker for a paused bot: all its places would be taken by those that do.
    """
    while True:
        leave = await call_service(budget.leave_for, bot.number, wanted)
        if leave.granted:
            return leave.granted
        if leave.paused:
            raise PausedError(f"{bot.number} is paused")
        if leave.wait_s > LONGEST_WAIT_S:
            raise PausedError(f"{bot.number} has used up the day's budget")
        log.warning("%s has used up the minute's budget, waiting %d s", bot.number, leave.wait_s)
        await asyncio.sleep(leave.wait_s)
