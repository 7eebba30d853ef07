"""Queries on cards and notices that bots have posted."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bots.store.models import CardPost, Notice


def card_at(bot: str, room_id: str, event_id: str) -> CardPost | None:
    """The bot's card at this event."""
    return CardPost.objects.filter(room_id=room_id, event_id=event_id, bot=bot).first()


def find_card(bot: str, subject: str, room_id: str) -> CardPost | None:
    return CardPost.objects.filter(bot=bot, subject=subject, room_id=room_id).first()


def rooms_of(bot: str, subject: str) -> list[str]:
    """Where the bot's card of this subject stands or is about to."""
    found = CardPost.objects.filter(bot=bot, subject=subject).order_by("pk")
    return list(found.values_list("room_id", flat=True))


def intend_card(bot: str, subject: str, room_id: str, *, version: int, digest: str) -> CardPost:
    """The row of a card that is about to be sent; one that is there already stays as it is."""
    row, _ = CardPost.objects.get_or_create(
        bot=bot, subject=subject, room_id=room_id, defaults={"version": version, "digest": digest}
    )
    return row


def card_sent(row: CardPost, *, event_id: str, version: int, digest: str, at: datetime) -> None:
    row.event_id, row.version, row.digest, row.sent_at = event_id, version, digest, at
    row.save(update_fields=["event_id", "version", "digest", "sent_at"])


def add_notice(key: str, **fields: Any) -> bool:
    """Whether the notice is new."""
    with transaction.atomic():
        _, made = Notice.objects.get_or_create(key=key, defaults=fields)
        return made


def find_notice(key: str) -> Notice | None:
    return Notice.objects.filter(key=key).first()


def settle_notice(key: str, *, event_id: str, at: datetime) -> None:
    Notice.objects.filter(key=key, settled_at__isnull=True).update(event_id=event_id, settled_at=at)
