"""Queries on timers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from common.store.models import Timer

# Any number that nothing else locks by.
RUNNING = 0x74696D65


def put(*, key: str, due_at: datetime, task: str, args: dict[str, Any]) -> None:
    # One statement: two who set the same key at once do not wait for, or refuse, each other.
    Timer.objects.bulk_create(
        [Timer(key=key, due_at=due_at, task=task, args=args)],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["due_at", "task", "args"],
    )


def remove(key: str) -> None:
    Timer.objects.filter(key=key).delete()


def exists(key: str) -> bool:
    return Timer.objects.filter(key=key).exists()


def take_due(now: datetime, limit: int, *, but: Collection[str] = ()) -> list[Timer]:
    """Lock, delete and return the due timers that no other ticker holds, those of the tasks `but` excepted."""
    due = list(
        Timer.objects.select_for_update(skip_locked=True)
        .filter(due_at__lte=now)
        .exclude(task__in=but)
        .order_by("due_at")[:limit]
    )
    if due:
        Timer.objects.filter(pk__in=[timer.pk for timer in due]).delete()
    return due


def any_due(now: datetime, tasks: Collection[str]) -> bool:
    return Timer.objects.filter(due_at__lte=now, task__in=tasks).exists()


def lend_due(now: datetime, until: datetime, limit: int, tasks: Collection[str]) -> list[int]:
    """Put off to `until` the due timers of these tasks that nobody else holds; their keys, the oldest first."""
    due = Timer.objects.select_for_update(skip_locked=True).filter(due_at__lte=now, task__in=tasks)
    found = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
    Timer.objects.filter(pk__in=found).update(due_at=until)
    return found


def lent(timer_ids: Sequence[int], until: datetime) -> list[Timer]:
    """Those of them that are still lent and were not set anew, in this order."""
    found = {timer.pk: timer for timer in Timer.objects.filter(pk__in=timer_ids, due_at=until)}
    return [found[key] for key in timer_ids if key in found]


def hold_lent(timer_id: int, until: datetime) -> bool:
    """Whether it is still to be done, and nobody else does it until the transaction ends.

    By a lock beside the row: a deed that waits for its case must not hold what the case's other deeds write.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RUNNING, timer_id % 2**31])
        if not cursor.fetchone()[0]:
            return False
    return Timer.objects.filter(pk=timer_id, due_at=until).exists()


def end_lent(timer_id: int, until: datetime) -> None:
    """One that its own deed has set anew stays."""
    Timer.objects.filter(pk=timer_id, due_at=until).delete()


def postpone_lent(timer_id: int, until: datetime, due_at: datetime) -> None:
    Timer.objects.filter(pk=timer_id, due_at=until).update(due_at=due_at)
