"""Reminders of an event: when the last one went out, and to whom the next one would go."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection

from chatops.store.models import Event, Mention, Nudge
from common import clock

PAUSE = timedelta(minutes=30)


def next_at(event: Event) -> int | None:
    """The moment (ms) from which the event may be reminded of again; None for now."""
    last = Nudge.objects.filter(room_id=event.room_id, seq=event.seq).order_by("-at").first()
    if last is None or last.at + PAUSE <= clock.now():
        return None
    return int((last.at + PAUSE).timestamp() * 1000)


def one_at_a_time(event: Event) -> None:
    """Wait for another reminder of the same event in a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [event.room_id % 2**31, event.seq % 2**31])


def add(event: Event, *, by: int, kind: str, reached: int) -> None:
    Nudge.objects.create(
        room_id=event.room_id, seq=event.seq, by_id=by, kind=kind, reached=reached, at=clock.now()
    )


def mention(event: Event, staff_ids: Iterable[int]) -> None:
    """Let the event stand out for these people, as if it named them."""
    rows = [Mention(room_id=event.room_id, seq=event.seq, staff_id=staff_id) for staff_id in staff_ids]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
