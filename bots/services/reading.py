"""How far a bot has read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.desk.bot import Bot
from bots.store import reading as store
from common import clock

KEEP_HANDLED = timedelta(days=90)


@dataclass(frozen=True)
class Position:
    """`since` is None where no token is known; what is older than `read_at` has been read all the same."""

    since: str | None
    read_at: datetime


def find_position(bot: Bot) -> Position:
    """Where to go on. A bot that never ran begins now: what was said before it came is not for it."""
    kept = store.position(bot.number)
    if kept is None:
        return Position(None, clock.now())
    return Position(kept.next_batch or None, kept.read_at)


def keep_position(bot: Bot, next_batch: str) -> Position:
    now = clock.now()
    store.keep_position(bot.number, next_batch, now)
    return Position(next_batch, now)


def forget_position(bot: Bot) -> None:
    """The server refuses the token (it was restored from a backup)."""
    store.forget_position(bot.number)


def forget_handled() -> None:
    """Commands of long ago are not delivered again."""
    store.forget_handled(clock.now() - KEEP_HANDLED)
