"""The supervisor with children of a few lines: restarts, growing delays, the order of stopping."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from deploy.embedded import report as report_module
from deploy.embedded.children import Child
from deploy.embedded.errors import StartError
from deploy.embedded.processes import Server
from deploy.embedded.report import Log, Report
from deploy.embedded.supervisor import Supervisor
from tests.support.family import ended, running


@pytest.fixture
def report(tmp_path) -> Report:
    return Report(tmp_path)


@pytest.fixture
def supervisor(report):
    made = Supervisor(report)
    yield made
    made.stop()


def child(name: str, program: str, report: Report) -> Child:
    return Child(name, [sys.executable, "-S", "-c", textwrap.dedent(program)], dict(os.environ), report)


def turn_until(supervisor: Supervisor, holds, seconds: float = 10.0) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, "did not happen in time"
        supervisor.turn(0.05)


def test_a_dead_child_starts_again_after_growing_delays(supervisor, report, capsys):
    dying = child("worker", "print('关键错误'); raise SystemExit(7)", report)
    supervisor.keep_child(dying)
    turn_until(supervisor, lambda: dying.restarts == 2)
    said = capsys.readouterr().out
    assert "worker 已退出（7）：关键错误；0.5 秒后重启。" in said
    assert "worker 已退出（7）：关键错误；1 秒后重启。" in said
    assert dying.delay == 2.0
    assert "关键错误" in (report.folder / "worker.log").read_text()


def test_a_killed_child_comes_back(supervisor, report):
    steady = child("app", "import time; time.sleep(60)", report)
    supervisor.keep_child(steady)
    first = steady.process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    turn_until(supervisor, lambda: steady.process not in {first, None})
    assert steady.process is not None
    assert steady.process.poll() is None


def test_delay_does_not_pass_ten_seconds(report):
    dying = child("bots", "raise SystemExit(1)", report)
    dying.delay = 8.0
    dying.start()
    assert dying.process is not None
    dying.process.wait()
    dying.look_after(time.monotonic())
    assert dying.delay == 10.0


def test_output_is_prefixed_and_whole_lines_only(supervisor, report, capsys):
    program = """
        import sys, time
        sys.stdout.write("一半"); sys.stdout.flush(); time.sleep(0.3); print("，另一半"); time.sleep(60)
    """
    speaking = child("app", program, report)
    supervisor.keep_child(speaking)
    turn_until(
        supervisor,
        lambda: (
            "另一半" in (report.folder / "app.log").read_text()
            if (report.folder / "app.log").exists()
            else False
        ),
    )
    assert "       app | 一半，另一半\n" in capsys.readouterr().out


def test_stops_in_reverse_order(supervisor, report, tmp_path):
    order = tmp_path / "order"
    program = f"""
        import signal, sys, time
        def stop(*_):
            open({str(order)!r}, "a").write(sys.argv[1] + " ")
            raise SystemExit(0)
        signal.signal(signal.SIGTERM, stop)
        print("ready", flush=True)
        time.sleep(60)
    """
    for name in ("app", "worker", "bots"):
        one = child(name, program, report)
        one.command.append(name)
        supervisor.keep_child(one)
    logs = [report.folder / f"{name}.log" for name in ("app", "worker", "bots")]
    turn_until(supervisor, lambda: all(log.exists() for log in logs))
    supervisor.stop()
    assert order.read_text() == "bots worker app "


def test_a_child_that_ignores_the_signal_is_killed_with_its_own_children(report):
    program = """
        import signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
        time.sleep(60)
    """
    deaf = child("app", program, report)
    deaf.start()
    log = report.folder / "app.log"
    while not log.exists():
        deaf.output()
        time.sleep(0.02)
    grandchild = int(log.read_text().split()[-1])
    deaf.ask_to_stop()
    deaf.ensure_stopped(0.3)
    assert ended([grandchild], 5)


def test_children_end_when_the_supervisor_is_killed(tmp_path):
    program = f"""
        import os, sys, time
        from pathlib import Path
        from deploy.embedded.children import Child
        from deploy.embedded.report import Report
        one = Child("app", [sys.executable, "-S", "-c", "import time; time.sleep(60)"], dict(os.environ),
                    Report(Path({str(tmp_path)!r})))
        one.start()
        print(one.process.pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert running(pid)
        parent.kill()
    assert ended([pid], 5)


def test_a_server_is_tried_again_until_it_starts(supervisor, report, capsys):
    """A full disk stops the database; once there is room it comes back without anybody's help."""

    def start() -> Server:
        starts.append(time.monotonic())
        if len(starts) in {2, 3}:
            raise StartError("磁盘已满。", "The disk is full.")
        process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
        return Server("postgres", process, 0, report.folder / "log", "", [(signal.SIGTERM, 5.0)])

    starts: list[float] = []
    server = supervisor.keep_server(start)
    server.process.kill()
    turn_until(supervisor, lambda: len(starts) == 4, 20)
    said = capsys.readouterr().out
    assert said.count("磁盘已满。 / The disk is full.") == 2
    assert "postgres 已恢复。" in said
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts[1:])]
    assert pauses[1] > pauses[0] > 1.5


def test_a_child_that_ran_long_starts_again_at_once(report):
    dying = child("app", "raise SystemExit(1)", report)
    dying.delay = 10.0
    dying.start()
    assert dying.process is not None
    dying.process.wait()
    now = time.monotonic()
    dying.started = now - 60
    dying.look_after(now)
    assert dying.due == now + 0.5


def test_the_terminal_may_go_away(report, monkeypatch):
    """The supervisor goes on without a reader; its lines are in the log."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as nowhere:
        monkeypatch.setattr(sys, "stdout", nowhere)
        report.say("仍在运行。", "Still running.")
        monkeypatch.undo()
        with contextlib.suppress(BrokenPipeError):
            nowhere.close()
    assert "仍在运行。 / Still running." in (report.folder / "supervisor.log").read_text()


def test_logs_do_not_grow_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(report_module, "LOG_LIMIT_BYTES", 1000)
    log = Log(tmp_path / "app.log")
    for number in range(200):
        log.write(f"line {number}")
    assert (tmp_path / "app.log").stat().st_size < 1100
    assert (tmp_path / "app.old.log").stat().st_size < 1100
    assert "line 199" in (tmp_path / "app.log").read_text()
