"""From an event in a room to the words of the answer. Exactly one answer per command, whatever happens.

A command is taken up (row), done (service, keyed by the event), answered (transaction id of the event) and
settled (row). After a crash at any point it is delivered again and walks the same way without effect.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bots.commands.addressing import Me, replied_to, said_to
from bots.commands.forms import Misread
from bots.commands.parsing import read_command
from bots.desk.bot import Ask, Bot
from bots.services.accounts import bot_actor
from bots.store import posts, reading
from chatops.services import rooms
from chatops.store.models import RoomKind
from chatops.store.rooms import count_joined
from common import clock, ids
from common.errors import DomainError, NotFoundError
from directory.actors import Actor
from directory.services.acting import actor_of

log = logging.getLogger(__name__)

PAIR = 2


@dataclass(frozen=True)
class Answer:
    """A reply to one event, ready to be sent under its transaction id."""

    event_id: str
    content: dict[str, Any]
    txn: str


def answer_event(bot: Bot, room_id: str, event: dict[str, Any]) -> Answer | None:
    """What the bot says to this event (as Matrix has it), or None when it is not for the bot or settled.

    Does the deed. Never raises for what a person typed or a handler broke.
    """
    content, event_id = event.get("content"), event.get("event_id")
    number = ids.staff_number_of(str(event.get("sender", "")))
    if event.get("type") != "m.room.message" or number in {None, bot.number} or not isinstance(content, dict):
        return None
    person = actor_of(str(number), "matrix")
    if person is None or person.is_bot:
        return None
    replied = replied_to(content)
    card = posts.card_at(bot.number, room_id, replied) if replied else None
    direct = _is_direct(bot, room_id)
    me = Me(ids.user_id(bot.number), bot.name)
    said = said_to(me, content, direct=direct, about_my_card=card is not None)
    if said is None:
        return None
    if reading.begin(bot.number, room_id, str(event_id), clock.now()).done_at is not None:
        return None
    subject = card.subject if card else ""
    words = _words(bot, person, room_id, str(event_id), said, subject=subject, direct=direct)
    return Answer(str(event_id), _reply(words, str(event_id), person), f"answer:{event_id}")


def settle(bot: Bot, room_id: str, event_id: str) -> None:
    reading.settle(bot.number, room_id, event_id, clock.now())


def _words(
    bot: Bot, person: Actor, room_id: str, event_id: str, said: str, *, subject: str, direct: bool
) -> str:
    read = read_command(said, bot.forms, today=clock.today(), about_card=bool(subject))
    if isinstance(read, Misread):
        return read.answer()
    key = f"{bot.number}:{room_id}:{event_id}"
    ask = Ask(person, room_id, direct, read, subject, key, clock.now())
    try:
        return bot.answer(ask)
    except DomainError as refusal:
        return refusal.user_message()
    except Exception:
        log.exception("%s could not answer %s in %s", bot.number, event_id, room_id)
        return _("此指令未能办理，已记录，请稍后再试；如急需办理，请在专班页面操作。")


def _is_direct(bot: Bot, room_id: str) -> bool:
    """A direct room, or any room where only the two of them are."""
    try:
        room = rooms.access_room(bot_actor(bot), room_id).room
    except NotFoundError:
        return False
    return room.kind == RoomKind.DIRECT or count_joined(room.pk) == PAIR


def _reply(words: str, event_id: str, person: Actor) -> dict[str, Any]:
    """A notice, so that other bots leave it alone, in relation to the command and naming who gave it."""
    return {
        "msgtype": "m.notice",
        "body": words,
        "m.relates_to": {"m.in_reply_to": {"event_id": event_id}},
        "m.mentions": {"user_ids": [person.user_id]},
    }
