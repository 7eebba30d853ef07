"""What is remembered of cards in rooms: which is where, and which rendering it shows."""

from dataclasses import dataclass
from datetime import datetime

from bots.services.rendering import digest_of
from bots.store import posts
from chatops.cards import Card
from common import clock


@dataclass(frozen=True)
class Posted:
    """A card in a room. `event_id` is "" when it was about to be sent and nobody knows whether it was."""

    event_id: str
    version: int
    digest: str
    sent_at: datetime | None


def find(bot: str, subject: str, room_id: str) -> Posted | None:
    row = posts.find_card(bot, subject, room_id)
    return Posted(row.event_id, row.version, row.digest, row.sent_at) if row else None


def intend(bot: str, room_id: str, card: Card) -> Posted:
    """Write down that this card is about to be sent. An earlier intention stays: it may be in the room."""
    row = posts.intend_card(bot, card.subject, room_id, version=card.version, digest=digest_of(card))
    return Posted(row.event_id, row.version, row.digest, row.sent_at)


def sent(bot: str, subject: str, room_id: str, *, event_id: str, version: int, digest: str) -> Posted:
    """Write down what the room shows now."""
    row = posts.find_card(bot, subject, room_id)
    if row is None:
        raise LookupError(f"no card of {subject} in {room_id}")
    posts.card_sent(row, event_id=event_id, version=version, digest=digest, at=clock.now())
    return Posted(row.event_id, row.version, row.digest, row.sent_at)
