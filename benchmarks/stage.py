"""PostgreSQL and Valkey of our own in a temporary folder, migrated; nothing of it is left behind."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import raw
from deploy.embedded.places import CHECKOUT
from deploy.embedded.servers import (
    ADMIN,
    ROLE,
    Secrets,
    any_free_port,
    data_root,
    start_postgres,
    start_valkey,
)

RAW_DATABASE = "raw"


@dataclass(frozen=True)
class Stage:
    """`environment`: variables of every process of ours; `roots`: the database servers' processes."""

    folder: Path
    environment: dict[str, str]
    roots: list[int]


@contextmanager
def stage() -> Iterator[Stage]:
    """Servers with the settings of `make run`, beside the real data: on the same disk, as durable as there."""
    (CHECKOUT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=CHECKOUT / "var"))
    folder.chmod(0o711)  # the database's account passes through
    data, account = data_root(folder)
    secrets = Secrets(folder / "secrets")
    servers = []
    try:
        passwords = {name: secrets.get(name) for name in (ADMIN, ROLE)}
        log = folder / "servers.log"
        postgres = start_postgres(
            data / "postgres", any_free_port(), passwords=passwords, log=log, account=account
        )
        servers.append(postgres)
        valkey = start_valkey(
            data / "valkey", any_free_port(), password=secrets.get("redis"), log=log, account=account
        )
        servers.append(valkey)
        environment = {
            "DATABASE_URL": postgres.url,
            "RAW_DATABASE_URL": _make_raw(postgres.url),
            "REDIS_URL": valkey.url,
            "SECRET_KEY": secrets.get("secret_key"),
            "TZ_VAR_DIR": str(folder),
            "DEMO": "0",
            "LOG_LEVEL": "WARNING",
            "SENDS_PER_MINUTE": "600000000",
            "LIVE_FRAMES_PER_SECOND": "1000000",
            "LIVE_SOCKETS_PER_PERSON": "100000",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
            cwd=CHECKOUT, env=os.environ | environment, check=True,
        )  # fmt: skip
        yield Stage(folder, environment, [server.process.pid for server in servers])
    finally:
        for server in reversed(servers):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)


def _make_raw(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {RAW_DATABASE}")
    own = url.rpartition("/")[0] + f"/{RAW_DATABASE}"
    with psycopg.connect(own) as connection:
        connection.execute(raw.TABLE)
    return own
