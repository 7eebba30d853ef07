"""The real application under Daphne, as `make run` starts it, and people in it."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.chatops.matrix.conftest import People, Raw, people  # noqa: F401 - a fixture
from tests.support.app import DaphneApp


@pytest.fixture
def app(people: People) -> Iterator[DaphneApp]:  # noqa: F811
    with DaphneApp() as served:
        yield served


@pytest.fixture
async def raw(app):
    """`raw(person)` asks by the person's own session."""
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=60) as client:
        yield lambda person: Raw(client, person if isinstance(person, str) else person.secret)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Starts a client's process; what it says goes to a file. Stopped at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, cwd: Path | None = None) -> Path:
        log = tmp_path / f"client-{len(running)}.log"
        with log.open("wb") as output:
            running.append(
                subprocess.Popen(command, cwd=cwd or tmp_path, stdout=output, stderr=subprocess.STDOUT)
            )
        return log

    yield start
    for process in running:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


async def until(check, what: str, log: Path | None = None, within_s: float = 60):
    """The first answer of `check` that is true."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        if found := await check():
            return found
        if loop.time() > deadline:
            said = log.read_text(errors="replace")[-4000:] if log else ""  # noqa: ASYNC240
            raise AssertionError(f"no {what} within {within_s:g} s\n{said}")
        await asyncio.sleep(0.2)
