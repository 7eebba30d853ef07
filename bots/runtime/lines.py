"""The lines of this process: one per bot, opened when first used, shared by listener and jobs.

Jobs find them in a context variable that the runner sets before it starts the worker: no module keeps a
connection (decisions 22).
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from bots.desk.bot import Bot
from bots.runtime.line import Line
from bots.runtime.turns import Turns

_current: ContextVar["Lines"] = ContextVar("bots_lines")
# More at once are sent no faster: the server commits what comes together, and answers people in between.
BULK_AT_ONCE = 8


class Lines:
    """`leads` says whether this process leads the bot with that number, and may renew its token; `bulk` are the places
    of what goes to very many people.
    """

    def __init__(self, homeserver: str) -> None:
        self._homeserver = homeserver
        self.leads: Callable[[str], bool] = lambda _number: True
        self.turns = Turns()
        self.bulk = asyncio.Semaphore(BULK_AT_ONCE)
        self._open: dict[str, Line] = {}

    def of(self, bot: Bot) -> Line:
        if bot.number not in self._open:
            self._open[bot.number] = Line(bot, self._homeserver, leads=lambda: self.leads(bot.number))
        return self._open[bot.number]

    def make_current(self) -> None:
        """For this task and those that it starts."""
        _current.set(self)

    def stop(self) -> None:
        """Requests that wait for the server give up at once."""
        for line in self._open.values():
            line.stop()

    async def close(self) -> None:
        for line in self._open.values():
            await line.close()


def current() -> Lines:
    """Raises LookupError outside the bots process."""
    return _current.get()
