"""Queries on the slots of schedules."""

from datetime import datetime

from bots.store.records import BotRecord, ScheduledRun


def open_slot(bot: str, name: str) -> datetime | None:
    """The slot that waits to be run."""
    found = ScheduledRun.objects.filter(bot=bot, name=name, done_at__isnull=True).order_by("slot").first()
    return found.slot if found else None


def open_at(bot: str, name: str, slot: datetime) -> None:
    ScheduledRun.objects.get_or_create(bot=bot, name=name, slot=slot)


def lock_due(bot: str, name: str, now: datetime) -> ScheduledRun | None:
    """The slot that is due, locked; who waits for the lock finds it done."""
    due = ScheduledRun.objects.select_for_update(no_key=True).filter(
        bot=bot, name=name, slot__lte=now, done_at__isnull=True
    )
    return due.order_by("slot").first()


def done(slot: ScheduledRun, at: datetime) -> None:
    slot.done_at = at
    slot.save(update_fields=["done_at"])


def is_paused(number: str) -> bool:
    return BotRecord.objects.filter(number=number, paused_at__isnull=False).exists()


def forget(before: datetime) -> int:
    return ScheduledRun.objects.filter(done_at__lt=before).delete()[0]
