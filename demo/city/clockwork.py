"""The past, played: deeds at their moments, and between them every timer and job that had fallen due.

Everything happens in the caller's transaction, so jobs are run here and not by the worker: those that the
real services deferred are taken off the queue and called in their order, at the moment of the deed.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from common import clock, jobs, timers
from common.store.models import Timer
from demo.city.script import Entry

Job = Callable[..., object]
Waiting = tuple[str, dict[str, Any]]
MOST_JOBS = 100_000


class Clockwork:
    """Plays entries up to `now`. `stand_ins` are called in the place of tasks that another process does."""

    def __init__(self, now: datetime, stand_ins: dict[str, Job]) -> None:
        self._now = now
        self._stand_ins = stand_ins
        self._jobs_done = 0

    def play(self, entries: Iterable[Entry]) -> None:
        """In order of time; entries that lie after now are left out. Ends at now, with all timers run."""
        for entry in entries:
            if entry.at >= self._now:
                break
            self.run_timers(entry.at)
            with clock.travel(entry.at):
                entry.deed()
                self.run_jobs()
        self.run_timers(self._now)

    def run_timers(self, until: datetime) -> None:
        """Let every timer that falls due before `until` do its work at its own moment."""
        while due := Timer.objects.filter(due_at__lt=until).order_by("due_at").first():
            with clock.travel(due.due_at):
                timers.tick()
                self.run_jobs()

    def run_jobs(self) -> None:
        """Until the queue is empty: a job may defer another."""
        while waiting := _take_waiting():
            for task, args in _without_repeats(waiting):
                self._jobs_done += 1
                if self._jobs_done > MOST_JOBS:
                    raise RuntimeError(f"jobs without end, the last one {task}")
                self._call(task, args)

    def _call(self, task: str, args: dict[str, Any]) -> None:
        stand_in = self._stand_ins.get(task)
        (stand_in or jobs.app.tasks[task].func)(**args)


def _without_repeats(waiting: list[Waiting]) -> list[Waiting]:
    """A deed defers a job for each of its events; the first would already show what they all tell."""
    return [job for place, job in enumerate(waiting) if job not in waiting[:place]]


def _take_waiting() -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH taken AS (DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING id, task_name, args)
            SELECT task_name, args FROM taken ORDER BY id
            """
        )
        return [(task, _as_dict(args)) for task, args in cursor.fetchall()]


def _as_dict(args: Any) -> dict[str, Any]:
    return dict(json.loads(args)) if isinstance(args, str) else dict(args)
