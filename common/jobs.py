"""Durable jobs in PostgreSQL (procrastinate).

`defer` inserts on Django's connection, so a job commits or rolls back with the deed that causes it. Arguments are ids;
tasks read the present state and are idempotent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

QUEUES = ("default", "timers", "connectors", "bots")
MOST_ATTEMPTS = 20
RETRY = RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=2, retry_exceptions={Exception})

__all__ = ["MOST_ATTEMPTS", "QUEUES", "app", "defer", "defer_many", "task", "worker_app"]


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


def defer_many(name: str, rows: Iterable[Mapping[str, str | int]], /) -> None:
    """Defer the task once for each row of ids, in the current transaction and in one statement."""
    if found := [dict[str, Any](row) for row in rows]:
        app.configure_task(name).batch_defer(*found)
