"""What a card or notice says now: read at the moment of sending, so that the newest state is shown."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from bots.desk import DUBAN, SHUJU, TIXING, ZHUANBAN, Bot
from bots.services import signals, weekly
from bots.services.accounts import bot_actor
from bots.services.hush import hushed
from bots.store import posts
from bots.store.models import Notice
from chatops.cards import Card, card_content
from chatops.services.rooms import open_direct
from common import clock
from common.errors import NotFoundError
from common.ids import user_id
from connectors.cards import status_card
from directory.actors import system_actor
from directory.services import refs
from workflows.items.card import day_words, digest_card, item_card, reminder_card, state_words
from workflows.orders.card import order_card
from workflows.services import commands
from workflows.services.gates import access_item
from workflows.services.reminders import CHASED
from workflows.store.models import Item

SYSTEM = system_actor("机器人")
WORDS = "words"  # of an order that climbed: heard at any hour
# After a long stop yesterday's reminders and digests are not made up: today's say the same.
TOO_LATE = timedelta(hours=24)


@dataclass(frozen=True)
class Speech:
    """Something to say once, by whom and where."""

    bot: Bot
    room_id: str
    content: dict[str, Any]


def render_item(item_id: str) -> Card | None:
    """None while the item has not been dispatched, or is gone: it has no card then, unless a message became it."""
    item = _find_item(UUID(item_id))
    if item is None or (item.dispatched_at is None and not item.origin_event_id):
        return None
    return item_card(item)


def item_answers(item_id: str, room_id: str) -> str | None:
    """The message that became the item, in its own room."""
    item = _find_item(UUID(item_id))
    return item.origin_event_id or None if item is not None and item.origin_room_id == room_id else None


def render_status(subject_id: str, room_id: str) -> Card | None:
    """With what the room may not see masked. None for a subject that never had a reading."""
    return status_card(UUID(subject_id), room_id)


def render_order(order_id: str, room_id: str) -> Card | None:
    """With the bar of this room. None for a draft."""
    return order_card(UUID(order_id), room_id)


def digest_of(card: Card) -> str:
    """A hash of what the card shows, without the moment of its making and its version."""
    shown = {**card.model_dump(mode="json"), "as_of": "", "version": 0, "body": card.fallback}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def compose(key: str) -> Speech | None:
    """What this notice says now, without a sound in quiet hours unless an order is behind it.

    None when it is settled, too late, or nothing is left to say.
    """
    notice = posts.find_notice(key)
    if notice is None or notice.settled_at is not None or clock.now() - notice.due_at > TOO_LATE:
        return None
    speech = _speech(notice)
    return replace(speech, content=hushed(speech.content, urgent=notice.kind == WORDS)) if speech else None


def _speech(notice: Notice) -> Speech | None:
    match notice.kind:
        case "digest":
            return _digest(notice)
        case "reminder":
            return _reminder(notice)
        case "words":
            return _words(notice)
        case kind if kind in signals.KINDS:
            content = signals.content_of(notice, bot_actor(SHUJU))
            return Speech(SHUJU, notice.room_id, content) if content else None
        case kind if kind in weekly.KINDS:
            content = weekly.content_of(notice, bot_actor(ZHUANBAN))
            return Speech(ZHUANBAN, notice.room_id, content) if content else None
        case _:
            return _press(notice)


def settle(key: str, event_id: str) -> None:
    posts.settle_notice(key, event_id=event_id, at=clock.now())


def _digest(notice: Notice) -> Speech | None:
    try:
        force, items = commands.ledger(SYSTEM, notice.room_id)
    except NotFoundError:
        return None
    card = digest_card(force, items, subject=notice.about["taskforce_id"], as_of=clock.now())
    return Speech(DUBAN, notice.room_id, card_content(card))


def _reminder(notice: Notice) -> Speech | None:
    """A direct message; lines that have been done in the meantime are dropped."""
    lines = [(_find_item(UUID(item_id)), rule) for item_id, rule in notice.about["lines"]]
    chased = [(item, rule, "", "") for item, rule in lines if item is not None and item.state in CHASED]
    if not chased or not refs.people_by_pk([notice.staff_id]):
        return None
    room = open_direct(actor=bot_actor(TIXING), with_staff=notice.staff_id)
    card = reminder_card(chased, subject=notice.key, as_of=clock.now())
    return Speech(TIXING, room.room_id, card_content(card))


def _words(notice: Notice) -> Speech | None:
    """A direct message whose words stand already."""
    if not refs.people_by_pk([notice.staff_id]):
        return None
    room = open_direct(actor=bot_actor(TIXING), with_staff=notice.staff_id)
    return Speech(TIXING, room.room_id, {"msgtype": "m.text", "body": notice.about["words"]})


def _press(notice: Notice) -> Speech | None:
    """催办 by hand: in the force's room, naming those who are asked."""
    item = _find_item(UUID(notice.about["item_id"]))
    if item is None or item.state not in CHASED:
        return None
    people = refs.people_by_pk(notice.about["staff_ids"])
    return Speech(TIXING, notice.room_id, press_content(item, people, notice.about["by_name"]))


def press_content(item: Item, people: Sequence[refs.PersonRef], by_name: str) -> dict[str, Any]:
    """The words of 催办, with mentions."""
    names = "".join(f"@{person.name} " for person in people)
    how = f"签收 {item.number}" if item.state == "dispatched" else f"进展 {item.number} 60% 文字"
    told = _(
        "{who}{by}催办第{number}项“{title}”（{unit}），时限{due}，进度{percent}%，{state}。"
        "请办理后发送“@{bot} {how}”。"
    )
    body = told.format(
        who=names,
        by=by_name,
        number=item.number,
        title=item.title,
        unit=item.lead_unit.name,
        due=day_words(item.due_on),
        percent=item.percent,
        state=state_words(item),
        bot=DUBAN.name,
        how=how,
    )
    mentioned = [user_id(person.staff_number) for person in people]
    return {"msgtype": "m.text", "body": body, "m.mentions": {"user_ids": mentioned}}


def _find_item(item_id: UUID) -> Item | None:
    try:
        return access_item(SYSTEM, item_id)
    except NotFoundError:
        return None
