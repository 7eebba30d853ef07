"""Due things as rows, compared with our clock (decisions 15).

`set_timer` belongs to the transaction of the deed; a ticker in the worker moves what is due into jobs. Nothing else
schedules jobs for later.

Of most tasks one timer becomes one job. Of those that are declared `short`, thousands may be due at one moment: their
timers stay where they are, lent by handfuls to a few jobs at a time, each removed in the transaction of its deed.
So a worker that dies or was away loses none, two workers do none twice, and other jobs find their turn in between.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from common import clock, jobs
from common.store import timers as store
from common.store.models import Timer

log = logging.getLogger(__name__)

AFTER_FAILURE = timedelta(minutes=5)
HANDFUL = 25
WAITING_HANDFULS = 16
# A handful takes a second; what is not done by then was lent to a job that died.
LENT_FOR = timedelta(minutes=5)
RUN = "common.run_timers"

_short: set[str] = set()


def short(task: str) -> None:
    """Declare at start that deeds of this task are one short transaction each, and may be due by thousands at once."""
    _short.add(task)


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
    """Move due timers to jobs, oldest first, up to `limit` and as many handfuls of short ones as may wait at once;
    returns how many. Several tickers may run side by side.
    """
    with transaction.atomic():
        due = store.take_due(clock.now(), limit, but=_short)
        if due:
            _defer_all(due)
    return len(due) + _lend()


def _defer_all(due: Sequence[Timer]) -> None:
    """By one statement; when that is refused, one by one."""
    try:
        with transaction.atomic():
            jobs.defer_keyed([(timer.task, f"timer:{timer.key}", timer.args) for timer in due])
    except Exception:  # noqa: BLE001 - the same again says which it was
        for timer in due:
            _defer(timer)


def _defer(timer: Timer) -> None:
    """A timer that cannot become a job is tried again later and holds up no other."""
    try:
        with transaction.atomic():
            jobs.defer_keyed([(timer.task, f"timer:{timer.key}", timer.args)])
    except Exception:
        log.exception("timer %s cannot run %s; trying again in %s", timer.key, timer.task, AFTER_FAILURE)
        store.put(key=timer.key, due_at=clock.now() + AFTER_FAILURE, task=timer.task, args=timer.args)


def _lend() -> int:
    """Lend due short timers to jobs, while few such jobs wait."""
    if not _short:
        return 0
    with transaction.atomic():
        now = clock.now()
        free = HANDFUL * (WAITING_HANDFULS - jobs.count_waiting(RUN)) if store.any_due(now, _short) else 0
        if free <= 0:
            return 0
        until = now + LENT_FOR
        lent = store.lend_due(now, until, free, _short)
        jobs.defer_many(
            RUN,
            [
                {"timers": lent[begin : begin + HANDFUL], "until": until.isoformat()}
                for begin in range(0, len(lent), HANDFUL)
            ],
        )
    return len(lent)


@jobs.task(name=RUN, queue="timers")
def run_lent(timers: list[int], until: str) -> None:
    """Do what these timers were set for, each once, and each whatever becomes of the others."""
    moment = datetime.fromisoformat(until)
    for timer in store.lent(timers, moment):
        try:
            with transaction.atomic():
                if store.hold_lent(timer.pk, moment):
                    jobs.run_here(timer.task, timer.args)
                    store.end_lent(timer.pk, moment)
        except Exception:
            log.exception("timer %s failed in %s; trying again in %s", timer.key, timer.task, AFTER_FAILURE)
            store.postpone_lent(timer.pk, moment, clock.now() + AFTER_FAILURE)
