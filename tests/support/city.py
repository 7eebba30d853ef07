"""The whole running system for journeys: `python -m deploy.embedded` with data of its own, as `make run` starts it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Self

from deploy.embedded.places import CHECKOUT
from tests.support.ports import free_socket

READY_WITHIN_S = 400


class RunningCity:
    """A city that somebody has started already: E2E_URL and E2E_GAUGE_URL name it, for work on journeys."""

    def __init__(self) -> None:
        self.url = os.environ["E2E_URL"]
        self.gauge_url = os.environ.get("E2E_GAUGE_URL", "")

    def gauge(self, mode: str) -> None:
        """Let the simulated gauge network work (`normal`) or fall silent (`stop`)."""
        body = json.dumps({"mode": mode}).encode()
        request = urllib.request.Request(  # noqa: S310 - our own simulator
            f"{self.gauge_url}/control", body, {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            assert answer.status < 300


class City(RunningCity):
    """`with City(folder) as city:` — `city.url` shows the sign-in page until the block ends."""

    def __init__(self, folder: Path, **environment: str) -> None:  # an address of its own comes with start()
        self.folder = folder
        self._environment = environment
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.lines: list[str] = []
        self.url = ""
        self.gauge_url = ""

    def __enter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        port = free_socket()
        number = port.getsockname()[1]
        port.close()
        self.url = f"http://127.0.0.1:{number}"
        self._ready.clear()
        # Settings of the test run must not reach this city: it makes its own servers and secrets.
        kept = {key: value for key, value in os.environ.items() if key not in _OWN}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.embedded"],
            cwd=CHECKOUT,
            env=kept | {"TZ_VAR_DIR": str(self.folder), "PORT": str(number)} | self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(READY_WITHIN_S) or self._process.poll() is not None:
            self.stop()
            raise RuntimeError("the city did not start:\n" + "\n".join(self.lines[-40:]))

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(20)
            if self._reader is not None:
                self._reader.join(20)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            if "Ready" in line:
                self._ready.set()
            if found := re.search(r'"river-gauges", "url": "(http://127\.0\.0\.1:\d+)"', line):
                self.gauge_url = found.group(1)
        self._ready.set()


_OWN = {
    *(
        "DATABASE_URL",
        "REDIS_URL",
        "REDIS_PREFIX",
        "SECRET_KEY",
        "CONNECTOR_KEY",
        "TZ_VAR_DIR",
        "DEMO",
        "PORT",
        "LISTEN",
    ),
    *("PUBLIC_URL", "TZ_CLOCK", "ALLOWED_HOSTS", "DATABASE_POOLED"),
}
