"""The gateway process with neighbours that frame by tables of their own, a broker of Debian's, and kill -9."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common import clock
from connectors.protocols import hj212
from connectors.services import manage
from connectors.store.models import Connector, Metric, RawIntake, StatusItem
from demo.neighbours import polluters, telemetry
from deploy.embedded.places import CHECKOUT
from directory.actors import system_actor
from tests.support.programs import need
from tests.support.world import make_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PATIENCE_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connect(kind: str, **config: Any) -> Connector:
    source = manage.Source(kind, "来源", config, kind=kind, interval_s=5, fresh_for_s=10, lost_after_s=20)
    connector = manage.connect(actor=system_actor("测试"), owner=make_unit(), source=source)
    Connector.objects.filter(pk=connector.pk).update(sources=["127.0.0.1"])
    return connector


class Gateway:
    """`manage.py gateway` as a process of its own."""

    def __init__(self) -> None:
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "gateway"]
        self.process = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | {"LOG_LEVEL": "WARNING"})
        return self.process

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    one = Gateway()
    yield one
    assert one.stop() == 0


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, "等得太久"
        time.sleep(0.1)


def wait_for(port: int) -> None:
    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(answers)


def neighbour(name: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", f"demo.neighbours.{name}", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_stations_and_polluters_are_heard_and_confirmed(gateway):
    water, air = free_port(), free_port()
    stations = {row[0][2:]: {"name": row[1]} for row in telemetry.STATIONS}
    outlets = {
        str(polluters.outlet(number)["mn"]): {"name": polluters.outlet(number)["name"]}
        for number in range(polluters.COUNT)
    }
    connect("sl651", port=water, bind="127.0.0.1", stations=stations)
    connect("hj212", port=air, bind="127.0.0.1", outlets=outlets)
    wait_for(water)
    wait_for(air)
    said = neighbour("telemetry", "--port", str(water), "--rounds", "1")
    assert [one["confirmed"] for one in said] == [True] * 7
    assert neighbour("polluters", "--port", str(air), "--rounds", "1") == [{"confirmed": 2 * polluters.COUNT}]
    assert Metric.objects.filter(key="stage").count() == 7
    assert Metric.objects.filter(key__endswith="_hour").count() == 4 * polluters.COUNT
    stage = Metric.objects.get(key="stage", subject__name="西河桥站")
    assert stage.value is not None
    assert 27 < stage.value < 28
    assert [one.error for one in RawIntake.objects.exclude(error="")] == []
    kept = Metric.objects.filter(key="w01018_hour", quality="maintenance").exclude(subject__name="")
    assert kept.exists()


def test_a_broker_s_messages_are_stored_and_confirmed(gateway, tmp_path: Path):
    from demo.neighbours import buoys

    need("mosquitto", package="mosquitto")
    port = free_port()
    broker = buoys.start_broker(port, tmp_path)
    assert broker is not None
    try:
        mapping = {
            "rows": "[body]", "subject": {"code": "code", "name": "name"},
            "observed_at": {"path": "at", "format": "epoch_ms"},
            "metrics": [{"key": "oxygen", "name": "溶解氧", "unit": "毫克每升", "value": "oxygen"}],
        }  # fmt: skip
        connect("mqtt", host="127.0.0.1", port=port, tls=False, topics=["buoys/+/quality"], allow_private=True,
                mapping=mapping)  # fmt: skip
        wait_for(port)

        def heard() -> bool:  # the gateway looks every two seconds for what it is to listen to
            buoys.publish(port, 0, 1)
            return Metric.objects.filter(key="oxygen").count() == len(buoys.BUOYS)

        eventually(heard)
    finally:
        broker.terminate()
        broker.wait(20)
    raw = RawIntake.objects.earliest("received_at")
    assert bytes(raw.payload).startswith(b"buoys/B")


class Sender(threading.Thread):
    """Sends frames one behind the other and writes each acknowledgement down; resends what was not answered."""

    def __init__(self, port: int, mn: str, memory: Path) -> None:
        super().__init__(daemon=True)
        self.port, self.mn, self.memory = port, mn, memory
        self.ends = threading.Event()
        self.sent = 0

    def run(self) -> None:
        day = clock.local(clock.now()).strftime("%Y%m%d")
        number = 0
        with self.memory.open("a") as book:
            while not self.ends.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", self.port), timeout=3) as line:
                        while not self.ends.is_set():
                            line.sendall(self.frame(day, number))
                            self.sent += 1
                            if b"CN=9014" not in line.recv(512):
                                break
                            book.write(f"{number}\n")  # before it is counted as sent
                            book.flush()
                            number += 1
                except OSError:
                    time.sleep(0.05)

    def frame(self, day: str, number: int) -> bytes:
        moment = f"{day}{number // 3600 % 24:02d}{number // 60 % 60:02d}{number % 60:02d}"
        text = (
            f"QN={moment}{number % 1000:03d};ST=32;CN=2011;PW=123456;MN={self.mn};Flag=5;"
            f"CP=&&DataTime={moment};w01018-Rtd={number}.25,w01018-Flag=N&&"
        )
        return hj212.frame(text.encode())


@pytest.mark.faults
@pytest.mark.every_time
def test_kill_9_loses_no_acknowledged_frame(tmp_path: Path, monkeypatch):
    # A day's seconds are used as data times: none of them may lie in the future.
    monkeypatch.setenv("TZ_CLOCK", "db")
    from datetime import timedelta

    from common.store.clock import write_offset

    tonight = clock.local(clock.now()).replace(hour=23, minute=59, second=0)
    write_offset(tonight - clock.now() if tonight > clock.now() else timedelta())
    gateway = Gateway()
    port = free_port()
    outlets = {f"KILL{number}": {"name": f"排口{number}"} for number in range(4)}
    connect("hj212", port=port, bind="127.0.0.1", outlets=outlets)
    wait_for(port)
    senders = [Sender(port, mn, tmp_path / mn) for mn in outlets]
    for one in senders:
        one.start()
    for pause in (1.0, 1.7, 0.6):
        time.sleep(pause)
        gateway.kill()
        gateway.start()
        wait_for(port)
    time.sleep(1.5)
    for one in senders:
        one.ends.set()
    for one in senders:
        one.join(10)
    assert gateway.stop() == 0
    for one in senders:
        acknowledged = [int(line) for line in one.memory.read_text().split()]
        values = StatusItem.objects.filter(metric__subject__code=one.mn).values_list("value", flat=True)
        stored = sorted(int(value) for value in values)
        assert set(acknowledged) <= set(stored), "an acknowledged frame is lost"
        assert len(stored) == len(set(stored)), "a frame counts twice"
        assert len(acknowledged) > 20
