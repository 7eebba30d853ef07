"""Keeps servers and children running, and stops them in order. One thread, one loop."""

import http.client
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from deploy.embedded.children import FIRST_DELAY_S, LONGEST_DELAY_S, STEADY_S, Child
from deploy.embedded.errors import StartError
from deploy.embedded.processes import Server
from deploy.embedded.report import Report


class StopAskedError(BaseException):
    """SIGINT, SIGTERM or SIGHUP came. Not an Exception: nothing may swallow it."""


@dataclass
class Kept:
    """A server with the way to start it again."""

    server: Server
    start: Callable[[], Server]
    delay: float = FIRST_DELAY_S
    due: float = 0.0
    since: float = field(default_factory=time.monotonic)


class Supervisor:
    """Servers first, then children; stopped the other way round."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.servers: list[Kept] = []
        self.children: list[Child] = []
        self.stopping = False

    def catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._signalled)

    def keep_server(self, start: Callable[[], Server]) -> Server:
        """Start a server and keep it running. Raises StartError."""
        kept = Kept(start(), start)
        self.servers.append(kept)
        return kept.server

    def keep_child(self, child: Child) -> None:
        self.children.append(child)
        child.start()

    def turn(self, seconds: float) -> None:
        """One turn of the loop: relay output, notice deaths, restart."""
        pipes = {pipe: child for child in self.children if (pipe := child.pipe()) is not None}
        ready, _, _ = select.select(list(pipes), [], [], seconds)
        for pipe in ready:
            pipes[pipe].output()
        now = time.monotonic()
        for kept in self.servers:
            self._look_after(kept, now)
        for child in self.children:
            child.look_after(now)

    def run_for_ever(self) -> None:
        while True:
            self.turn(0.5)

    def wait_for_page(self, host: str, port: int, path: str, seconds: float) -> bool:
        """Whether `path` answered 200 in time; children are looked after meanwhile."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            self.turn(0.1)
            if _answers(host, port, path):
                return True
        return False

    def stop(self) -> None:
        """Children in reverse order, then servers in reverse order. A second signal makes it quick."""
        self.stopping = True
        quick = False
        for child in reversed(self.children):
            try:
                child.ask_to_stop()
                child.ensure_stopped(0.0 if quick else 15.0)
            except StopAskedError:
                quick = True
                child.ensure_stopped(0.0)
        for kept in reversed(self.servers):
            try:
                kept.server.stop()
            except StopAskedError:
                kept.server.stop()

    def _look_after(self, kept: Kept, now: float) -> None:
        name = kept.server.name
        if kept.server.alive():
            return
        if not kept.due:
            kept.delay = (
                FIRST_DELAY_S if now - kept.since > STEADY_S else min(kept.delay * 2, LONGEST_DELAY_S)
            )
            code = kept.server.process.returncode
            self.report.say(
                f"{name} 已退出（{code}），正在重启。", f"{name} ended ({code}); starting it again."
            )
            kept.due = now + kept.delay
        if now < kept.due:
            return
        try:
            kept.server = kept.start()
            self.report.say(f"{name} 已恢复。", f"{name} is back.")
        except StartError as err:
            self.report.say(*str(err).split(" / ", 1))
            kept.delay = min(kept.delay * 2, LONGEST_DELAY_S)
            kept.due = now + kept.delay
            return
        kept.due, kept.since = 0.0, time.monotonic()

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        raise StopAskedError


def _answers(host: str, port: int, path: str) -> bool:
    line = http.client.HTTPConnection(host, port, timeout=2)
    try:
        line.request("GET", path)
        return line.getresponse().status == 200  # noqa: PLR2004
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
