"""`make run` where nothing is installed but git, make and Python with venv: as a user, and as root in a closed home."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.embedded.places import any_free_port
from tests.support.bare import BareMachine
from tests.support.family import command_line, descendants

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(os.geteuid() != 0, reason="a bare machine in a folder needs root (chroot)"),
]

FIRST_START_S = 900  # the promise is four minutes on a quiet machine with warm caches; here nothing is warm
SECOND_START_S = 150


@pytest.fixture(scope="module")
def machine() -> Iterator[BareMachine]:
    root = Path(f"/var/tmp/tz-bare-{os.getpid()}")  # noqa: S108
    try:
        yield BareMachine.install(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@dataclass
class Start:
    """One `make run`: what it said, and how long it took to the sign-in page."""

    said: str
    seconds: float
    code: int


def start_and_stop(machine: BareMachine, folder: str, user: str, settings: str, within_s: float) -> Start:
    """Run until the page answers, look at it, and stop as Ctrl-C does."""
    port = any_free_port()
    begun = time.monotonic()
    command = machine.command(f"cd {folder} && exec make run PORT={port} {settings}", user=user)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "已就绪" in line or "/ Ready" in line or time.monotonic() - begun > within_s:
                break
        seconds = time.monotonic() - begun
        assert "已就绪" in said, said[-3000:]
        page = httpx.get(f"http://127.0.0.1:{port}/", timeout=20)
        assert page.status_code == 200
        assert "<title>" in page.text
        os.kill(supervisor_below(process.pid), signal.SIGINT)
        said += process.stdout.read()  # not communicate(): it would pass over what is read ahead already
        return Start(said, seconds, process.wait())


def supervisor_below(pid: int) -> int:
    """The supervisor, below `unshare`, `chroot` and `make`."""
    (found,) = (one for one in descendants(pid) if command_line(one).endswith("-m deploy.embedded"))
    return found


def test_a_user_starts_it_with_one_command(machine):
    machine.clone("/home/city/tongzhou")
    machine.run("chown -R city:city /home/city/tongzhou")
    first = start_and_stop(machine, "/home/city/tongzhou", "city", "", FIRST_START_S)
    assert "演示账号" in first.said, first.said[-3000:]
    assert "已全部停止" in first.said
    again = start_and_stop(machine, "/home/city/tongzhou", "city", "", SECOND_START_S)
    assert "演示数据已载入" not in again.said
    assert "正在安装" not in again.said
    assert "首次启动" not in again.said
    secrets = machine.run("stat -c '%a %U' /home/city/tongzhou/var/secrets/*").stdout.split("\n")
    assert {line for line in secrets if line} == {"600 city"}


def test_root_in_a_closed_home(machine):
    """The unprivileged database account cannot enter /root: its files go elsewhere, and the start-up line says so."""
    machine.run(
        "cp -a /home/city/tongzhou /root/tongzhou && chown -R root:root /root/tongzhou && rm -rf /root/tongzhou/var"
    )
    start = start_and_stop(machine, "/root/tongzhou", "root", "DEMO=0", SECOND_START_S)
    assert re.search(r"数据库文件放在 /var/lib/tongzhou/[0-9a-f]{12}。", start.said), start.said[:2000]
    assert "first-admin" in start.said
    owners = machine.run("stat -c '%U %a' /var/lib/tongzhou/*/postgres").stdout.split()
    assert owners == ["nobody", "700"]


def test_what_is_missing_is_named(machine):
    """make, venv, Python: one sentence each, with the package's name."""
    script = (
        "cd /home/city/tongzhou; mv .venv /tmp; sh deploy/environment.sh run; echo code $?; mv /tmp/.venv ."
    )
    hidden = {
        "make": "/usr/bin/make",
        "python3-venv": "/usr/lib/python3.11/ensurepip",
        "python3 ": "/usr/bin/python3.11",
    }
    for package, path in hidden.items():
        done = machine.run(f"mv {path} {path}.away; {script}; mv {path}.away {path}")
        assert "code 1" in done.stdout, done
        (sentence,) = done.stderr.strip().splitlines()
        assert "apt install" in sentence
        assert package.strip() in sentence
