"""Which events of a bot's rooms its hooks out are told: mentions, slash commands, buttons of its cards."""

from typing import Any

from bots.commands.addressing import Me, said_to
from bots.desk import Bot
from bots.services import outs, queue
from bots.store import bots as store
from bots.store import outs as out_store
from chatops.services.card_actions import ACTION_EVENT
from chatops.store.rooms import find_event, find_room
from common import ids
from directory.services import refs

MESSAGE = "m.room.message"


def listeners() -> list[Bot]:
    """Bots that are to be listened for now."""
    found = (queue.as_bot(record) for record in out_store.listeners())
    return [bot for bot in found if bot is not None]


def hear(bot: Bot, room_id: str, event: dict[str, Any]) -> int:
    """Keep what this event means for the bot's hooks out; returns how many calls are new."""
    kind, command, words = meaning(bot, room_id, event)
    record = store.by_number(bot.number) if kind else None
    if record is None or record.paused_at is not None or not store.is_allowed(record.pk, room_id):
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
