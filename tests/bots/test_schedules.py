"""Set times: which moment, once per slot, across processes and stops."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from bots.desk import DUBAN
from bots.desk.bot import Schedule
from bots.models import BotRecord, ScheduledRun
from bots.services import accounts, keeping, schedules
from common import clock
from common.clock import SHANGHAI
from common.store.models import Timer

FRIDAY = datetime(2026, 9, 25, 8, 0, tzinfo=SHANGHAI)  # Mid-Autumn: a holiday until Sunday


@pytest.mark.parametrize(
    ("when", "after", "found"),
    [
        ("30 9 * * *", FRIDAY, datetime(2026, 9, 25, 9, 30, tzinfo=SHANGHAI)),
        ("0 8 * * *", FRIDAY, datetime(2026, 9, 26, 8, 0, tzinfo=SHANGHAI)),
        ("0 9 1 1 *", FRIDAY, datetime(2027, 1, 1, 9, 0, tzinfo=SHANGHAI)),
        ("*/15 * * * 1-5", FRIDAY, datetime(2026, 9, 25, 8, 15, tzinfo=SHANGHAI)),
    ],
)
def test_cron_is_in_our_own_time(when, after, found):
    assert schedules.next_slot(when, after) == found


@pytest.mark.django_db
def test_a_working_day_skips_weekends_and_holidays():
    monday = datetime(2026, 11, 23, 8, 30, tzinfo=SHANGHAI)
    assert schedules.next_slot("working_day 08:30", datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)) == monday
    assert schedules.next_slot("working_day 08:30", datetime(2026, 10, 1, 0, 0, tzinfo=SHANGHAI)) > datetime(
        2026, 10, 7, tzinfo=SHANGHAI
    )


@pytest.mark.parametrize("wrong", ["", "daily", "* * * * * *", "working_day 25:00", "99 * * * *"])
def test_what_is_no_time_is_refused(wrong):
    with pytest.raises(ValueError, match=r".+"):
        schedules.next_slot(wrong, FRIDAY)


class Runs:
    """A desk with one schedule that keeps its slots; `due` moves the open slot into the past."""

    def __init__(self):
        self.slots: list[datetime] = []
        self.fails = False
        self.desk = (replace(DUBAN, schedules=(Schedule("morning", "0 9 * * *", self.take),)),)

    def take(self, slot):
        ScheduledRun.objects.get_or_create(bot="seen", name="seen", slot=slot)
        if self.fails:
            raise RuntimeError
        self.slots.append(slot)

    def due(self):
        ScheduledRun.objects.filter(done_at=None).update(slot=clock.now() - timedelta(minutes=1))

    def run(self):
        return schedules.run(self.desk, DUBAN.number, "morning")


@pytest.fixture
def runs():
    return Runs()


@pytest.mark.django_db
def test_a_slot_runs_once_and_sets_the_next(runs):
    schedules.arm(runs.desk)
    schedules.arm(runs.desk)  # a standby starts
    assert ScheduledRun.objects.count() == 1
    assert runs.run() is False  # not due
    runs.due()
    assert [runs.run(), runs.run()] == [True, False]
    assert len(runs.slots) == 1
    timer = Timer.objects.get(key="schedule:bot-duban:morning")
    assert timer.due_at > clock.now()
    assert (timer.task, timer.args) == ("bots.run_schedule", {"bot": "bot-duban", "name": "morning"})


@pytest.mark.django_db
def test_a_slot_that_was_missed_is_armed_again_as_it_was(runs):
    schedules.arm(runs.desk)
    runs.due()
    Timer.objects.all().delete()  # the job of it died
    schedules.arm(runs.desk)
    assert Timer.objects.get().due_at < clock.now()
    assert runs.run() is True


@pytest.mark.django_db(transaction=True)
def test_what_fails_leaves_nothing_behind_and_is_tried_again(runs):
    schedules.arm(runs.desk)
    runs.due()
    runs.fails = True
    with pytest.raises(RuntimeError):
        runs.run()
    assert not ScheduledRun.objects.filter(bot="seen").exists()
    runs.fails = False
    assert runs.run() is True


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_run_it_once(runs):
    schedules.arm(runs.desk)
    runs.due()
    barrier, answers = Barrier(4), []

    def work():
        barrier.wait()
        answers.append(runs.run())
        connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert len(runs.slots) == 1


@pytest.mark.django_db
def test_a_paused_bot_runs_nothing(runs):
    accounts.ensure_bots()
    schedules.arm(runs.desk)
    runs.due()
    BotRecord.objects.filter(number="bot-duban").update(paused_at=clock.now())
    assert runs.run() is False
    BotRecord.objects.update(paused_at=None)
    assert runs.run() is True


@pytest.mark.django_db
def test_done_slots_are_forgotten_after_thirty_days(runs):
    ScheduledRun.objects.create(bot="b", name="n", slot=FRIDAY, done_at=clock.now() - timedelta(days=31))
    ScheduledRun.objects.create(bot="b", name="n", slot=clock.now(), done_at=clock.now())
    keeping.forget()
    assert ScheduledRun.objects.count() == 1
