"""From an event in a room to the words of the answer. Exactly one answer per command, whatever happens.

A command is taken up (row), done (service, keyed by the event), answered (transaction id of the event) and
settled (row). After a crash at any point it is delivered again and walks the same way without effect.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bots.commands.addressing import Me, replied_to, said_to
from bots.commands.folding import clean
from bots.commands.forms import Command, Misread
from bots.commands.parsing import MAX_TEXT, read_command
from bots.desk.bot import Ask, Bot
from bots.services import pressing
from bots.services.accounts import bot_actor
from bots.store import posts, reading
from chatops.cards import Card, card_content
from chatops.services import rooms
from chatops.store.models import RoomKind
from chatops.store.rooms import count_joined
from common import clock, ids
from common.errors import DomainError, NotFoundError
from directory.actors import Actor
from directory.services.acting import actor_of

log = logging.getLogger(__name__)

PAIR = 2
REMEMBERED_S = 60.0
MOST_ROOMS = 10_000
_directness: dict[tuple[str, str], tuple[float, bool]] = {}


@dataclass(frozen=True)
class Answer:
    """A reply to one event, ready to be sent under its transaction id."""

    event_id: str
    content: dict[str, Any]
    txn: str


def answer_event(bot: Bot, room_id: str, event: dict[str, Any]) -> Answer | None:
    """What the bot says to this event (as Matrix has it), or None when it is not for the bot or settled.

    Does the deed. Never raises for what a person typed or a handler broke. Talk that is not for the bot costs
    no query.
    """
    content, event_id = event.get("content"), str(event.get("event_id"))
    if not isinstance(content, dict):
        return None
    match event.get("type"):
        case "m.room.message":
            heard = _heard(bot, room_id, content)
        case "m.reaction":
            heard = _nodded(bot, room_id, content)
        case _:
            return None
    number = ids.staff_number_of(str(event.get("sender", "")))
    person = actor_of(number, "matrix") if heard and number else None
    if heard is None or person is None or person.is_bot:
        return None
    if reading.begin(bot.number, room_id, event_id, clock.now()).done_at is not None:
        return None
    words = _words(bot, person, room_id, event_id, heard)
    about = heard.card.event_id if heard.pressed and heard.card else event_id
    return Answer(event_id, _reply(words, about, person), f"answer:{event_id}")


@dataclass(frozen=True)
class _Heard:
    """`card`: the bot's card that is replied or reacted to; `pressed`: the button that a reaction means."""

    said: str
    subject: str
    direct: bool
    card: pressing.Shown | None = None
    pressed: pressing.Press | None = None


def _heard(bot: Bot, room_id: str, content: dict[str, Any]) -> _Heard | None:
    """The words for this bot, if the message is for it. The cheap questions come first."""
    me = Me(ids.user_id(bot.number), bot.name)
    if said_to(me, content, direct=True) is None:
        return None  # no text
    replied = replied_to(content)
    card = posts.card_at(bot.number, room_id, replied) if replied else None
    shown = pressing.shown_at(bot.number, room_id, replied) if replied else None
    said = said_to(me, content, direct=False, about_my_card=card is not None or shown is not None)
    direct = _is_direct(bot, room_id)
    if said is None and direct:
        said = said_to(me, content, direct=True)
    return None if said is None else _Heard(said, card.subject if card else "", direct, shown)


def _nodded(bot: Bot, room_id: str, content: dict[str, Any]) -> _Heard | None:
    """A reaction to one of the bot's cards that means a button."""
    relation = content.get("m.relates_to")
    about, key = (
        (relation.get("event_id"), relation.get("key")) if isinstance(relation, dict) else (None, None)
    )
    if not isinstance(about, str) or not isinstance(key, str):
        return None
    shown = pressing.shown_at(bot.number, room_id, about)
    pressed = pressing.by_reaction(shown, key, clock.today()) if shown else None
    return _Heard("", "", False, shown, pressed) if pressed else None


def settle(bot: Bot, room_id: str, event_id: str) -> None:
    reading.settle(bot.number, room_id, event_id, clock.now())


def _words(bot: Bot, person: Actor, room_id: str, event_id: str, heard: _Heard) -> str | Card:
    try:
        return _done(bot, person, room_id, heard, key=f"{bot.number}:{room_id}:{event_id}")
    except DomainError as refusal:
        return refusal.user_message()
    except Exception:
        log.exception("%s could not answer %s in %s", bot.number, event_id, room_id)
        return _("此指令未能办理，已记录，请稍后再试；如急需办理，请在专班页面操作。")


def _done(bot: Bot, person: Actor, room_id: str, heard: _Heard, *, key: str) -> str | Card:
    """Press the button that is meant, or carry out the command. Raises DomainError."""
    today = clock.today()
    if heard.card and heard.pressed:
        return pressing.press(person, heard.card, heard.pressed, key)
    read = read_command(heard.said, bot.forms, today=today, about_card=bool(heard.subject))
    if heard.card and (isinstance(read, Misread) or not heard.subject):
        pressed = pressing.by_words(heard.card, heard.said, today)
        if pressed is not None:
            return pressing.press(person, heard.card, pressed, key)
    if isinstance(read, Misread):
        if read.form is not None or not bot.otherwise or not clean(heard.said).strip():
            return read.answer()
        read = Command(bot.otherwise, text=clean(heard.said).strip()[:MAX_TEXT])
    return bot.answer(Ask(person, room_id, heard.direct, read, heard.subject, key, clock.now()))


def _is_direct(bot: Bot, room_id: str) -> bool:
    """A direct room, or any room where only the two of them are; asked at most once a minute and room."""
    known = _directness.get((bot.number, room_id))
    if known is not None and time.monotonic() - known[0] < REMEMBERED_S:
        return known[1]
    try:
        room = rooms.access_room(bot_actor(bot), room_id).room
        direct = room.kind == RoomKind.DIRECT or count_joined(room.pk) == PAIR
    except NotFoundError:
        direct = False
    if len(_directness) >= MOST_ROOMS:
        _directness.clear()
    _directness[bot.number, room_id] = (time.monotonic(), direct)
    return direct


def _reply(words: str | Card, event_id: str, person: Actor) -> dict[str, Any]:
    """A notice, so that other bots leave it alone, in relation to the command and naming who gave it."""
    said = card_content(words) if isinstance(words, Card) else {"body": words}
    return {
        **said,
        "msgtype": "m.notice",
        "m.relates_to": {"m.in_reply_to": {"event_id": event_id}},
        "m.mentions": {"user_ids": [person.user_id]},
    }
