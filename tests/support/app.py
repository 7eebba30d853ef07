"""The whole application on a port of its own, against the test's database.

`serving(delivery)` runs it in the test's event loop under Uvicorn: quick, one for each test. `DaphneApp` starts it as
a process under Daphne, as `make run` does: for bots, journeys and kills. Both need `django_db(transaction=True)`.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn

from chatops.delivery.delivery import Delivery
from deploy.embedded.places import CHECKOUT
from tests.support.ports import free_socket

STARTS_WITHIN_S = 60


class _QuietServer(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(delivery: Delivery) -> AsyncIterator[str]:
    """The address of the application on this delivery, until the block ends."""
    build = _builder()
    async with serving_callable(build(delivery)) as url:
        yield url


@asynccontextmanager
async def serving_callable(application: Any) -> AsyncIterator[str]:
    """Any ASGI callable under Uvicorn, as docs/operations.md starts it."""
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="config.uvicorn_line:LineProtocol",
        ws_per_message_deflate=False,
    )
    server, listening = _QuietServer(config), free_socket()
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
        if running.done():
            running.result()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.wait_for(running, 20)


def _builder() -> Callable[[Delivery], Any]:
    from django.conf import settings

    if settings.STATIC_ROOT:  # WhiteNoise warns where there is no folder
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    from asgi import build

    return build


class DaphneApp:
    """`with DaphneApp() as app:` — `app.url` answers until the block ends. `kill()` is kill -9; `start()` again."""

    def __init__(self, **environment: str) -> None:
        self._listening = free_socket()
        self._listening.listen(128)  # who asks while nothing runs waits instead of being refused
        self._application = environment.pop("APPLICATION", "asgi:application")
        self._environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()
        self._listening.close()

    def start(self) -> None:
        fd = self._listening.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "daphne", "-v", "0", "--fd", str(fd), self._application],
            cwd=CHECKOUT,
            env=os.environ | {"PUBLIC_URL": self.url} | self._environment,
            pass_fds=[fd],
        )
        self._wait_until_up()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
            self.process = None

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError(f"the app ended with {self.process.returncode}")
            try:
                if httpx.get(f"{self.url}/_matrix/client/versions", trust_env=False, timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise RuntimeError("the app did not answer in time")
