"""From a card to the content of an event, and back."""

from typing import Any

from chatops.cards.schema import Card
from chatops.services.content import CARD_KEY


def card_content(card: Card) -> dict[str, Any]:
    """The content of an `m.room.message` that shows the card; stock clients read `body`."""
    return {"msgtype": "m.notice", "body": card.fallback, CARD_KEY: card.model_dump(mode="json")}


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
