"""Due timers become jobs."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from common import clock, timers

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
