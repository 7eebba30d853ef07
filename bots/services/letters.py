"""Merged reminders and notices as direct messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bots.desk import TIXING
from bots.services.accounts import bot_actor
from bots.services.rendering import Speech
from chatops.cards import card_content
from chatops.services.rooms import open_directs
from common import clock
from workflows.items.card import notice_card, reminder_card
from workflows.services.letterbox import Letter, settle, waiting

__all__ = ["Letter", "compose", "settle", "waiting"]
# After a long stop yesterday's reminders are not made up: today's say the same. Notices are facts and always told.
TOO_LATE = timedelta(hours=24)


def compose(letters: Sequence[Letter]) -> dict[UUID, Speech]:
    """What these say now, by slip, in a few statements whatever their number. Left out is a letter of which nothing is
    left to say, or of a day ago.
    """
    now = clock.now()
    timely = [letter for letter in letters if (letter.lines or letter.consents) and not _is_late(letter, now)]
    if not timely:
        return {}
    rooms = open_directs(actor=bot_actor(TIXING), with_staff=[letter.staff_id for letter in timely])
    return {
        letter.slip_id: Speech(TIXING, rooms[letter.staff_id].room_id, _content(letter, now))
        for letter in timely
        if letter.staff_id in rooms
    }


def _is_late(letter: Letter, now: datetime) -> bool:
    return letter.kind == "reminder" and now - letter.slot_at > TOO_LATE


def _content(letter: Letter, now: datetime) -> dict[str, Any]:
    if letter.kind == "reminder":
        lines = [(item, code, for_name, part) for item, code, part, for_name in letter.lines]
        card = reminder_card(lines, consents=letter.consents, subject=str(letter.slip_id), as_of=now)
    else:
        told = [(item, words, for_name) for item, _code, words, for_name in letter.lines]
        card = notice_card(told, subject=str(letter.slip_id), as_of=now)
    content = card_content(card)
    if not letter.sound:
        content["org.tongzhou.silent"] = True
    return content
