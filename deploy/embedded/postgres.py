"""An embedded PostgreSQL: made once, started as our child, password on loopback only."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from deploy.embedded.errors import StartError, explain, explain_output
from deploy.embedded.places import Account, account_for
from deploy.embedded.processes import Server, clean_env, end_orphan, spawn, tail
from deploy.embedded.programs import Postgres, find_postgres, reachable

ADMIN, ROLE, DATABASE = "postgres", "tongzhou", "tongzhou"
GUEST = "waterbase"  # another office's database on the demo's server, owned by a role of the same name
SOCKET_PATH_LIMIT = 90  # sun_path holds 107 bytes, PostgreSQL adds "/.s.PGSQL.12345"


def start_postgres(
    data: Path,
    port: int,
    *,
    passwords: dict[str, str],
    log: Path,
    account: Account | None = None,
    programs: Postgres | None = None,
    settings: dict[str, str] | None = None,
) -> Server:
    """Start PostgreSQL on 127.0.0.1:`port` with its cluster in `data`, made when it is not there.

    Args:
        passwords: for "postgres" (superuser), "tongzhou" (owns the database `tongzhou`, may create more) and, where
            there is to be such a database, "waterbase".
        log: the server's messages; its parent must exist.
        settings: further PostgreSQL settings.
    Returns:
        The server, ready for connections; we are the parent of its postmaster.
    Raises:
        StartError: it did not start; the sentence says why.
    """
    account = account or account_for(data)
    programs = programs or find_postgres()
    programs = Postgres(reachable(programs.bin, account, data.parent), programs.major)
    account.make_folder(data.parent)
    if not (data / "PG_VERSION").exists():
        _init_cluster(data, programs, account, passwords[ADMIN])
    elif int((data / "PG_VERSION").read_text()) != programs.major:
        raise StartError(
            f"{data} 不是 PostgreSQL {programs.major} 的数据；请用原版本备份（manage.py backup）后恢复。",
            f"{data} was not made by version {programs.major}; back up with that, then restore.",
        )
    server = _start_postmaster(data, port, programs, account, log, settings or {})
    server.url = f"postgresql://{ROLE}:{quote(passwords[ROLE])}@127.0.0.1:{port}/{DATABASE}"
    server.admin_url = f"postgresql://{ADMIN}:{quote(passwords[ADMIN])}@127.0.0.1:{port}/postgres"
    try:
        _ensure_role(programs, port, passwords)
    except BaseException:
        server.stop()
        raise
    return server


def guest_url(port: int, password: str) -> str:
    return f"postgresql://{GUEST}:{quote(password)}@127.0.0.1:{port}/{GUEST}"


def _init_cluster(data: Path, programs: Postgres, account: Account, password: str) -> None:
    # Made under another name and renamed, so that an interrupted initdb is simply done again.
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    account.make_folder(fresh)
    reader, writer = os.pipe()
    os.write(writer, password.encode() + b"\n")
    os.close(writer)
    os.fchown(reader, account.uid, account.gid)
    provider = ["--locale-provider=builtin"] if programs.major >= 17 else []  # noqa: PLR2004 (the version that has it)
    try:
        done = subprocess.run(
            [programs.program("initdb"), "-D", fresh, "-U", ADMIN, "--auth=scram-sha-256", "--encoding=UTF8",
             *provider, "--locale=C.UTF-8", f"--pwfile=/dev/fd/{reader}", "--no-instructions"],
            capture_output=True, text=True, check=False, pass_fds=[reader], env=clean_env(), cwd="/",
            **account.popen,
        )  # fmt: skip
    except OSError as err:
        raise explain(err, data) from err
    finally:
        os.close(reader)
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        said = (done.stderr or done.stdout).strip()
        last = said.splitlines()[-1] if said else ""
        raise explain_output(said, data) or StartError(
            f"数据库初始化失败：{last}", f"The database cluster could not be made: {last}"
        )
    fresh.rename(data)


def _start_postmaster(
    data: Path, port: int, programs: Postgres, account: Account, log: Path, settings: dict[str, str]
) -> Server:
    sockets = str(data) if len(str(data)) <= SOCKET_PATH_LIMIT else ""
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": sockets,
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_wal_size": "512MB",
        "jit": "off",
        "logging_collector": "off",
        "log_destination": "stderr",
        **settings,
    }
    command = [programs.program("postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    give_up = time.monotonic() + 30
    while True:
        end_orphan(data)
        process, mark = spawn(command, log, account, signal.SIGINT)
        said = _wait_postmaster(process, data, log, mark)
        if said is None:
            stops = [(signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)]  # fast, then immediate shutdown
            return Server("postgres", process, port, log, "", stops)
        # A killed postmaster may not have been reaped yet, or its children still hold the shared memory.
        stale = "lock file" in said or "shared memory block" in said
        if not stale or time.monotonic() > give_up:
            raise explain_output(said, data) or StartError(
                f"数据库未能启动，原因见 {log}。", f"The database did not start; {log} says why."
            )
        time.sleep(0.5)


def _wait_postmaster(process: subprocess.Popen[bytes], data: Path, log: Path, mark: int) -> str | None:
    """None once it accepts connections; what it printed when it ended before. Recovery may take a while."""
    pid_file = data / "postmaster.pid"
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        if process.poll() is not None:
            return tail(log, mark)
        try:
            lines = pid_file.read_text().splitlines()
        except OSError:
            lines = []
        # As pg_ctl does: the 1st line is our pid, the 8th the state.
        if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":  # noqa: PLR2004
            return None
        time.sleep(0.02)
    process.send_signal(signal.SIGQUIT)
    process.wait(20)
    return tail(log, mark)


def _ensure_role(programs: Postgres, port: int, passwords: dict[str, str]) -> None:
    # Not the superuser: the application owns its database, may clone it for tests, and nothing more.
    script = f"""
SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
ALTER ROLE {ROLE} PASSWORD '{passwords[ROLE]}';
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 (names are ours, the password is url-safe base64)
    if GUEST in passwords:  # it makes the reading account that it gives to others
        script += f"""
SELECT 'CREATE ROLE {GUEST} LOGIN CREATEROLE'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{GUEST}') \\gexec
ALTER ROLE {GUEST} PASSWORD '{passwords[GUEST]}';
SELECT 'CREATE DATABASE {GUEST} OWNER {GUEST}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{GUEST}') \\gexec
"""  # noqa: S608 (the same)
    done = subprocess.run(
        [programs.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port),
         "-U", ADMIN, "-d", "postgres"],
        input=script, capture_output=True, text=True, check=False,
        env=clean_env() | {"PGPASSWORD": passwords[ADMIN], "PGCONNECT_TIMEOUT": "10"},
    )  # fmt: skip
    if done.returncode and "password authentication failed" in done.stderr:
        raise StartError(
            "数据库密码与 var/secrets 不符：请恢复原来的 var/secrets，或删除数据目录重新开始。",
            "The database does not accept the password in var/secrets; put the old var/secrets back.",
        )
    if done.returncode:
        raise StartError(f"数据库未能就绪：{done.stderr.strip()}", "The database role could not be made.")
