"""Queries on timers."""

from datetime import datetime
from typing import Any

from common.store.models import Timer


def put(*, key: str, due_at: datetime, task: str, args: dict[str, Any]) -> None:
    Timer.objects.update_or_create(key=key, defaults={"due_at": due_at, "task": task, "args": args})


def remove(key: str) -> None:
    Timer.objects.filter(key=key).delete()


def remove_prefix(prefix: str) -> None:
    Timer.objects.filter(key__startswith=prefix).delete()


def take_due(now: datetime, limit: int) -> list[Timer]:
    """Lock, delete and return the due timers that no other ticker holds."""
    due = list(
        Timer.objects.select_for_update(skip_locked=True).filter(due_at__lte=now).order_by("due_at")[:limit]
    )
    Timer.objects.filter(pk__in=[timer.pk for timer in due]).delete()
    return due
