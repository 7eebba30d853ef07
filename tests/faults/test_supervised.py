"""The whole embedded site under its supervisor: what is killed comes back, what is stopped is gone, data stay."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from deploy.embedded.environment import adopt
from deploy.embedded.places import CHECKOUT, any_free_port
from tests.support.environment import SLOT
from tests.support.family import children, command_line, descendants, ended

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

MARKS = {
    "postgres": "/postgres -D",
    "valkey": "valkey-server",
    "app": "-m daphne",
    "worker": "manage.py work",
    "bots": "manage.py runbots",
}
STARTED: list[subprocess.Popen[str]] = []
OWN = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "TZ_CLOCK", "DEMO", "PUBLIC_URL"}


@dataclass
class Embedded:
    """A supervisor on a folder of its own."""

    process: subprocess.Popen[str]
    port: int
    var: Path

    @classmethod
    def start(cls, var: Path, **settings: str) -> "Embedded":
        port = any_free_port()
        env = {name: value for name, value in os.environ.items() if name not in OWN}
        env |= {"TZ_VAR_DIR": str(var), "PORT": str(port), "DEMO": "0", **settings}
        with (var.parent / "said").open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.embedded"],
                cwd=CHECKOUT, env=env, stdout=said, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        STARTED.append(process)
        made = cls(process, port, var)
        made.wait(lambda: "已就绪" in made.said(), 120)
        return made

    def said(self) -> str:
        return (self.var.parent / "said").read_text()

    def wait(self, holds, seconds: float) -> None:
        give_up = time.monotonic() + seconds
        while not holds():
            assert self.process.poll() is None, self.said()[-3000:]
            assert time.monotonic() < give_up, self.said()[-3000:]
            time.sleep(0.1)

    def family(self) -> dict[str, int]:
        """The pids of the supervised processes by name."""
        lines = {pid: command_line(pid) for pid in children(self.process.pid)}
        return {name: pid for name, mark in MARKS.items() for pid, line in lines.items() if mark in line}

    def database_url(self) -> str:
        found: dict[str, str] = {"TZ_VAR_DIR": str(self.var)}
        adopt(found, self.var)
        return found["DATABASE_URL"]

    def page_answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(f"/tmp/tz-supervised-{os.getpid()}")  # noqa: S108 (the unprivileged account must reach it)
    path.mkdir(mode=0o755)
    yield path
    for process in STARTED:
        process.kill()
        process.wait()
    STARTED.clear()
    shutil.rmtree(path)


def test_killed_parts_come_back_and_a_stop_leaves_nothing(folder):
    site = Embedded.start(folder / "var")
    site.wait(lambda: set(site.family()) == set(MARKS), 60)
    with psycopg.connect(site.database_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    for name in ("valkey", "worker", "app", "postgres"):
        before = site.family()[name]
        os.kill(before, signal.SIGKILL)
        site.wait(lambda name=name, before=before: site.family().get(name, before) != before, 60)
    site.wait(lambda: "postgres 已恢复" in site.said(), 60)
    site.wait(site.page_answers, 60)
    assert "app 已退出（-9）" in site.said()
    with psycopg.connect(site.database_url()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]

    everybody = descendants(site.process.pid)
    assert len(everybody) > len(MARKS)
    assert site.stop() == 0
    assert ended(everybody, 1)
    assert "已全部停止，数据保留" in site.said()


def test_a_killed_supervisor_leaves_no_process_and_no_obstacle(folder):
    site = Embedded.start(folder / "var")
    with psycopg.connect(site.database_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    everybody = descendants(site.process.pid)
    site.stop(signal.SIGKILL)
    assert ended(everybody, 30)
    again = Embedded.start(folder / "var")
    with psycopg.connect(again.database_url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert again.stop(signal.SIGINT) == 0


def test_servers_of_ones_own_are_used(folder):
    """DATABASE_URL and REDIS_URL and nothing else: no embedded server, no folder for one."""
    with psycopg.connect(SLOT.url("tongzhou", "tongzhou")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("tongzhou",)
    site = Embedded.start(
        folder / "var", DATABASE_URL=SLOT.url("tongzhou", "tongzhou"), REDIS_URL=os.environ["REDIS_URL"]
    )
    site.wait(lambda: {"app", "worker", "bots"} <= set(site.family()), 60)
    assert not {"postgres", "valkey"} & set(site.family())
    assert not (folder / "var" / "data").exists()
    assert site.stop() == 0
