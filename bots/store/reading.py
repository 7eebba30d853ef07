"""Queries on what a bot has read and handled."""

from datetime import datetime

from bots.store.models import HandledEvent, SyncPosition


def position(bot: str) -> SyncPosition | None:
    return SyncPosition.objects.filter(bot=bot).first()


def keep_position(bot: str, next_batch: str, at: datetime) -> None:
    SyncPosition.objects.update_or_create(bot=bot, defaults={"next_batch": next_batch, "read_at": at})


def forget_position(bot: str) -> None:
    """Keep when it was, forget the token: the server does not know it any more."""
    SyncPosition.objects.filter(bot=bot).update(next_batch="")


def begin(bot: str, room_id: str, event_id: str, at: datetime) -> HandledEvent:
    """The row of this command; made now unless the bot has met it before."""
    row, _ = HandledEvent.objects.get_or_create(
        bot=bot, room_id=room_id, event_id=event_id, defaults={"begun_at": at}
    )
    return row


def settle(bot: str, room_id: str, event_id: str, at: datetime) -> None:
    HandledEvent.objects.filter(bot=bot, room_id=room_id, event_id=event_id).update(done_at=at)


def forget_handled(before: datetime) -> int:
    return HandledEvent.objects.filter(done_at__lt=before).delete()[0]
