"""Jobs whose worker was killed: they stand as running for ever unless somebody takes them up again."""

import logging
from collections.abc import Sequence

from asgiref.sync import async_to_sync
from django.db import transaction
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from common import jobs
from common.store import jobs as store

log = logging.getLogger(__name__)

# A worker reports each 10 s; one that missed three is taken for dead, as procrastinate itself does.
SILENT_FOR_S = 30.0


def reclaim(queues: Sequence[str], *, silent_for_s: float = SILENT_FOR_S) -> int:
    """Let the orphaned jobs of `queues` run again, now. Returns how many.

    A job whose key (queueing lock) waits again already is dropped: the one that waits reads the same present state. One
    that has been tried as often as failing jobs are is marked as failed, since it may be what kills its worker.
    """
    with transaction.atomic():
        store.lock_reclaiming()
        return sum(_reclaim(job) for job in store.orphans(queues, silent_for_s=silent_for_s))


def _reclaim(job: Job) -> bool:
    manager = jobs.app.job_manager
    if job.attempts >= jobs.MOST_ATTEMPTS:
        log.error("%s has lost its worker too often; it is marked as failed", job.call_string)
        async_to_sync(manager.finish_job)(job, status=Status.FAILED, delete_job=False)
        return False
    try:
        with transaction.atomic():
            async_to_sync(manager.retry_job)(job)
    except UniqueViolation:
        async_to_sync(manager.finish_job)(job, status=Status.SUCCEEDED, delete_job=True)
        return False
    log.warning("%s had lost its worker; it runs again", job.call_string)
    return True
