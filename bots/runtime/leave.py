"""Whether a bot of the desk may speak now: not while it is paused, and within its budget."""

import asyncio
import logging

from bots.desk.bot import Bot
from bots.services import budget
from bots.store.schedules import is_paused
from common.aio import call_service

log = logging.getLogger(__name__)

# A minute's budget is waited for; a day's is not.
LONGEST_WAIT_S = 65


class PausedError(Exception):
    """The bot is paused or its day's budget is used up; the job is tried again later."""


async def to_speak(bot: Bot) -> None:
    """Return when the bot may send one message. Raises PausedError.

    A job must not wait in the worker for a paused bot: all its places would be taken by those that do.
    """
    if await call_service(is_paused, bot.number):
        raise PausedError(f"{bot.number} is paused")
    while wait_s := await call_service(budget.take_for, bot.number):
        if wait_s > LONGEST_WAIT_S:
            raise PausedError(f"{bot.number} has used up the day's budget")
        log.warning("%s has used up the minute's budget, waiting %d s", bot.number, wait_s)
        await asyncio.sleep(wait_s)
