"""Starts and stops one server program; what all servers share."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.errors import explain
from deploy.embedded.places import Account

LOG_LIMIT_BYTES = 10_000_000
_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(how: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: should we be killed, the kernel sends `how` to the child; nothing is left behind."""

    def ask_kernel() -> None:
        _libc.prctl(_SET_PDEATHSIG, how)

    return ask_kernel


@dataclass
class Server:
    """A running server. `stops`: signals in the order in which they are tried, each with seconds to wait."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    url: str
    stops: list[tuple[signal.Signals, float]]
    admin_url: str = field(default="", repr=False)

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Stop in order, and only kill when asking did not help. Safe to call twice."""
        for how, seconds in [*self.stops, (signal.SIGKILL, 10.0)]:
            if not self.alive():
                return
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue


def spawn(
    command: list[str], log: Path, account: Account, last_will: signal.Signals, feed: bytes | None = None
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server in a session of its own (the terminal's Ctrl-C is ours); also where its log begins."""
    try:
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".old.log"))
        with log.open("ab") as out:
            mark = out.tell()
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=die_with_parent(last_will),  # noqa: PLW1509 (we have one thread)
                env=clean_env(), cwd="/", umask=0o077, **account.popen,
            )  # fmt: skip
    except OSError as err:
        raise explain(err, log) from err
    if feed and process.stdin:
        with process.stdin as pipe:
            pipe.write(feed)
    return process, mark


def tail(log: Path, mark: int) -> str:
    with log.open("rb") as file:
        file.seek(mark)
        return file.read(20_000).decode(errors="replace")


def clean_env() -> dict[str, str]:
    """No PG* variable of the caller's shell may steer the server."""
    keep = {"PATH", "TMPDIR", "TZDIR"}
    return {name: value for name, value in os.environ.items() if name in keep} | {"LC_ALL": "C.UTF-8"}


def end_orphan(data: Path) -> None:
    """Stop a postmaster of this cluster whose supervisor was killed. The caller holds the folder's lock."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return
    if str(data).encode() in command:
        for how, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
            os.kill(pid, how)
            if _gone(pid, seconds):
                break
    if _is_zombie(pid):
        # Where nobody reaps (a container without init) PostgreSQL would take the dead process for living.
        # Its backends end by themselves within moments; they work in the data folder.
        give_up = time.monotonic() + 10
        while any(_works_in(data)) and time.monotonic() < give_up:
            time.sleep(0.1)
        if not any(_works_in(data)):
            for left in (pid_file, *data.glob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _gone(pid: int, seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if _is_zombie(pid) or not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


def _works_in(folder: Path) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                yield int(process.name)
        except OSError:
            continue
