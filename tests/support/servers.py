"""One PostgreSQL for a test run and one Valkey for each of its processes, from the supervisor's own code.

Pub/sub channels are not divided by Redis's numbered databases, so each xdist worker has a Valkey of its own.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deploy.embedded.places import CHECKOUT
from deploy.embedded.servers import (
    ADMIN,
    ROLE,
    Secrets,
    Server,
    any_free_port,
    data_root,
    find_postgres,
    stable_port,
    start_postgres,
    start_valkey,
    try_lock,
    valkey_command,
)

MOST_SLOTS = 32
_locks: list[int] = []  # descriptors: a slot is ours as long as this process lives


@dataclass(frozen=True)
class Slot:
    """A folder of `var/test` that belongs to this run, and the addresses of its servers."""

    number: int
    major: int
    port: int

    @property
    def folder(self) -> Path:
        return CHECKOUT / "var" / "test" / f"slot-{self.number}"

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.folder / "secrets")

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{quote(self.secrets.get(role))}@127.0.0.1:{self.port}/{database}"

    def settings(self, worker: str) -> dict[str, str]:
        """Environment of one test process; `worker` is `main` or xdist's gw0, gw1, …"""
        redis_port = any_free_port()
        return {
            "SECRET_KEY": self.secrets.get("secret_key"),
            "CONNECTOR_KEY": self.secrets.get("connector_key"),
            "DATABASE_URL": self.url(ROLE, f"tz_{worker}"),
            "REDIS_URL": f"redis://:{quote(self.secrets.get('redis'))}@127.0.0.1:{redis_port}/0",
            "TZ_TEST_REDIS_PORT": str(redis_port),
            "TZ_VAR_DIR": str(self.folder / f"var-{worker}"),
            "TZ_CLOCK": "db",
            "DEMO": "0",
        }

    def to_environment(self) -> None:
        os.environ["TZ_TEST_SLOT"] = f"{self.number},{self.major},{self.port}"

    @classmethod
    def from_environment(cls) -> "Slot":
        number, major, port = os.environ["TZ_TEST_SLOT"].split(",")
        return cls(int(number), int(major), int(port))

    def start_postgres(self) -> Server:
        """Durable as in production: tests of crashes mean what they say."""
        root, account = data_root(self.folder)
        data = root / f"postgres-{self.major}"
        return start_postgres(
            data,
            self.port,
            passwords={name: self.secrets.get(name) for name in (ADMIN, ROLE)},
            log=self.folder / "postgres.log",
            account=account,
        )

    def start_valkey(self, worker: str) -> Server:
        root, account = data_root(self.folder)
        return start_valkey(
            root / f"valkey-{worker}",
            int(os.environ["TZ_TEST_REDIS_PORT"]),
            password=self.secrets.get("redis"),
            log=self.folder / f"valkey-{worker}.log",
            account=account,
        )

    def empty_valkey(self) -> None:
        valkey_command(int(os.environ["TZ_TEST_REDIS_PORT"]), self.secrets.get("redis"), "FLUSHALL")


def find_slot() -> Slot:
    """The first slot that no other run holds; its files of the last run are cleared, its cluster is kept."""
    major = find_postgres().major
    for number in range(MOST_SLOTS):
        slot = Slot(number, major, 0)
        lock = try_lock(slot.folder / "lock")
        if lock is None:
            continue
        _locks.append(lock)
        for left in slot.folder.glob("var-*"):
            shutil.rmtree(left, ignore_errors=True)
        return Slot(number, major, stable_port(slot.folder / "ports.json", f"postgres-{major}"))
    raise RuntimeError(f"all {MOST_SLOTS} slots under var/test are in use by other test runs")
