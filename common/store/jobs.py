"""Queries on the jobs' table, which is procrastinate's."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

# Any number that nothing else locks by.
RECLAIMING = 0x6A6F6273


def lock_reclaiming() -> None:
    """One reclaims at a time; whoever comes meanwhile waits, and then finds what is left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RECLAIMING])


def orphans(queues: Sequence[str], *, silent_for_s: float) -> list[Job]:
    """Jobs marked as running whose worker is gone or has not been heard for so long, the oldest first.

    Heartbeats are the database's time, whatever the product's clock says.
    """
    silent = Q(worker=None) | Q(worker__last_heartbeat__lt=Now() - timedelta(seconds=silent_for_s))
    running = ProcrastinateJob.objects.filter(silent, status="doing", queue_name__in=queues)
    return [row.procrastinate_job for row in running.order_by("pk")]


def waiting_keys(keys: Sequence[str]) -> set[str]:
    """Those of these keys under which a job waits."""
    found = ProcrastinateJob.objects.filter(status="todo", queueing_lock__in=keys)
    return {key for key in found.values_list("queueing_lock", flat=True) if key}


def count_waiting(name: str, queue: str) -> int:
    return ProcrastinateJob.objects.filter(status="todo", queue_name=queue, task_name=name).count()
