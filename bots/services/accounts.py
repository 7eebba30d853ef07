"""The bots' accounts and tokens. A bot has one device, `BOT`: its transaction ids are one scope for ever."""

import os
from pathlib import Path

from django.conf import settings
from django.db import transaction

from bots.desk import DESK
from bots.desk.bot import Bot
from bots.store import bots as store
from common import clock
from common.errors import NotFoundError, SignedOutError
from directory.actors import Actor
from directory.services import accounts, devices, refs
from directory.services.acting import actor_of
from directory.store.models import DeviceKind, Staff, StaffKind
from directory.store.sessions import find_staff

# By this one the bots process posts what hooks bring; `BOT` is left to the bot's own program.
HOOK_DEVICE_ID = "HOOKS"


@transaction.atomic
def ensure_bots() -> list[Staff]:
    """Every bot of the desk has an account; existing ones stay as they are."""
    made = []
    for bot in DESK:
        found = find_staff(bot.number)
        made.append(found or accounts.new_staff(staff_number=bot.number, name=bot.name, kind=StaffKind.BOT))
        store.ensure_builtin(bot.number, says=bot.says, at=clock.now())
    return made


def bot_actor(bot: Bot) -> Actor:
    """The bot itself, as services take it. Raises LookupError when it has no open account."""
    actor = actor_of(bot.number, "bot")
    if actor is None:
        raise LookupError(f"no open account for {bot.number}")
    return actor


def bot_keys() -> list[int]:
    """Staff keys of the bots that have an account."""
    found = [refs.find_person(bot.number) for bot in DESK]
    return [person.pk for person in found if person is not None]


def token_path(bot: Bot) -> Path:
    return Path(settings.VAR_DIR) / "bots" / f"{bot.number}.token"


def kept_token(bot: Bot) -> str | None:
    """The token in the bot's file if it still opens the door, else None."""
    try:
        token = token_path(bot).read_text(encoding="ascii").strip()
        devices.actor_for_secret(token, "matrix")
    except (OSError, UnicodeDecodeError, SignedOutError):
        return None
    return token


def renewed_token(bot: Bot) -> str:
    """The kept token, or a fresh one where that is missing or worthless. The token before it stops working.

    Only the process that leads the bot calls this; two that did would sign each other out for ever.
    """
    token = kept_token(bot)
    if token is None:
        token = _issue(bot)
        _write_private(token_path(bot), token)
    return token


def _issue(bot: Bot) -> str:
    """Raises NotFoundError or SignedOutError while the account is closed or locked."""
    if bot.device == devices.BOT_DEVICE_ID:
        return devices.issue_bot_token(bot.number)
    staff = find_staff(bot.number)
    if staff is None or staff.kind != StaffKind.BOT or not staff.is_active:
        raise NotFoundError
    return devices.open_device(
        staff, kind=DeviceKind.BOT, device_id=bot.device, display_name=staff.name
    ).secret


def _write_private(path: Path, text: str) -> None:
    """Appears complete or not at all, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.rename(path)
