"""kill -9 of the bots at every step of an order's ladder: who is told of a silent unit is told once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bots.desk import TIXING
from bots.models import Notice
from bots.services import accounts
from chatops.models import Event
from common import clock
from deploy.embedded.places import CHECKOUT
from directory.store.models import Staff
from tests.faults.scene import chance
from tests.faults.test_orders import Worker, wait
from tests.support.app import DaphneApp
from tests.workflows.orders.conftest import be, draft, issue, organs
from workflows.orders.views import OrderRungIn, OrderScopeIn
from workflows.store.models import OrderAttempt, OrderRung

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(600)]

__all__ = ["be", "draft", "issue", "organs"]
STEPS = ("duty", "leader")
# The command with a death at the first message: before it is made, or after the server has it and nobody noted it.
DIES = """
import os, signal, sys
from django.core.management import execute_from_command_line
import django
django.setup()
from bots.services import rendering
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(rendering, sys.argv[1], die)
execute_from_command_line(["manage.py", "runbots", *sys.argv[2:]])
"""
BEFORE, AFTER = ("-c", DIES, "compose"), ("-c", DIES, "settle")
PLAIN = ("manage.py", "runbots")


@contextmanager
def bots(app, settings, *program):
    process = subprocess.Popen(
        [sys.executable, *program, "--homeserver", app.url],
        cwd=CHECKOUT,
        env=os.environ
        | {
            "TZ_VAR_DIR": str(settings.VAR_DIR),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "TZ_CLOCK": "real",
        },
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(20)


def settled():
    return Notice.objects.filter(kind="words", settled_at__isnull=False).count()


def said():
    """Transaction: what 提醒助手 has said in each direct room."""
    bot = Staff.objects.get(staff_number=TIXING.number)
    found = Event.objects.filter(sender_id=bot.pk, type="m.room.message")
    return Counter(found.values_list("room_id", "content__body"))


def test_nobody_is_missed_and_nobody_told_twice(issue, organs, settings, tmp_path):
    moments = chance()
    settings.VAR_DIR = tmp_path
    accounts.ensure_bots()
    order = issue(
        scope=OrderScopeIn(units=[organs.xayj.pk, organs.cbyj.pk], everyone=True),
        rungs=[OrderRungIn(step=step, minutes=0) for step in STEPS],
        sign_by=clock.now() + timedelta(hours=3),
    )
    attempts = OrderAttempt.objects.filter(order_id=order.id, channel="app")
    worker = Worker(TZ_CLOCK="real")
    deaths = 0
    with DaphneApp() as app:
        worker.start()
        try:
            wait(lambda: not OrderRung.objects.filter(order_id=order.id, ended_at__isnull=True).exists())
        finally:
            worker.kill()
        wanted = attempts.count()
        assert wanted == Notice.objects.filter(kind="words").count() == 4
        while settled() < wanted:
            for program in (BEFORE, AFTER) if deaths < len(STEPS) * 2 else ():
                before = settled()
                with bots(app, settings, *program) as process:
                    wait(lambda process=process: process.poll() is not None)
                    assert process.returncode == -signal.SIGKILL
                    deaths += 1
                assert settled() == before
            before = settled()
            with bots(app, settings, *PLAIN):
                wait(lambda before=before: settled() > before)
                time.sleep(moments.uniform(0.0, 0.2))
        with bots(app, settings, *PLAIN):
            time.sleep(3)  # a life with nothing left to say
    assert deaths >= 2
    told = said()
    assert sum(told.values()) == wanted
    assert set(told.values()) == {1}
    assert Notice.objects.filter(kind="words", event_id="").count() == 0
    assert Notice.objects.values("event_id").distinct().count() == wanted
    assert set(attempts.values_list("rung__step", flat=True)) == set(STEPS)
