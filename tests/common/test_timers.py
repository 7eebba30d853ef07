"""Due timers become jobs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from common import audit, clock, jobs, timers
from common.models import AuditEntry, Timer

pytestmark = pytest.mark.django_db(transaction=True)


def due():
    return clock.now() - timedelta(seconds=1)


def test_any_argument_of_a_task_reaches_its_job():
    timers.set_timer("schedule", due(), "bots.run_schedule", bot="bot-tixing", name="weekly")
    assert timers.tick() == 1
    assert ProcrastinateJob.objects.get().args == {"bot": "bot-tixing", "name": "weekly"}


def test_one_that_cannot_run_holds_up_no_other():
    timers.set_timer("bad", due() - timedelta(hours=1), "bots.run_schedule", key="not a task's to have")
    timers.set_timer("good", due(), "workflows.hand_slips")
    timers.tick()
    assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["workflows.hand_slips"]
    assert timers.is_set("bad")
    assert not timers.is_set("good")
    assert timers.tick() == 0


# Deeds by thousands at one moment: each is a line of the trail.


dies: dict[int, BaseException] = {}
again: set[int] = set()


@jobs.task(name="tests.note", queue="timers")
def note(number):
    if number in dies:
        raise dies.pop(number)
    audit.record(actor=None, verb="note", subject="timer", subject_id=number)
    if number in again:
        timers.set_timer(f"n{number}", clock.now() + timedelta(hours=1), "tests.note", number=number)


@pytest.fixture
def due_at_once(monkeypatch):
    """`due_at_once(count)`: so many timers of a short task at one moment."""
    monkeypatch.setattr(timers, "_short", {"tests.note"})
    monkeypatch.setattr(timers, "HANDFUL", 5)
    monkeypatch.setattr(timers, "WAITING_HANDFULS", 4)
    dies.clear()
    again.clear()

    def make(count):
        for number in range(count):
            timers.set_timer(f"n{number}", due(), "tests.note", number=number)

    return make


def notes():
    return sorted(int(key) for key in AuditEntry.objects.values_list("subject_id", flat=True))


def waiting():
    return list(ProcrastinateJob.objects.filter(task_name=timers.RUN).order_by("pk"))


def forget_jobs(*keys):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ANY (%s)", [list(keys)])


def work_off():
    """All jobs that wait, as a worker does; what one raises keeps its job."""
    for job in waiting():
        timers.run_lent(**job.args)
        forget_jobs(job.pk)


def drain():
    while timers.tick():
        work_off()


def test_thousands_go_by_handfuls_and_others_find_their_turn(due_at_once):
    due_at_once(53)
    timers.set_timer("other", due(), "workflows.hand_slips")
    assert timers.tick() == 21
    assert timers.tick() == 0  # as many wait as may
    assert [len(job.args["timers"]) for job in waiting()] == [5, 5, 5, 5]
    assert ProcrastinateJob.objects.filter(task_name="workflows.hand_slips").count() == 1
    work_off()
    drain()
    assert notes() == list(range(53))
    assert not Timer.objects.exists()


@pytest.mark.parametrize("cut", [0, 1, 7, 19])
def test_a_worker_that_dies_loses_none_and_doubles_none(due_at_once, cut):
    due_at_once(20)
    dies[cut] = KeyboardInterrupt()
    timers.tick()
    with pytest.raises(KeyboardInterrupt):
        work_off()
    assert cut not in notes()
    work_off()  # its jobs are begun again
    assert notes() == list(range(20))


def test_what_was_lent_to_one_who_never_came_back_is_lent_again(due_at_once):
    due_at_once(20)
    timers.tick()
    lost = waiting()
    forget_jobs(*(job.pk for job in lost))
    assert timers.tick() == 0
    with clock.travel(clock.now() + timers.LENT_FOR + timedelta(seconds=1)):
        drain()
        for job in lost:
            timers.run_lent(**job.args)  # he comes back after all
    assert notes() == list(range(20))


def test_two_workers_with_the_same_handful_do_each_once(due_at_once):
    due_at_once(20)
    timers.tick()
    jobs_ = [*waiting(), *waiting()]

    def work(job):
        try:
            timers.run_lent(**job.args)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, jobs_))
    assert notes() == list(range(20))


def test_one_that_was_called_off_or_set_anew_meanwhile_is_not_done(due_at_once):
    due_at_once(5)
    timers.tick()
    timers.cancel_timer("n1")
    later = clock.now() + timedelta(days=1)
    timers.set_timer("n2", later, "tests.note", number=2)
    again.add(3)
    work_off()
    assert notes() == [0, 3, 4]
    assert {timer.key for timer in Timer.objects.all()} == {"n2", "n3"}
    assert Timer.objects.get(key="n2").due_at == later


def test_one_that_fails_is_tried_again_later_and_holds_up_no_other(due_at_once):
    due_at_once(5)
    dies[2] = ValueError("not today")
    drain()
    assert notes() == [0, 1, 3, 4]
    with clock.travel(clock.now() + timers.AFTER_FAILURE + timedelta(seconds=1)):
        drain()
    assert notes() == [0, 1, 2, 3, 4]


def test_of_many_under_keys_those_that_wait_are_left_out():
    for _again in range(2):
        jobs.defer_keyed([("workflows.hand_slips", f"k{number}", {}) for number in range(3)])
    jobs.defer_keyed([("workflows.hand_slips", f"k{number}", {}) for number in range(5)])
    locks = ProcrastinateJob.objects.values_list("queueing_lock", flat=True)
    assert sorted(locks) == ["k0", "k1", "k2", "k3", "k4"]
