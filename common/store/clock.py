"""The shared clock offset."""

from datetime import timedelta

from common.store.models import ClockOffset


def read_offset() -> timedelta:
    row = ClockOffset.objects.filter(pk=1).first()
    return timedelta(seconds=row.seconds if row else 0)


def write_offset(offset: timedelta) -> None:
    ClockOffset.objects.update_or_create(pk=1, defaults={"seconds": offset.total_seconds()})
