"""`python -m deploy.embedded` where it cannot go on: one sentence each, exit code 1, nothing left running."""

import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.embedded.places import CHECKOUT, any_free_port, only_one
from deploy.embedded.postgres import ADMIN, ROLE, start_postgres

ROOT = os.geteuid() == 0
OURS = {
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "CONNECTOR_KEY",
    "TZ_VAR_DIR",
    "DEMO",
    "PORT",
    "LISTEN",
    "TZ_CLOCK",
    "PUBLIC_URL",
}


def start(var: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    limit = settings.pop("file_limit", None)

    def limit_files() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))

    return subprocess.run(
        [sys.executable, "-m", "deploy.embedded"],
        cwd=CHECKOUT, env=env | {"TZ_VAR_DIR": str(var), "PORT": str(any_free_port())} | settings,
        capture_output=True, text=True, check=False, timeout=60, preexec_fn=limit_files,
    )  # fmt: skip


def assert_one_sentence(done: subprocess.CompletedProcess[str], zh: str, en: str) -> None:
    assert done.returncode == 1
    *_, last = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr
    assert zh in last
    assert en in last


@contextmanager
def small_disk(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own; needs root."""
    folder.mkdir()
    folder.chmod(0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def open_path(tmp_path_factory) -> Iterator[Path]:
    """A folder that the unprivileged account can traverse to; pytest's own are 0700."""
    folder = Path(f"/tmp/tz-start-{os.getpid()}")  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def test_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start(tmp_path, PORT=str(port))
    assert_one_sentence(done, f"端口 {port} 已被其他程序占用", f"make run PORT={port + 1}")


@pytest.mark.parametrize(
    ("settings", "zh"),
    [({"PORT": "eighty"}, "PORT=eighty 不是端口号"), ({"DEMO": "maybe"}, "DEMO=maybe 应为 0 或 1")],
)
def test_a_value_that_cannot_be_meant(tmp_path, settings, zh):
    assert_one_sentence(start(tmp_path, **settings), zh, " / ")


def test_second_start_in_the_same_checkout(tmp_path):
    with only_one(tmp_path / "run.lock"):
        assert_one_sentence(start(tmp_path), "已在运行", "already running")


def test_read_only_folder(open_path):
    if ROOT:
        with small_disk(open_path / "disk", "ro", "size=4m") as disk:
            done = start(disk / "var")
    else:
        open_path.chmod(0o555)
        done = start(open_path / "var")
        open_path.chmod(0o755)
    assert_one_sentence(done, "无法写入", "cannot be written")


def test_folder_name_taken_by_a_file(tmp_path):
    (tmp_path / "var").write_text("")
    assert_one_sentence(start(tmp_path / "var"), "无法使用", "cannot be used")


@pytest.mark.skipif(
    not ROOT, reason="a small disk of its own needs root; test_no_room_for_the_cluster runs without"
)
def test_full_disk(open_path):
    with small_disk(open_path / "disk", "size=20m") as disk:
        assert_one_sentence(start(disk), "磁盘已满", "is full")


@pytest.mark.skipif(not ROOT, reason="a small disk of its own needs root")
def test_no_room_for_the_packages(open_path):
    """`make run` on a disk that cannot hold the environment says so before it downloads anything."""
    with small_disk(open_path / "disk", "size=60m") as disk:
        shutil.copytree(CHECKOUT / "deploy", disk / "deploy")
        for lock in CHECKOUT.glob("requirements*.lock"):
            shutil.copy(lock, disk)
        done = subprocess.run(
            ["sh", "deploy/environment.sh", "run"], cwd=disk, capture_output=True, text=True, check=False
        )
    assert_one_sentence(done, "磁盘空间不足", "Not enough room")


def test_no_room_for_the_cluster(open_path):
    """The disk fills while the cluster is being made: what is half made goes, the next start is afresh."""
    done = start(open_path / "var", file_limit="200000")
    assert_one_sentence(done, "磁盘已满", "is full")
    assert not list((open_path / "var" / "data").glob("postgres*"))


def test_missing_server_program(tmp_path):
    done = start(tmp_path, TZ_PG_BIN=str(tmp_path))
    assert_one_sentence(done, "没有可用的 PostgreSQL", "no working PostgreSQL")


def test_lost_secrets(open_path):
    """Deleting var/secrets must not end in a stack trace, and must not throw the data away."""
    var = open_path / "var"
    (var / "log").mkdir(parents=True)
    data, passwords = var / "data" / "postgres", {ADMIN: "first", ROLE: "first"}
    start_postgres(data, any_free_port(), passwords=passwords, log=var / "log" / "postgres.log").stop()
    assert_one_sentence(start(var), "var/secrets", "does not accept the password")
    assert (data / "PG_VERSION").exists()
