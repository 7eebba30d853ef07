"""One clock for all processes: `manage.py travel` moves it by a row, and only where that is allowed."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from common import clock
from common.models import AuditEntry, ClockOffset
from deploy.embedded.places import CHECKOUT

CLOSE = timedelta(seconds=30)
# A process that looks at the clock once a second, as the worker, the bots and the live line do.
WATCH = """
import json, sys, time
from common import clock
while True:
    clock.refresh()
    print(json.dumps(clock.now().isoformat()), flush=True)
    time.sleep(0.2)
"""


@pytest.fixture(autouse=True)
def _own_offset():
    yield
    clock.apply_offset(timedelta())


def travel(*arguments: str) -> str:
    out = StringIO()
    call_command("travel", *arguments, stdout=out)
    return out.getvalue()


def is_now(moment: datetime) -> bool:
    return abs(clock.now() - moment) < CLOSE


@pytest.mark.django_db
def test_moments_steps_and_the_way_back():
    real = clock.now()
    assert "2027-01-04 09:00" in travel("2027-01-04T09:00")
    assert is_now(datetime(2027, 1, 4, 9, tzinfo=clock.SHANGHAI))
    travel("+3d")
    assert is_now(datetime(2027, 1, 7, 9, tzinfo=clock.SHANGHAI))
    travel("+2h")
    assert is_now(datetime(2027, 1, 7, 11, tzinfo=clock.SHANGHAI))
    travel("2027-01-04T01:00+00:00")
    assert is_now(datetime(2027, 1, 4, 9, tzinfo=clock.SHANGHAI))
    travel("--back")
    assert is_now(real)
    assert ClockOffset.objects.get().seconds == 0
    assert AuditEntry.objects.filter(verb="clock.travel").count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize("words", [[], ["tomorrow"], ["+3"], ["+999999w"], ["1999-01-01"], ["+1d", "--back"]])
def test_what_is_no_moment_moves_nothing(words):
    with pytest.raises(CommandError, match="请"):
        travel(*words)
    assert not ClockOffset.objects.exists()


@pytest.mark.django_db
def test_the_real_clock_cannot_be_moved(settings):
    settings.TZ_CLOCK = "real"
    with pytest.raises(CommandError, match="TZ_CLOCK=db"):
        travel("+1d")
    with pytest.raises(RuntimeError):
        clock.shift_to(None)
    assert not ClockOffset.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_another_process_follows_there_and_back():
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", WATCH],
        cwd=CHECKOUT, env=os.environ, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None

        def follows(moment: datetime) -> bool:
            give_up = time.monotonic() + 30
            while time.monotonic() < give_up:
                assert process.stdout is not None
                if abs(datetime.fromisoformat(json.loads(process.stdout.readline())) - moment) < CLOSE:
                    return True
            return False

        real = clock.now()
        assert follows(real)
        travel("+5d")
        assert follows(real + timedelta(days=5))
        travel("--back")
        assert follows(clock.now())
        assert is_now(real)
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
