"""A group of 200 under load: 1,000 connections broken, app, Redis and PostgreSQL killed in turn, nothing lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.environment import adopt
from deploy.embedded.places import CHECKOUT
from tests.faults.scene import Scene, chance, live
from tests.faults.test_supervised import STARTED, Embedded
from tests.support.cutter import Cutter

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

MEMBERS = 200
DISCONNECTS = 1000
AT_ONCE = 20
KILLED = ("app", "valkey", "postgres", "app", "valkey")


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(f"/tmp/tz-storm-{os.getpid()}")  # noqa: S108 (the unprivileged account must reach it)
    path.mkdir(mode=0o755)
    yield path
    for process in STARTED:
        process.kill()
        process.wait()
    STARTED.clear()
    shutil.rmtree(path, ignore_errors=True)


def people(site: Embedded) -> list[dict[str, Any]]:
    """200 people, made by a process with the site's settings; not by this one, whose settings name other servers."""
    own = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "TZ_VAR_DIR", "TZ_CLOCK", "PUBLIC_URL"}
    env = {name: value for name, value in os.environ.items() if name not in own}
    env["TZ_VAR_DIR"] = str(site.var)
    adopt(env, site.var)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.people", str(MEMBERS)],
        cwd=CHECKOUT, env=env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    made: list[dict[str, Any]] = json.loads(done.stdout)
    return made


def kill(site: Embedded, name: str) -> None:
    """SIGKILL of the supervised process; PostgreSQL is restarted as an administrator would (fast shutdown)."""
    site.wait(lambda: name in site.family(), 90)
    os.kill(site.family()[name], signal.SIGINT if name == "postgres" else signal.SIGKILL)


def test_a_storm_of_disconnects_and_kills_loses_nothing(folder):
    moments = chance()
    site = Embedded.start(folder / "var", SENDS_PER_MINUTE="100000")
    clients = people(site)
    with Cutter(f"http://127.0.0.1:{site.port}", moments.randrange(10**6)) as cutter:
        scene = Scene(
            folder, site.database_url(), [{**client, "url": live(cutter.url)} for client in clients]
        )
        try:
            scene.start()
            kills = dict(
                zip(sorted(moments.sample(range(100, DISCONNECTS), len(KILLED))), KILLED, strict=True)
            )
            while cutter.resets + cutter.halves < DISCONNECTS:
                cutter.cut(AT_ONCE)
                time.sleep(moments.uniform(0.2, 0.8))
                if kills and cutter.resets + cutter.halves >= next(iter(kills)):
                    kill(site, kills.pop(next(iter(kills))))
            assert not kills, "the storm was over too soon"
            site.wait(site.page_answers, 60)
            assert scene.finish(), "clients did not converge by themselves"
            assert scene.faults() == []
        finally:
            scene.stop()
    connects = sum(client["connects"] for client in scene.timelines())
    counts = f"{cutter.resets} resets, {cutter.halves} in mid-frame, {connects} connects, {scene.acks()} acknowledged"
    print(counts)  # noqa: T201 (how hard it was)
    assert min(cutter.resets, cutter.halves) > DISCONNECTS / 5
    assert scene.acks() > DISCONNECTS / 5
    assert site.stop() == 0
