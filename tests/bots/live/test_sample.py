"""The bot on the page runs as printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bots.services import records
from common.aio import call_service
from tests.bots.live.conftest import eventually
from tests.bots.live.test_hooks import make, said

PAGE = Path(__file__).parents[3] / "docs" / "bots" / "matrix-nio.md"


def code() -> str:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_it_is_short():
    lines = [line for line in code().splitlines() if line.strip()]
    assert len(lines) <= 25


@pytest.mark.django_db(transaction=True)
async def test_it_runs_as_printed(scene, url, tmp_path):
    head, bot, room_id, _url = await call_service(make, scene)
    token = await call_service(lambda: records.issue_token(actor=head.actor(), bot_id=bot.pk))
    script = tmp_path / "echo.py"
    script.write_text(code(), encoding="utf-8")
    user = "@bot-jiankong:tongzhou.localhost"
    given = {"HOMESERVER": url, "USER_ID": user, "TOKEN": token, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"}
    running = await call_service(
        lambda: subprocess.Popen([sys.executable, str(script)], env=given, cwd=tmp_path)
    )
    try:

        def ask_and_look():
            # It hears what is said after it came, so it is asked until it answers.
            scene.say(head, "回声 水位 28.4 米", room_id)
            return said(room_id)

        found = await eventually(ask_and_look)
        assert set(found) == {"水位 28.4 米"}
        assert running.poll() is None
    finally:
        running.terminate()
        running.wait(10)
