"""Which events of a bot's rooms its hooks out are told: mentions, slash commands, buttons of its cards."""

import logging
from typing import Any

from bots.commands.addressing import Me, replied_to, said_to, without_fallback
from bots.desk import Bot
from bots.hooks.message import Message, RefusedPayloadError
from bots.services import hooks, outs, pressing, queue
from bots.store import bots as store
from bots.store import outs as out_store
from bots.store import reading
from bots.store.records import BotRecord
from chatops.services.handed_actions import ACTION_EVENT
from chatops.store.rooms import find_event, find_room
from common import clock, ids
from common.errors import DomainError
from directory.actors import Actor
from directory.services import refs
from directory.services.acting import actor_of

log = logging.getLogger(__name__)

MESSAGE = "m.room.message"


def listeners() -> list[Bot]:
    """Bots that are to be listened for now."""
    found = (queue.as_bot(record) for record in out_store.listeners())
    return [bot for bot in found if bot is not None]


def hear(bot: Bot, room_id: str, event: dict[str, Any]) -> int:
    """Keep what this event means for the bot's hooks out; returns how many calls are new.

    A reply or a reaction that names a button of one of its cards presses it: that is an event of its own, heard next.
    """
    kind, command, words = meaning(bot, room_id, event)
    about = _about(event)
    record = store.by_number(bot.number) if kind or about else None
    if record is None or record.paused_at is not None or not store.is_allowed(record.pk, room_id):
        return 0
    if about and _press(record, bot, room_id, event, about):
        return 0
    if not kind:
        return 0
    return outs.tell(record, kind, room_id=room_id, event=event, command=command, words=words)


def meaning(bot: Bot, room_id: str, event: dict[str, Any]) -> tuple[str, str, str]:
    """(kind, slash command, words after it); kind is "" for what is not for the bot."""
    content = event.get("content")
    sender = ids.staff_number_of(str(event.get("sender", "")))
    if not isinstance(content, dict) or not isinstance(event.get("event_id"), str) or not _is_person(sender):
        return "", "", ""
    if event.get("type") == ACTION_EVENT:
        return ("card_action" if _is_about_own(bot, room_id, content) else ""), "", ""
    relation = content.get("m.relates_to")
    is_edit = isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
    if event.get("type") != MESSAGE or content.get("msgtype") != "m.text" or is_edit:
        return "", "", ""
    body = content.get("body")
    if isinstance(body, str) and body.startswith(("/", "／")):
        name, _, words = body[1:].partition(" ")
        return "command", name.strip().lower(), words.strip()
    addressed = said_to(Me(ids.user_id(bot.number), bot.name), content, direct=False) is not None
    return ("mention" if addressed else ""), "", ""


def _about(event: dict[str, Any]) -> str:
    """The event that a reply or a reaction is about."""
    content = event.get("content")
    if not isinstance(content, dict):
        return ""
    if event.get("type") == MESSAGE:
        return replied_to(content) or ""
    relation = content.get("m.relates_to") if event.get("type") == "m.reaction" else None
    about = relation.get("event_id") if isinstance(relation, dict) else None
    return about if isinstance(about, str) else ""


def _press(record: BotRecord, bot: Bot, room_id: str, event: dict[str, Any], about: str) -> bool:
    """Whether it named a button of the bot's card at `about`; it is pressed once, with the person's own rights."""
    shown, event_id = pressing.shown_at(bot.number, room_id, about), str(event.get("event_id"))
    made = _named(shown, event) if shown else None
    number = ids.staff_number_of(str(event.get("sender", "")))
    person = actor_of(number, "matrix") if made and number else None
    if shown is None or made is None or person is None or person.is_bot:
        return False
    if reading.begin(bot.number, room_id, event_id, clock.now()).done_at is None:
        _do(record, room_id, event_id, person, shown, made)
        reading.settle(bot.number, room_id, event_id, clock.now())
    return True


def _named(shown: pressing.Shown, event: dict[str, Any]) -> pressing.Press | None:
    """The button that the reply or the reaction names."""
    content = event["content"]
    if event["type"] != MESSAGE:
        return pressing.by_reaction(shown, str(content["m.relates_to"].get("key", "")), clock.today())
    body = content.get("body")
    said = without_fallback(body, content) if isinstance(body, str) else ""
    return pressing.by_words(shown, said, clock.today())


def _do(
    record: BotRecord, room_id: str, event_id: str, person: Actor, shown: pressing.Shown, made: pressing.Press
) -> None:
    """What is missing or refused is said by the bot; a press that was taken is seen on the card."""
    problem = made.problem
    try:
        if not problem:
            pressing.press(person, shown, made, key=event_id)
    except DomainError as refusal:
        problem = refusal.user_message()
    if not problem:
        return
    try:
        speaker, room = hooks.place_of(record, room_id)
        hooks.store_post(
            Message(problem),
            record=record,
            actor=speaker,
            room=room,
            source=str(record.pk),
            label="",
            key=event_id,
        )
    except RefusedPayloadError as refusal:
        log.warning("%s cannot answer a press: %s", record.number, refusal)


def _is_person(number: str | None) -> bool:
    """Bots do not call bots: two that did would never end."""
    found = refs.find_anyone(number) if number else None
    return found is not None and found.kind == "person"


def _is_about_own(bot: Bot, room_id: str, content: dict[str, Any]) -> bool:
    relation = content.get("m.relates_to")
    event_id = relation.get("event_id") if isinstance(relation, dict) else None
    room, me = find_room(room_id), refs.find_anyone(bot.number)
    if not isinstance(event_id, str) or room is None or me is None:
        return False
    found = find_event(room.pk, event_id)
    return found is not None and found.sender_id == me.pk
