"""Jobs and transactions."""

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from common import jobs
from common.aio import call_service

pytestmark = pytest.mark.django_db(transaction=True)


def defer(*, committed: bool):
    with transaction.atomic():
        jobs.defer("common.seal_audit")
        transaction.set_rollback(not committed)


@pytest.mark.parametrize("committed", [True, False])
async def test_what_a_job_defers_belongs_to_its_transaction(committed):
    """In the worker too, where services run beside an open worker's connector."""
    async with jobs.worker_app().open_async():
        await call_service(defer, committed=committed)
    assert await call_service(ProcrastinateJob.objects.count) == int(committed)
