"""Rooms and budget bind a bot's own program at the Matrix door as they bind what its hooks post."""

from django.utils.translation import gettext as _

from bots.desk import DESK
from bots.services import budget
from bots.services.accounts import HOOK_DEVICE_ID
from bots.store import bots as store
from chatops.services import bot_rules
from common.errors import ForbiddenError, RateLimitedError
from directory.actors import Actor


def connect() -> None:
    """Called once at start."""
    bot_rules.register(check, binds=binds)


def binds(bot: Actor, device: str) -> bool:
    """Not what the bots process sends: that was counted when it was accepted."""
    return device != HOOK_DEVICE_ID and all(own.number != bot.staff_number for own in DESK)


def check(bot: Actor, device: str, room_id: str) -> None:
    """Count one message of the bot's own program.

    Raises: ForbiddenError: the room is not on the list; RateLimitedError: the budget is used up.
    """
    record = store.by_number(bot.staff_number)
    if record is None or record.is_builtin or not binds(bot, device):
        return
    if not store.is_allowed(record.pk, room_id):
        raise ForbiddenError(
            field="room_id",
            message=_("此群不在机器人的群组名单中，消息未发出；请负责人在“管理—机器人”中添加此群。"),
        )
    if wait_s := budget.take(record):
        raise RateLimitedError(retry_after_ms=wait_s * 1000)
