"""The processes under load: ours and the raw application under each server, and a client process for each."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from signal import SIGTERM
from typing import Any

from benchmarks.stage import Stage
from deploy.embedded.places import CHECKOUT, any_free_port
from deploy.embedded.processes import die_with_parent

APPLICATIONS = {"ours": "asgi:application", "raw": "benchmarks.raw:application"}
STARTS_WITHIN_S = 60


@dataclass(frozen=True)
class App:
    """An application that answers on `port`. `kind`: ours or raw under one of `SERVERS`, or a peer."""

    server: str
    kind: str
    port: int
    pid: int


def command(server: str, application: str, port: int) -> list[str]:
    """As `make run` starts Daphne and docs/operations.md Uvicorn; Granian plainly, if it is installed."""
    if server == "daphne":
        endpoint = f"tcp:port={port}:interface=127.0.0.1:backlog=1024"
        return [sys.executable, "-m", "daphne", "-e", endpoint, "-v", "0", "--no-server-name", application]
    if server == "granian":
        return [
            sys.executable, "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port),
            "--ws", "--loop", "uvloop", "--workers", "1", "--no-log", application,
        ]  # fmt: skip
    line = "config.uvicorn_line:LineProtocol" if application == APPLICATIONS["ours"] else "websockets-sansio"
    return [
        sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop",
        "--ws", line, "--ws-per-message-deflate", "false", "--lifespan", "off", "--no-server-header",
        "--no-access-log", "--backlog", "1024", "--log-level", "warning",
    ]  # fmt: skip


@contextmanager
def running(stage: Stage, server: str, kind: str) -> Iterator[App]:
    """The application, until the block ends."""
    port = any_free_port()
    environment = stage.environment | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with started(command(server, APPLICATIONS[kind], port), environment, port) as process:
        yield App(server, kind, port, process.pid)


@contextmanager
def started(argv: list[str], environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    """A process that listens on `port`, until the block ends."""
    process = _start(argv, environment)
    try:
        _wait(process, port)
        yield process
    finally:
        _stop(process)


@contextmanager
def crowd(job: dict[str, Any], app: App, stage: Stage) -> Iterator[subprocess.Popen[str]]:
    """A client process whose members are connected."""
    job = job | {"kind": app.kind, "app": [app.pid], "databases": stage.roots}
    module = "benchmarks.client" if app.kind in APPLICATIONS else "benchmarks.peers.client"
    process = _start([sys.executable, "-m", module], {}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        ask(process, job)
        yield process
    finally:
        _stop(process)


def ask(process: subprocess.Popen[str], what: dict[str, Any]) -> dict[str, float]:
    """Write one line to a client, and read its answer."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError("the client ended; what it said is above")
    read: dict[str, float] = json.loads(answer)
    return read


@contextmanager
def all_running(stage: Stage, servers: list[str], kinds: list[str]) -> Iterator[list[App]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running(stage, server, kind)) for server in servers for kind in kinds]


@contextmanager
def process(argv: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Another process of ours beside the application, such as the bots."""
    started = _start(argv, {})
    try:
        yield started
    finally:
        _stop(started)


def _start(argv: list[str], environment: dict[str, str], **pipes: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv, cwd=CHECKOUT, env=os.environ | environment, text=True,
        preexec_fn=die_with_parent(SIGTERM), **pipes,  # noqa: PLW1509 (we have one thread)
    )  # fmt: skip


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    """Until it listens: both servers load the application before that."""
    latest = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < latest:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not answer")
