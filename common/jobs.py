"""Durable jobs in PostgreSQL (procrastinate).

`defer` inserts on Django's connection, so a job commits or rolls back with the deed that causes it. Arguments are ids;
tasks read the present state and are idempotent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from common.store import jobs as store

QUEUES = ("default", "timers", "connectors", "bots")
MOST_ATTEMPTS = 20
RETRY = RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=2, retry_exceptions={Exception})

Argument = str | int | list[int]

__all__ = [
    "MOST_ATTEMPTS",
    "QUEUES",
    "app",
    "count_waiting",
    "defer",
    "defer_keyed",
    "defer_many",
    "run_here",
    "task",
    "worker_app",
]


def worker_app() -> App:
    """The same tasks on a connector for a worker's loop; open it with `open_async`.

    Beside `app`, not in its place: what a job's services defer must stay on Django's connection, in their
    transaction, and `app.replace_connector` would take it out of there.
    """
    worker: App = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    return worker


def task(*, name: str, queue: str = "default") -> Callable[[Callable[..., Any]], Task[..., Any, ...]]:
    """Declare a task. `name` is `<floor>.<verb>_<noun>`; failures are retried with exponential back-off."""
    if queue not in QUEUES:
        raise ValueError(f"unknown queue {queue}")
    return app.task(name=name, queue=queue, retry=RETRY)


def defer(name: str, /, *, key: str | None = None, lock: str | None = None, **ids: str | int) -> None:
    """Defer the task `name` in the current transaction.

    Args:
        key: while a job with this key waits, another is not added (procrastinate's queueing lock).
        lock: jobs that share it run one at a time, in order.
    """
    job = app.configure_task(name, queueing_lock=key, lock=lock)
    if key is None:
        job.defer(**ids)
        return
    try:
        with transaction.atomic():  # a savepoint: the refused insert must not break the caller's transaction
            job.defer(**ids)
    except AlreadyEnqueued:
        return


def defer_many(name: str, rows: Iterable[Mapping[str, Argument]], /) -> None:
    """Defer the task once for each row of ids, in the current transaction and in one statement."""
    if found := [dict[str, Any](row) for row in rows]:
        app.configure_task(name).batch_defer(*found)


def defer_keyed(wanted: Sequence[tuple[str, str, Mapping[str, Argument]]]) -> None:
    """Defer tasks (name, key, ids) in the current transaction and in one statement; one whose key waits is left out.

    Raises TypeError: a name of ids that is `defer`'s own. Another who defers under one of the keys at the same moment
    may make all of them fail.
    """
    for name, _key, ids in wanted:
        if own := ids.keys() & {"key", "lock"}:
            raise TypeError(f"{name} cannot be given {own}")
    waiting = store.waiting_keys([key for _name, key, _ids in wanted])
    deferred = [
        app.configure_task(name, queueing_lock=key).make_new_job(**dict[str, Any](ids))
        for name, key, ids in wanted
        if key not in waiting
    ]
    if deferred:
        app.job_manager.batch_defer_jobs(deferred)


def count_waiting(name: str) -> int:
    """How many jobs of the task nobody has begun."""
    return store.count_waiting(name, app.tasks[name].queue)


def run_here(name: str, ids: Mapping[str, Argument]) -> None:
    """Do a synchronous task's work now, in the caller's transaction. Raises KeyError for an unknown name, and what it
    raises."""
    app.tasks[name].func(**ids)
