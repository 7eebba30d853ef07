"""Sources that hang, fail, stand still, change their shape or flood: told within two periods, and nobody else suffers.

Worker, gateway and sources are processes of their own; periods are seconds.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from connectors.services import manage, status
from connectors.store.models import Connector, Health, PullRun, RawIntake, StatusItem, Subject
from demo.neighbours import polluters, telemetry
from deploy.embedded.places import CHECKOUT
from directory.actors import system_actor
from tests.connectors import gauge
from tests.faults.test_orders import Worker
from tests.support.neighbour import Neighbour
from tests.support.ports import free_socket
from tests.support.world import make_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(300)]

PERIOD_S = 2
# A worker fetches its jobs once a second, and machines that test are busy.
SPARE_S = 4.0


def wait(holds: Callable[[], bool], seconds: float, why: str) -> float:
    """Seconds until it held."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() < began + seconds, why
        time.sleep(0.05)
    return time.monotonic() - began


def is_failing(key: str) -> bool:
    return Connector.objects.filter(key=key, health=Health.FAILING).exists()


def age(key: str) -> timedelta:
    newest = Subject.objects.filter(connector__key=key).order_by("-observed_at").first()
    assert newest is not None
    assert newest.observed_at is not None
    return datetime.now(UTC) - newest.observed_at  # noqa: TID251 - the processes' clock, not the test's


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(TZ_CLOCK="real")
    yield made
    made.kill()


def test_each_kind_of_failing_source_is_told_and_the_healthy_one_goes_on(worker):
    faults = {"hangs": "slow", "fails": "error", "stands": "stop", "changes": "garbage"}
    unit, keys = make_unit(), ("healthy", *faults)
    with ExitStack() as stack:
        sources = {key: stack.enter_context(Neighbour(step_s=1, slow_s=60)) for key in keys}
        for key, neighbour in sources.items():
            manage.connect(
                actor=system_actor("测试"), owner=unit,
                source=manage.Source(
                    key, key, gauge.config(neighbour.url, timeout_s=1), interval_s=PERIOD_S,
                    fresh_for_s=2 * PERIOD_S, lost_after_s=600,
                ),
            )  # fmt: skip
        worker.start()
        wait(
            lambda: Connector.objects.filter(health=Health.OK).count() == len(keys),
            60,
            "不是所有来源都取到了数",
        )
        for key, mode in faults.items():
            assert sources[key].control(mode=mode).is_success
        soon = 2 * PERIOD_S + SPARE_S
        for key in ("hangs", "fails", "changes"):
            wait(partial(is_failing, key), soon, f"{key} 没有在两个周期内报告")
        wait(
            lambda: not Subject.objects.filter(connector__key="stands", freshness="fresh").exists(),
            soon, "停在旧数据的来源仍标为新鲜",
        )  # fmt: skip
        assert not is_failing("stands"), "接口是好的，旧的是数据"
        codes = PullRun.objects.filter(outcome="failed").values_list("connector__key", "error_code")
        assert set(codes) >= {("hangs", "timed_out"), ("fails", "refused"), ("changes", "not_json")}
        ages = []
        ends = time.monotonic() + 3 * PERIOD_S
        while time.monotonic() < ends:
            ages.append(age("healthy"))
            time.sleep(0.2)
        assert max(ages) < timedelta(seconds=2 * PERIOD_S + SPARE_S), "别的来源出错时，好的来源慢了"
        for subject in Subject.objects.filter(connector__key__in=["hangs", "fails", "changes"]):
            shown = status.state_of(subject.pk)
            assert shown is not None
            assert shown.freshness != "fresh", "过期的数据显示为新鲜"
        assert not is_failing("healthy")
        sources["fails"].control(mode="normal")
        wait(lambda: not is_failing("fails"), 8 * PERIOD_S + SPARE_S, "恢复后没有再取数")


