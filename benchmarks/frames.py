"""Frames and pulls: what one gateway process stores a second, and what one worker asks a minute.

`python -m benchmarks.frames [--secs 10] [--sources 1250] [hj212 sl651 pulls]`. Senders are processes of their own that
keep frames in flight and count the acknowledgements. Beside each figure stands the raw limit of the same run: the bytes
of the same frames in transactions of the same size, inserted by one connection with nothing else done. CPU is user and
system time per frame or pull, of our process and of the database's; it holds on a busy machine too, the rate does not.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.gauges import cpu_seconds
from benchmarks.stage import Stage, stage
from deploy.embedded.places import CHECKOUT, any_free_port

OUTLETS, SENDERS, IN_FLIGHT, FACTORS = 200, 4, 400, 3
SOURCES, MINUTE_S = 1250, 60.0
BATCH = 500


@dataclass
class Figure:
    what: str
    per_second: float
    raw_per_second: float
    ours_ms: float
    database_ms: float

    def row(self) -> str:
        ratio = self.raw_per_second / self.per_second if self.per_second else float("inf")
        cores = self.per_second * self.ours_ms / 1000
        return (
            f"| {self.what} | {self.per_second:,.0f} | {self.raw_per_second:,.0f} | {ratio:.1f} | {cores:.2f} |"
            f" {self.ours_ms:.3f} | {self.database_ms:.3f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["hj212", "sl651", "pulls"])
    parser.add_argument("--secs", type=float, default=10.0)
    parser.add_argument("--sources", type=int, default=SOURCES, help="asked once, in pulls")
    parser.add_argument("--send", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.send:
        print(json.dumps(asyncio.run(send(**json.loads(given.send)))), flush=True)
        return
    with stage() as made:
        os.environ.update(made.environment, DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        print(
            f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n\n"
            "| what | a second | raw insert a second | raw to ours | our cores | our CPU ms each | database's |\n"
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        )
        for part in given.parts:
            figure = pulls(made, given.sources) if part == "pulls" else frames(made, part, given.secs)
            print(figure.row(), flush=True)


def frames(made: Stage, kind: str, secs: float) -> Figure:
    """Acknowledged frames a second of one gateway process; each was stored before it was acknowledged."""
    port = any_free_port()
    key = connect(kind, port)
    gateway = subprocess.Popen([sys.executable, "manage.py", "gateway"], cwd=CHECKOUT, env=os.environ.copy())
    try:
        wait_for(port)
        share = OUTLETS // SENDERS
        wishes = [
            {"kind": kind, "port": port, "first": number * share, "count": share, "secs": secs}
            for number in range(SENDERS)
        ]
        before, database = cpu_seconds([gateway.pid]), cpu_seconds(made.roots)
        command = [sys.executable, "-m", "benchmarks.frames", "--send"]
        senders = [
            subprocess.Popen([*command, json.dumps(wish)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
            for wish in wishes
        ]
        said = [json.loads(one.communicate()[0]) for one in senders]
        ours, database = cpu_seconds([gateway.pid]) - before, cpu_seconds(made.roots) - database
    finally:
        gateway.terminate()
        gateway.wait(30)
    acked = sum(one["acked"] for one in said)
    check(key, acked)
    share_ms = 1000 / max(1, acked)
    what = f"{kind}, {FACTORS} values a frame"
    return Figure(what, acked / secs, raw_insert(made, kind), ours * share_ms, database * share_ms)


def connect(kind: str, port: int) -> str:
    from connectors.services import manage
    from connectors.store.models import Connector
    from directory.actors import system_actor
    from tests.support.world import make_unit

    if kind == "hj212":
        config: dict[str, Any] = {
            "outlets": {mn(number): {"name": f"排口{number}"} for number in range(OUTLETS)}
        }
    else:
        config = {
            "stations": {f"{42120000 + number}": {"name": f"测站{number}"} for number in range(OUTLETS)}
        }
    source = manage.Source(kind, kind, config | {"port": port, "bind": "127.0.0.1"}, kind=kind, fresh_for_s=86400,
                           lost_after_s=90000)  # fmt: skip
    connector = manage.connect(actor=system_actor("压测"), owner=make_unit(), source=source)
    Connector.objects.filter(pk=connector.pk).update(sources=["127.0.0.1"])
    return kind


def check(key: str, acked: int) -> None:
    from django.db.models import Sum

    from connectors.store.models import RawIntake, StatusItem

    kept = RawIntake.objects.filter(connector__key=key).aggregate(total=Sum("frames"))["total"] or 0
    assert kept >= acked, f"{acked} acknowledged, {kept} kept"
    items = StatusItem.objects.filter(metric__subject__connector__key=key).count()
    assert items >= acked * FACTORS * 0.95, f"{acked} acknowledged, {items} values stored"


def mn(number: int) -> str:
    return f"BENCH{number:06d}"


def frame_of(kind: str, number: int, turn: int) -> bytes:
    from connectors.protocols.frames import crc_modbus
    from connectors.protocols.hj212 import frame

    moment = time.strftime("%Y%m%d%H%M%S", time.localtime(BEGAN - 80_000 + turn))
    if kind == "hj212":
        values = ";".join(
            f"w0101{factor}-Rtd={turn % 997}.{number % 10},w0101{factor}-Flag=N" for factor in (0, 4, 8)
        )
        text = (
            f"QN={moment}{turn % 1000:03d};ST=32;CN=2011;PW=123456;MN={mn(number)};Flag=5;"
            f"CP=&&DataTime={moment};{values}&&"
        )
        return frame(text.encode())
    at = time.strftime("%y%m%d%H%M", time.localtime(BEGAN - 80_000 + turn * 60))
    station = f"{42120000 + number:010d}"
    body = bytes.fromhex(f"{turn % 65536:04x}{at}00f1f1{station}48f0f0{at}")
    body += bytes.fromhex(f"3923{turn % 9999_9999:08d}2619{turn % 999_999:06d}3812{turn % 9999:04d}")
    raw = (
        b"\x7e\x7e\x01"
        + bytes.fromhex(station)
        + b"\x12\x34\x32"
        + len(body).to_bytes(2)
        + b"\x02"
        + body
        + b"\x03"
    )
    return raw + crc_modbus(raw).to_bytes(2)


BEGAN = int(time.time()) if "BENCH_BEGAN" not in os.environ else int(os.environ["BENCH_BEGAN"])


async def send(kind: str, port: int, first: int, count: int, secs: float) -> dict[str, int]:
    """Keep IN_FLIGHT frames unanswered on one connection; how many were acknowledged in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    mark = b"CN=9014" if kind == "hj212" else b"\x08\x02"
    sent = acked = 0
    turn = 0
    ready = b"".join(frame_of(kind, first + number, turn) for number in range(count))
    ends = time.monotonic() + secs
    tail = b""
    while time.monotonic() < ends:
        while sent - acked < IN_FLIGHT:
            writer.write(ready)
            sent, turn = sent + count, turn + 1
            ready = b"".join(frame_of(kind, first + number, turn) for number in range(count))
        try:
            async with asyncio.timeout(max(0.01, ends - time.monotonic())):
                chunk = tail + await reader.read(65_536)
        except TimeoutError:
            break
        if kind == "hj212":
            whole, _, tail = chunk.rpartition(b"\r\n")
            acked += whole.count(mark)
        else:
            acked += len(chunk) // 25  # an answer has twenty-five bytes
            tail = chunk[len(chunk) // 25 * 25 :]
    writer.close()
    return {"acked": acked, "sent": sent}


def raw_insert(made: Stage, kind: str) -> float:
    import psycopg

    frames_ = [frame_of(kind, number % OUTLETS, number // OUTLETS) for number in range(20 * BATCH)]
    with psycopg.connect(made.environment["RAW_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS frame (id bigserial PRIMARY KEY, raw bytea)")
        began = time.perf_counter()
        for at in range(0, len(frames_), BATCH):
            query = "INSERT INTO frame (raw) SELECT x FROM unnest(%s::bytea[]) x"
            connection.execute(query, [frames_[at : at + BATCH]])
        return len(frames_) / (time.perf_counter() - began)


def pulls(made: Stage, sources: int) -> Figure:
    """REST sources asked once by the worker's own jobs; half a core for 1,250 a minute is 24 ms each."""
    from concurrent.futures import ThreadPoolExecutor

    from connectors.services import manage, pull
    from connectors.store.models import Connector, PullRun
    from directory.actors import system_actor
    from tests.connectors import gauge
    from tests.support.world import make_unit

    server = subprocess.Popen(
        [sys.executable, "-m", "demo.neighbours"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"NEIGHBOUR_PORT": "0", "NEIGHBOUR_STEP_S": "1"},
    )  # fmt: skip

    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        unit, actor = make_unit(), system_actor("压测")
        for number in range(sources):
            source = manage.Source(f"rest-{number}", f"来源{number}", gauge.config(url))
            manage.connect(actor=actor, owner=unit, source=source)
        ids = list(Connector.objects.filter(kind="rest").values_list("pk", flat=True))
        began, cpu, database = time.perf_counter(), time.process_time(), cpu_seconds(made.roots)
        with ThreadPoolExecutor(4) as pool:  # as many jobs as the worker runs at once
            list(pool.map(pull.pull_and_rearm, ids))
        took, used = time.perf_counter() - began, time.process_time() - cpu
        database = cpu_seconds(made.roots) - database
    finally:
        server.terminate()
        server.wait(20)
    runs = PullRun.objects.filter(outcome__in=["taken", "unchanged"])
    assert runs.count() == sources, PullRun.objects.filter(outcome="failed").values_list("error", flat=True)[
        :3
    ]
    cores = used / sources * SOURCES / MINUTE_S
    what = f"{sources} sources asked in {took:.0f} s; {cores:.2f} cores at {SOURCES:,} a minute"
    raw, each_ms = raw_insert(made, "hj212"), 1000 / sources
    return Figure(what, sources / took, raw, used * each_ms, database * each_ms)


def wait_for(port: int) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("the gateway does not listen")


if __name__ == "__main__":
    main()
