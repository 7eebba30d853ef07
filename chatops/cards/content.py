"""From a card to the content of an event, and back."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from chatops.cards.schema import Action, Card
from chatops.services.content import CARD_KEY


def card_content(card: Card) -> dict[str, Any]:
    """The content of an `m.room.message` that shows the card; stock clients read `body` and reply to press a button."""
    body = "\n".join([card.fallback, *_ways([*card.actions, *card.menu])])
    return {"msgtype": "m.notice", "body": body, CARD_KEY: card.model_dump(mode="json")}


def _ways(buttons: Iterable[Action]) -> list[str]:
    """One line with what to reply, such as 可回复本条办理：签收；申请延期 延至 理由。"""
    told = [" ".join([one.label, *(wanted.label for wanted in one.input)]) for one in buttons]
    return [_("可回复本条办理：{ways}。").format(ways="；".join(told))] if told else []


def replace_content(card: Card, event_id: str) -> dict[str, Any]:
    """The content of the edit (`m.replace`) that puts a new rendering in the place of the card at `event_id`."""
    return {
        "msgtype": "m.notice",
        "body": f"* {card.fallback}",
        "m.new_content": card_content(card),
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def card_of(content: dict[str, Any]) -> dict[str, Any] | None:
    """The card in a message's content as JSON, or None."""
    card = content.get(CARD_KEY)
    return card if isinstance(card, dict) and isinstance(card.get("kind"), str) else None