class Gateway:
    """`manage.py gateway` as a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "gateway"], cwd=CHECKOUT, env=os.environ | {"TZ_CLOCK": "real"}
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)


@pytest.fixture
def gateways() -> Iterator[list[Gateway]]:
    made: list[Gateway] = []
    yield made
    for one in made:
        if one.process.poll() is None:
            one.kill()


def listener(key: str, kind: str, **config: object) -> int:
    with free_socket() as probe:
        port = int(probe.getsockname()[1])
    source = manage.Source(
        key,
        key,
        {"port": port, "bind": "127.0.0.1", **config},
        kind=kind,
        fresh_for_s=7200,
        lost_after_s=9000,
    )
    connector = manage.connect(actor=system_actor("测试"), owner=make_unit(), source=source)
    Connector.objects.filter(pk=connector.pk).update(sources=["127.0.0.1"])
    return port


def stations() -> dict[str, dict[str, str]]:
    return {number.removeprefix("00"): {"name": name} for number, name, *_ in telemetry.STATIONS}


def confirmed(port: int, minute: int, serial: int) -> bool:
    """Whether a station's frame of that many minutes ago was confirmed."""
    seen = datetime.now(telemetry.LOCAL).replace(second=0) - timedelta(minutes=minute)  # noqa: TID251 - a device's clock
    raw = telemetry.frame(telemetry.STATIONS[0][0], serial, seen, seen, {"stage": 20 + serial / 1000}, 0x32)
    terminal = telemetry.Terminal(("127.0.0.1", port))
    try:
        return bool(terminal.send(raw, 3.0))
    finally:
        terminal.close()


def test_a_flood_waits_on_its_own_line_and_the_others_are_answered(gateways):
    outlets = {str(polluters.outlet(n)["mn"]): {"name": str(n)} for n in range(polluters.COUNT)}
    flooded, calm = (
        listener("flooded", "hj212", outlets=outlets),
        listener("calm", "sl651", stations=stations()),
    )
    gateways.append(Gateway())
    wait(lambda: confirmed(calm, 200, 1), 60, "网关没有开始监听")
    flood = threading.Thread(
        target=polluters.run, args=(flooded,), daemon=True,
        kwargs={"host": "127.0.0.1", "every_s": 1, "outlets": polluters.COUNT, "rounds": 1, "flood_s": 6,
                "silent": True},
    )  # fmt: skip
    flood.start()
    took = []
    serial = 2
    while flood.is_alive():
        took.append(wait(partial(confirmed, calm, 199 - serial, serial), 10, "洪泛时别的站点得不到确认"))
        serial += 1
        time.sleep(0.2)
    assert RawIntake.objects.filter(connector__key="flooded").exists()
    assert sorted(took)[len(took) // 2] < 2, f"洪泛时别的站点等了 {took}"
    assert set(Connector.objects.values_list("health", flat=True)) == {Health.OK}


def test_kill_9_of_the_gateway_loses_nothing_confirmed_and_the_standby_takes_the_port(gateways):
    port = listener("stations", "sl651", stations=stations())
    gateways += [Gateway(), Gateway()]
    wait(lambda: confirmed(port, 300, 1), 60, "网关没有开始监听")
    sent = []
    for serial in range(2, 40):
        if confirmed(port, 300 - serial, serial):
            sent.append(serial)
        if serial == 20:
            holder = next(one for one in gateways if listens(one.process.pid, port))
            holder.kill()
            standby = next(one for one in gateways if one is not holder)
            took = wait(partial(listens, standby.process.pid, port), 15, "备用网关没有接管")
            print(f"taken over after {took:.1f} s")  # noqa: T201
    assert len(sent) > 30
    kept = set(StatusItem.objects.filter(metric__key="stage").values_list("value", flat=True))
    assert {20 + serial / 1000 for serial in sent} <= {float(value) for value in kept}


def listens(pid: int, port: int) -> bool:
    """Whether this process has the port: it is among its open sockets."""
    try:
        inodes = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return False
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    held = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    return bool(held & inodes)


def test_a_peer_that_never_ends_its_frame_is_let_go_and_others_speak(gateways):
    port = listener("slow", "sl651", stations=stations(), stall_s=1, idle_s=2, connections_most=20)
    gateways.append(Gateway())
    wait(lambda: confirmed(port, 400, 1), 60, "网关没有开始监听")
    slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(20)]
    try:
        for one in slow:
            one.sendall(b"\x7e\x7e\x01\x00\x42\x12")
        took = wait(lambda: confirmed(port, 399, 2), 15, "慢连接占满后别的站点进不来")
        assert took < 12
    finally:
        for one in slow:
            one.close()
