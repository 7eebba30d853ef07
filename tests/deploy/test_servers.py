"""The embedded servers: what they promise about passwords, accounts, crashes and other people's folders."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.errors import StartError
from deploy.embedded.places import (
    Account,
    Secrets,
    account_for,
    any_free_port,
    data_root,
    stable_port,
    try_lock,
)
from deploy.embedded.postgres import ADMIN, ROLE, start_postgres
from deploy.embedded.programs import find_valkey, reachable
from deploy.embedded.valkey import start_valkey, valkey_command

ROOT = os.geteuid() == 0
PASSWORDS = {ADMIN: "admin-word", ROLE: "role-word"}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the unprivileged account can traverse to; pytest's own are 0700."""
    folder = Path(f"/tmp/tz-servers-{os.getpid()}")  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def postgres(place):
    server = start_postgres(
        place / "data" / "postgres", any_free_port(), passwords=PASSWORDS, log=place / "pg.log"
    )
    yield server
    server.stop()


def test_wrong_or_no_password_is_refused(postgres):
    for word in ("role-word-", ""):
        url = postgres.url.replace("role-word", word)
        with pytest.raises(
            psycopg.OperationalError, match=r"password authentication failed|no password supplied"
        ):
            psycopg.connect(url).close()


def test_only_loopback_listens(postgres):
    listening = Path("/proc/net/tcp").read_text().splitlines()
    port = f":{postgres.port:04X} "
    addresses = [line.split()[1] for line in listening if port in line and line.split()[3] == "0A"]
    assert addresses == [f"0100007F{port.strip()}"]


def test_settings_that_others_rely_on(postgres):
    with psycopg.connect(postgres.url) as connection:
        answer = connection.execute(
            "SELECT current_setting('max_connections')::int, current_setting('fsync'), "
            "current_setting('server_encoding'), current_setting('password_encryption'), '咸宁' ~ '^\\w+$'"
        ).fetchone()
    assert answer == (200, "on", "UTF8", "scram-sha-256", True)


def test_a_killed_postmaster_is_started_again_with_its_data(place, postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    os.kill(
        postgres.process.pid, signal.SIGKILL
    )  # not reaped: its postmaster.pid names a process that still exists
    again = start_postgres(
        place / "data" / "postgres", postgres.port, passwords=PASSWORDS, log=place / "pg.log"
    )
    try:
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
    finally:
        again.stop()


def test_an_orphan_of_a_killed_supervisor_is_ended_first(place, postgres):
    """The next start holds the lock, so a postmaster of this cluster that still runs belongs to nobody."""
    again = start_postgres(
        place / "data" / "postgres", any_free_port(), passwords=PASSWORDS, log=place / "pg.log"
    )
    try:
        assert postgres.process.wait(5) == 0
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        again.stop()


def test_valkey_wants_its_password_and_does_not_show_it(place):
    server = start_valkey(place / "valkey", any_free_port(), password="very-secret", log=place / "valkey.log")
    try:
        assert b"+PONG" in valkey_command(server.port, "very-secret", "PING")
        assert b"WRONGPASS" in valkey_command(server.port, "guess", "PING")
        assert "very-secret" not in Path(f"/proc/{server.process.pid}/cmdline").read_text()
    finally:
        server.stop()


@pytest.mark.skipif(not ROOT, reason="only root has to become somebody else")
def test_root_runs_servers_under_another_account(place, postgres):
    valkey = start_valkey(place / "valkey", any_free_port(), password="word", log=place / "valkey.log")
    try:
        for server in (postgres, valkey):
            status = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
            uids = next(line for line in status if line.startswith("Uid:")).split()[1:]
            groups = next(line for line in status if line.startswith("Groups:")).split()[1:]
            assert "0" not in uids
            assert groups == []
    finally:
        valkey.stop()


@pytest.mark.skipif(not ROOT, reason="only root has to become somebody else")
def test_data_go_elsewhere_when_the_checkout_is_closed(place):
    closed = place / "home"
    var = closed / "checkout" / "var"
    var.mkdir(parents=True)
    closed.chmod(0o700)
    root, account = data_root(var)
    assert root.parent == Path("/var/lib/tongzhou")
    assert account.drops
    closed.chmod(0o755)
    assert data_root(var)[0] == var / "data"


@pytest.mark.skipif(not ROOT, reason="only root has to become somebody else")
def test_programs_out_of_reach_are_copied(place):
    """A venv in a closed home: the program is copied with its libraries and runs from there."""
    site = place / "home" / "site-packages"
    valkey = find_valkey()
    package = valkey.parents[2]
    shutil.copytree(package, site / package.name)
    (place / "home").chmod(0o700)
    account, copies = account_for(place / "data"), place / "copies"
    account.make_folder(copies)
    copy = reachable(site / package.name / valkey.relative_to(package), account, copies)
    assert copies in copy.parents
    said = subprocess.run(
        [copy, "--version"], capture_output=True, text=True, check=True, **account.popen
    ).stdout
    assert "v=9" in said


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path):
    secrets = Secrets(tmp_path / "secrets")
    first = secrets.get("redis")
    assert secrets.get("redis") == first
    assert secrets.get("other") != first
    assert len(first) >= 50
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "redis").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {"redis", "other"}


def test_ports_are_stable_and_give_way(tmp_path):
    memory = tmp_path / "ports.json"
    port = stable_port(memory, "postgres")
    assert stable_port(memory, "postgres") == port
    assert stable_port(memory, "redis") != port
    with socket.create_server(("127.0.0.1", port)):
        other = stable_port(memory, "postgres")
        assert other != port
    assert stable_port(memory, "postgres") == other


def test_a_lock_is_held_once(tmp_path):
    first = try_lock(tmp_path / "lock")
    assert first is not None
    assert try_lock(tmp_path / "lock") is None
    os.close(first)
    second = try_lock(tmp_path / "lock")
    assert second is not None
    os.close(second)


def test_an_ordinary_user_keeps_their_own_account(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert account_for(tmp_path) == Account(1234, os.getegid(), drops=False)
    assert account_for(tmp_path).popen == {}


def test_a_path_too_long_for_a_socket(place):
    """The kernel takes 107 bytes for a socket's path: TCP does without it."""
    deep = place / ("d" * 60) / ("e" * 60) / "postgres"
    server = start_postgres(deep, any_free_port(), passwords=PASSWORDS, log=place / "pg.log")
    try:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


def test_an_interrupted_first_start_is_done_again(place):
    """What initdb had made when it was killed is thrown away; a finished cluster never is."""
    half = place / "data" / "postgres.new"
    account_for(half).make_folder(place / "data")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = start_postgres(
        place / "data" / "postgres", any_free_port(), passwords=PASSWORDS, log=place / "pg.log"
    )
    server.stop()
    assert not half.exists()
    assert (place / "data" / "postgres" / "PG_VERSION").exists()


def test_data_of_another_major_version_are_left_alone(place):
    data = place / "data" / "postgres"
    account_for(data).make_folder(place / "data")
    data.mkdir()
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(StartError, match=r"manage\.py backup"):
        start_postgres(data, any_free_port(), passwords=PASSWORDS, log=place / "pg.log")
    assert (data / "PG_VERSION").read_text() == "14\n"
