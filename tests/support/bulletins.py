"""The neighbour `bulletins` (CAP feed and project ledger) as a process of its own."""

import json
import subprocess
import sys
from typing import Any, Self

import httpx

from deploy.embedded.places import CHECKOUT


class BulletinsProcess:
    """`with BulletinsProcess() as offices:` — `offices.url` answers until the block ends."""

    def __init__(self, *, slow_s: float = 20.0) -> None:
        self.slow_s = slow_s
        self.url = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "demo.neighbours.bulletins", "--slow", str(self.slow_s)]
        self.process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=20)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.client.close()
        self.process.terminate()
        self.process.communicate(timeout=20)

    def post(self, path: str, **said: Any) -> Any:
        return self.client.post(path, json=said).json()
