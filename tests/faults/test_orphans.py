"""kill -9 of the worker in the middle of a job: the next one takes it up, and the deed is done once."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from common import jobs
from tests.faults.test_orders import Worker, wait
from tests.workflows.orders.conftest import organs
from workflows.store.models import BurdenCount

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(240)]

__all__ = ["organs"]
NAME = "workflows.count_burden"
TABLE = BurdenCount._meta.db_table


@pytest.fixture
def worker():
    made = Worker(TZ_CLOCK="real")
    yield made
    made.kill()


def is_waiting_for_the_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [TABLE])
        return cursor.fetchone()[0] > 0


def test_a_job_outlives_its_worker(organs, worker):
    jobs.defer(NAME)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN EXCLUSIVE MODE")
        worker.start()
        wait(is_waiting_for_the_table)
        worker.kill()
    assert list(ProcrastinateJob.objects.filter(task_name=NAME).values_list("status", flat=True)) == ["doing"]

    worker.start()
    wait(lambda: not ProcrastinateJob.objects.filter(task_name=NAME).exists())
    assert BurdenCount.objects.filter(staff__staff_number="zf_leader").count() == 1
