"""`manage.py runbots` as a process against the application under Daphne: stopped, killed, started again."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from bots.desk import DUBAN
from bots.models import CardPost, SyncPosition
from bots.services import accounts
from common.aio import call_service
from deploy.embedded.places import CHECKOUT
from tests.bots.live.conftest import eventually
from tests.support.app import DaphneApp

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(300)]

# Runs the command with a death at one place: after the server has taken the card, before anybody notes it.
DIES_AFTER_PUT = """
import os, signal, sys
from django.core.management import execute_from_command_line
import django
django.setup()
from bots.services import posting
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
posting.sent = die
execute_from_command_line(["manage.py", "runbots", *sys.argv[1:]])
"""


@pytest.fixture
def app(scene):
    with DaphneApp() as running:
        yield running


@contextmanager
def runbots(app, settings, *program):
    command = [sys.executable, *(program or ("manage.py",)), *(() if program else ("runbots",))]
    process = subprocess.Popen(
        [*command, "--homeserver", app.url],
        cwd=CHECKOUT,
        env=os.environ | {"TZ_VAR_DIR": str(settings.VAR_DIR), "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


async def ended(process):
    return await eventually(lambda: process.poll() is not None)


async def test_it_ends_cleanly_on_sigterm_and_goes_on_where_it_was(scene, app, settings):
    with runbots(app, settings) as process:
        await eventually(SyncPosition.objects.filter(bot=DUBAN.number).exists)
        await call_service(scene.say, scene.liaison, "@督办助手 台账")
        await eventually(scene.answers)
        process.send_signal(signal.SIGTERM)
        await ended(process)
        assert process.returncode == 0
    await call_service(scene.say, scene.liaison, "@督办助手 签收 7")
    with runbots(app, settings):
        await eventually(scene.answers, lambda found: len(found) == 2)


async def test_a_standby_takes_over_from_one_that_is_killed(scene, app, settings):
    """Nothing that is said before, at or after the death is lost or answered twice. Promised: within ten seconds."""
    with runbots(app, settings) as holder:
        await eventually(SyncPosition.objects.filter(bot=DUBAN.number).exists)
        with runbots(app, settings):
            await call_service(scene.say, scene.liaison, "@督办助手 台账")
            await eventually(scene.answers)
            holder.send_signal(signal.SIGKILL)
            died = time.monotonic()
            await call_service(scene.say, scene.liaison, "@督办助手 签收 7")
            await eventually(scene.answers, lambda found: len(found) == 2)
            print(f"taken over after {time.monotonic() - died:.1f} s")  # noqa: T201
            await call_service(scene.say, scene.liaison, "@督办助手 签收 8")
            await eventually(scene.answers, lambda found: len(found) == 3)
    assert len(await call_service(scene.answers)) == 3


@pytest.mark.parametrize("login", ["kept", "new"])
async def test_killed_after_the_put_and_before_the_job_is_done_it_shows_one_card(scene, app, settings, login):
    [item] = await call_service(scene.add, "智慧社区")
    await call_service(scene.dispatch)
    with runbots(app, settings, "-c", DIES_AFTER_PUT) as process:
        await ended(process)
        assert process.returncode == -signal.SIGKILL
    assert len(await call_service(scene.cards)) == 1
    assert (await call_service(CardPost.objects.get)).event_id == ""
    assert await call_service(ProcrastinateJob.objects.filter(status="doing").exists)
    await call_service(scene.sign_for, item)
    if login == "new":
        accounts.token_path(DUBAN).unlink()
    with runbots(app, settings):
        [card] = await eventually(scene.cards, lambda found: found[0]["actions"][0]["name"] == "report")
    assert card["edits"] == 1
    assert len(await call_service(scene.cards)) == 1


async def test_the_app_killed_and_started_again_the_bots_recover_alone(scene, app, settings):
    [item] = await call_service(scene.add, "智慧社区")
    with runbots(app, settings):
        await eventually(SyncPosition.objects.filter(bot=DUBAN.number).exists)
        app.kill()
        await call_service(scene.dispatch)
        await call_service(scene.say, scene.liaison, "@督办助手 签收 1")
        await call_service(app.start)
        await eventually(scene.answers)
        await eventually(scene.cards)
    assert len(await call_service(scene.answers)) == 1
    [card] = await call_service(scene.cards)
    assert card["subject"] == str(item.id)
