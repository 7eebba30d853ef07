"""Queries on the counters of failed sign-ins."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from directory.store.models import LoginFailure

# Counts before the password is looked at, so that a hundred tries at once are a hundred tries; the row lock
# makes them wait for one another. A blocked counter stands still. One that has rested since before
# `forgotten` starts again.
_COUNT_SQL = """
INSERT INTO directory_loginfailure AS f (key, failures, last_failed_at)
VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE
        WHEN f.blocked_until > %s THEN f.failures
        WHEN f.last_failed_at < %s THEN 1
        ELSE f.failures + 1
    END,
    last_failed_at = %s
RETURNING failures, CASE WHEN blocked_until > %s THEN blocked_until END
"""


def count(key: str, now: datetime, forgotten: datetime) -> tuple[int, datetime | None]:
    """Add one failure; return how many there are now and, where the key is blocked already, until when."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_SQL, [key, now, now, forgotten, now, now])
        failures, blocked_until = cursor.fetchone()
        return failures, blocked_until


def block(key: str, until: datetime) -> None:
    LoginFailure.objects.filter(key=key).update(blocked_until=until)


def forget(keys: list[str]) -> None:
    LoginFailure.objects.filter(key__in=keys).delete()


def take_back(key: str, *, unblock: bool) -> None:
    """One of the counted tries was right after all; `unblock` where that try had set the block."""
    row = LoginFailure.objects.filter(key=key)
    row.update(failures=Greatest(F("failures") - 1, 0), **({"blocked_until": None} if unblock else {}))


def sweep(before: datetime) -> int:
    """Drop counters that have rested since `before`, but never wait for a try under way; returns how many."""
    with transaction.atomic():
        rested = LoginFailure.objects.filter(last_failed_at__lt=before).select_for_update(skip_locked=True)
        keys = list(rested.values_list("key", flat=True))
        return LoginFailure.objects.filter(key__in=keys).delete()[0]
