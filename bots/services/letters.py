"""Merged reminders and notices as direct messages."""

from datetime import timedelta

from bots.desk import TIXING
from bots.services.accounts import bot_actor
from bots.services.rendering import Speech
from chatops.cards import card_content
from chatops.services.rooms import open_direct
from common import clock
from directory.services import refs
from workflows.items.card import notice_card, reminder_card
from workflows.services.letterbox import Letter, settle, waiting

__all__ = ["compose", "settle", "waiting"]
# After a long stop yesterday's reminders are not made up: today's say the same. Notices are facts and always told.
TOO_LATE = timedelta(hours=24)


def compose(letter: Letter) -> Speech | None:
    """None when nothing is left to say, or it is too late to."""
    if not letter.lines or not refs.people_by_pk([letter.staff_id]):
        return None
    if letter.kind == "reminder":
        if clock.now() - letter.slot_at > TOO_LATE:
            return None
        lines = [(item, code, for_name) for item, code, _words, for_name in letter.lines]
        card = reminder_card(lines, subject=str(letter.slip_id), as_of=clock.now())
    else:
        told = [(item, words, for_name) for item, _code, words, for_name in letter.lines]
        card = notice_card(told, subject=str(letter.slip_id), as_of=clock.now())
    room = open_direct(actor=bot_actor(TIXING), with_staff=letter.staff_id)
    content = card_content(card)
    if not letter.sound:
        content["org.tongzhou.silent"] = True
    return Speech(TIXING, room.room_id, content)
