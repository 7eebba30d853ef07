"""Due things as rows, compared with our clock (decisions 15).

`set_timer` belongs to the transaction of the deed; a ticker in the worker moves what is due into jobs. Nothing else
schedules jobs for later.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from common import clock, jobs
from common.store import timers as store
from common.store.models import Timer

log = logging.getLogger(__name__)

AFTER_FAILURE = timedelta(minutes=5)


def set_timer(key: str, due_at: datetime, task: str, /, **ids: str | int) -> None:
    """Let the task run at `due_at` (aware). The same key replaces the earlier timer; a past time runs at once."""
    store.put(key=key, due_at=due_at, task=task, args=ids)


def cancel_timer(key: str) -> None:
    """Forget the timer; unknown keys are fine."""
    store.remove(key)


def is_set(key: str) -> bool:
    """Whether a timer of this key waits."""
    return store.exists(key)


def tick(limit: int = 200) -> int:
    """Defer up to `limit` due timers, oldest first; returns how many. Several tickers may run side by side."""
    with transaction.atomic():
        due = store.take_due(clock.now(), limit)
        for timer in due:
            _defer(timer)
    return len(due)


def _defer(timer: Timer) -> None:
    """A timer that cannot become a job is tried again later and holds up no other."""
    try:
        with transaction.atomic():
            jobs.defer(timer.task, key=f"timer:{timer.key}", **timer.args)
    except Exception:
        log.exception("timer %s cannot run %s; trying again in %s", timer.key, timer.task, AFTER_FAILURE)
        store.put(key=timer.key, due_at=clock.now() + AFTER_FAILURE, task=timer.task, args=timer.args)
