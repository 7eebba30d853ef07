"""Queries on timers."""

from datetime import datetime
from typing import Any

from common.store.models import Timer


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


def take_due(now: datetime, limit: int) -> list[Timer]:
    """Lock, delete and return the due timers that no other ticker holds."""
    due = list(
        Timer.objects.select_for_update(skip_locked=True).filter(due_at__lte=now).order_by("due_at")[:limit]
    )
    Timer.objects.filter(pk__in=[timer.pk for timer in due]).delete()
    return due
