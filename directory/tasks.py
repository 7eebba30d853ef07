"""Durable jobs of this floor."""

from datetime import date

from django.db import transaction

from common import jobs
from directory.services import appointments


@jobs.task(name="directory.announce_rights", queue="timers")
def announce_rights(day: str) -> None:
    """A day on which appointments begin or end has come."""
    with transaction.atomic():
        appointments.announce(date.fromisoformat(day))
