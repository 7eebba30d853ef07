"""Messages that wait to be sent by the bots process, in the order in which they were accepted."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bots.desk import DESK, Bot
from bots.services.accounts import HOOK_DEVICE_ID
from bots.store import bots as store
from bots.store.records import BotRecord, PostState
from common import clock
from directory.store.sessions import find_staff

MOST = 50


@dataclass(frozen=True)
class Waiting:
    post_id: UUID
    content: dict[str, Any]


def speaker(bot_id: UUID) -> Bot | None:
    """The bot as the bots process speaks for it, None while it is paused or its account closed."""
    record = store.find(bot_id)
    if record is None or record.paused_at is not None:
        return None
    return as_bot(record)


def as_bot(record: BotRecord) -> Bot | None:
    """A built-in bot speaks by its own line, another by a device that its own program does not use."""
    built_in = next((bot for bot in DESK if bot.number == record.number), None)
    if built_in is not None:
        return built_in
    account = find_staff(record.number)
    if account is None or not account.is_active:
        return None
    return Bot(record.number, account.name, record.says, (), lambda _ask: "", device=HOOK_DEVICE_ID)


def waiting(bot_id: UUID, room_id: str) -> list[Waiting]:
    """The oldest that wait for this room."""
    return [Waiting(post.pk, post.content) for post in store.waiting(bot_id, room_id, MOST)]


def sent(post_id: UUID, event_id: str) -> None:
    store.settle_post(post_id, state=PostState.SENT, event_id=event_id, error="", at=clock.now())


def refused(post_id: UUID, why: str) -> None:
    store.settle_post(post_id, state=PostState.REFUSED, event_id="", error=why, at=clock.now())
