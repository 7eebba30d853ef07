"""A process of ours under the supervisor: started, read, restarted when it dies, stopped."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.errors import explain
from deploy.embedded.places import CHECKOUT
from deploy.embedded.processes import die_with_parent
from deploy.embedded.report import Log, Report

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 10.0
STEADY_S = 30.0  # who ran this long starts again with the first delay
STOP_S = 15.0


@dataclass
class Child:
    """One supervised process. `output()` and `look_after()` are called from the supervisor's loop."""

    name: str
    command: list[str]
    env: dict[str, str]
    report: Report
    cwd: Path = CHECKOUT
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    delay: float = field(default=FIRST_DELAY_S, init=False)
    started: float = field(default=0.0, init=False)
    due: float = field(default=0.0, init=False)
    restarts: int = field(default=0, init=False)
    _pending: bytes = field(default=b"", init=False)
    _last: str = field(default="", init=False)
    _ended: bool = field(default=False, init=False)

    def start(self) -> None:
        self.started = time.monotonic()
        self._pending, self._last, self._ended = b"", "", False
        try:
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (we have one thread)
            )  # fmt: skip
        except OSError as err:
            raise explain(err, Path(self.command[0])) from err
        assert self.process.stdout is not None  # noqa: S101 (PIPE was asked for)
        os.set_blocking(self.process.stdout.fileno(), False)

    def pipe(self) -> int | None:
        """The descriptor to wait on for output; None when there is none to come."""
        return (
            None
            if self._ended or not (self.process and self.process.stdout)
            else self.process.stdout.fileno()
        )

    def output(self) -> None:
        """Relay what it printed since; a line is printed when it is whole."""
        if self.process is None or self.process.stdout is None:
            return
        while more := self.process.stdout.read(65_536):  # None: nothing at present; empty: closed
            *lines, self._pending = (self._pending + more).split(b"\n")
            for line in lines:
                self._line(line.decode(errors="replace").rstrip())
        self._ended = more is not None

    def look_after(self, now: float) -> None:
        """Notice its death, and start it again when its delay is over."""
        if self.process is not None and self.process.poll() is not None:
            self._died(now)
        elif self.process is None and self.due and now >= self.due:
            self.due = 0.0
            self.restarts += 1
            self.start()

    def ask_to_stop(self) -> None:
        self.due = 0.0
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def ensure_stopped(self, seconds: float = STOP_S) -> None:
        """Wait for it after `ask_to_stop`, relaying its last words; then kill what is left of its group."""
        if self.process is None:
            return
        give_up = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < give_up:
            self.output()
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # also whatever it had started itself
        self.process.wait()
        self.output()
        self._close()

    def _died(self, now: float) -> None:
        assert self.process is not None  # noqa: S101
        self.output()
        code = self.process.returncode
        if now - self.started > STEADY_S:
            self.delay = FIRST_DELAY_S
        why = f"{self._last}；" if self._last and code else ""
        self.report.say(
            f"{self.name} 已退出（{code}）：{why}{self.delay:g} 秒后重启。",
            f"{self.name} ended ({code}); it starts again in {self.delay:g} s.",
        )
        self.due = now + self.delay
        self.delay = min(self.delay * 2, LONGEST_DELAY_S)
        self._close()

    def _close(self) -> None:
        if self.process and self.process.stdout:
            if self._pending:
                self._line(self._pending.decode(errors="replace"))
            self.process.stdout.close()
        self.process = None

    def _line(self, line: str) -> None:
        if line.strip():
            self._last = line.strip()
        Log(self.report.folder / f"{self.name}.log").write(line)
        self.report.relay(self.name, line)
