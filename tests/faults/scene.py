"""A swarm and its checker around a city that is being broken: what the tests of this folder share."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.embedded.places import CHECKOUT

SEED = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6))


def chance() -> random.Random:
    """Printed, so that a failing run can be repeated: FAULT_SEED=…"""
    print(f"FAULT_SEED={SEED}")  # noqa: T201 (see above)
    return random.Random(SEED)


class Scene:
    """`clients`: secret, rooms, url, pause_s of each (tests/faults/swarm.py). Both processes end with `finish`."""

    def __init__(self, folder: Path, database_url: str, clients: list[dict[str, Any]]) -> None:
        self.folder = folder
        self.clients = clients
        self._env = os.environ | {"DATABASE_URL": database_url}
        self._plan = folder / "plan.json"
        self._swarm: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when all clients are connected."""
        plan = {"folder": str(self.folder), "seed": SEED, "clients": self.clients}
        self._plan.write_text(json.dumps(plan))
        self._swarm = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.swarm", str(self._plan)],
            cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._swarm.stdout is not None
        assert self._swarm.stdout.readline() == "connected\n"

    def finish(self) -> bool:
        """Stop sending. Whether all clients converged by themselves."""
        assert self._swarm is not None
        self._swarm.communicate("stop\n", timeout=240)
        return self._swarm.returncode == 0

    def stop(self) -> None:
        """For a test that failed half-way."""
        if self._swarm is not None and self._swarm.poll() is None:
            self._swarm.kill()
            self._swarm.communicate()

    def acks(self) -> int:
        return len((self.folder / "acks.log").read_text().splitlines())

    def timelines(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = json.loads((self.folder / "timelines.json").read_text())
        return made

    def faults(self) -> list[str]:
        """Everything that the promises forbid, as the checker finds it."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.check", str(self._plan)],
            cwd=CHECKOUT, env=self._env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        found: list[str] = json.loads(done.stdout)
        return found


def live(url: str) -> str:
    return url.replace("http", "ws", 1) + "/live"
