"""The river gauge neighbour as a process of its own, for tests and journeys."""

import json
import os
import subprocess
import sys
from typing import Any, Self

import httpx

from deploy.embedded.places import CHECKOUT


class Neighbour:
    """`with Neighbour(step_s=1) as gauges:` — `gauges.url` answers until the block ends."""

    def __init__(self, *, step_s: int = 60, slow_s: float = 20.0, port: int = 0) -> None:
        self.environment = {
            "NEIGHBOUR_PORT": str(port),
            "NEIGHBOUR_STEP_S": str(step_s),
            "NEIGHBOUR_SLOW_S": str(slow_s),
        }
        self.url = ""
        self.exit_code: int | None = None

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port or 0

    def __enter__(self) -> Self:
        self.process = _start(self.environment)
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=20)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.client.close()
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)
        self.exit_code = self.process.returncode

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def control(self, **wanted: Any) -> httpx.Response:
        return self.client.post("/control", json=wanted)

    @staticmethod
    def run_to_end(*, port: int) -> tuple[int, str]:
        process = _start({"NEIGHBOUR_PORT": str(port)})
        _, said = process.communicate(timeout=20)
        return process.returncode, said


def _start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo.neighbours"],
        cwd=CHECKOUT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
