"""Jobs whose worker is gone."""

import threading

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from common import jobs, orphans
from common.store import jobs as store

pytestmark = pytest.mark.django_db(transaction=True)
NAME, QUEUE = "workflows.hand_slips", "timers"


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None


def worker(silent_s):
    return sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 s') RETURNING id",
        silent_s,
    )


def running(by, *, key=None, attempts=0):
    jobs.defer(NAME, key=key)
    return sql(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s"
        " WHERE id = (SELECT max(id) FROM procrastinate_jobs) RETURNING id",
        by,
        attempts,
    )


def in_a_thread():
    orphans.reclaim([QUEUE])
    connection.close()


def states():
    return dict(ProcrastinateJob.objects.values_list("pk", "status"))


def test_only_jobs_of_the_silent_and_the_gone_run_again():
    of_silent, of_living, of_gone = running(worker(31)), running(worker(5)), running(None)
    assert orphans.reclaim([QUEUE]) == 2
    assert states() == {of_silent: "todo", of_living: "doing", of_gone: "todo"}
    assert orphans.reclaim([QUEUE]) == 0


def test_other_queues_are_left_alone():
    job = running(None)
    assert orphans.reclaim(["bots"]) == 0
    assert states() == {job: "doing"}


def test_a_key_that_waits_again_makes_the_orphan_needless():
    running(None, key="once")
    jobs.defer(NAME, key="once")
    waiting = ProcrastinateJob.objects.get(status="todo").pk
    assert orphans.reclaim([QUEUE]) == 0
    assert states() == {waiting: "todo"}


def test_a_job_that_keeps_losing_its_worker_ends_as_failed():
    job = running(None, attempts=jobs.MOST_ATTEMPTS)
    assert orphans.reclaim([QUEUE]) == 0
    assert states() == {job: "failed"}


def test_everything_is_taken_up_by_the_one_who_is_alone():
    job = running(worker(0))
    assert orphans.reclaim([QUEUE], silent_for_s=0) == 1
    assert states() == {job: "todo"}


def test_whoever_comes_meanwhile_waits_for_the_other_and_leaves_nothing(settings):
    job = running(None)
    with psycopg.connect(settings.DATABASE_URL) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [store.RECLAIMING])
        waiting = threading.Thread(target=in_a_thread)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
    waiting.join(20)
    assert states() == {job: "todo"}
