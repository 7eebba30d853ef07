"""What one gateway process stores of HJ 212 and SL 651 frames a second. `python -m benchmarks frames`, `--secs` each.

Senders are processes of their own that keep frames in flight on real sockets and count the acknowledgements; their
frames are made before the clock starts. Beside each figure stands the raw limit of the same run: the bytes of the same
frames in transactions of the same size, inserted by one connection with nothing else done. CPU is user and system time
per frame, of the gateway and of the database's processes; it holds on a busy machine too, the rate does not.
"""

import json
import subprocess
import sys
import time
from typing import Any

from benchmarks.devices import GO, OUTLETS, frame_of, mn
from benchmarks.fleet import started
from benchmarks.gauges import cpu_seconds
from benchmarks.ledgers import Timed
from benchmarks.stage import Stage
from deploy.embedded.places import CHECKOUT, any_free_port

KINDS = ("hj212", "sl651")
SENDERS, FACTORS = 4, 3
BATCH = 500
TARGET = 2000


def measure(made: Stage, secs: float) -> list[Timed]:
    """One row a kind: acknowledged frames a second, each of which was stored before."""
    return [_frames(made, kind, secs) for kind in KINDS]


def _frames(made: Stage, kind: str, secs: float) -> Timed:
    port = any_free_port()
    key = connect(kind, port)
    with started([sys.executable, "manage.py", "gateway"], {}, port) as gateway:
        share = OUTLETS // SENDERS
        wishes = [
            {"kind": kind, "port": port, "first": number * share, "count": share, "secs": secs}
            for number in range(SENDERS)
        ]
        senders = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.devices", json.dumps(wish)],
                cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for wish in wishes
        ]  # fmt: skip
        for one in senders:
            assert one.stdout
            assert one.stdout.readline() == GO
        before, database = cpu_seconds([gateway.pid]), cpu_seconds(made.roots)
        for one in senders:
            assert one.stdin
            one.stdin.write(GO)
            one.stdin.flush()
        said = [json.loads(one.communicate()[0]) for one in senders]
        ours, database = cpu_seconds([gateway.pid]) - before, cpu_seconds(made.roots) - database
    acked = sum(one["acked"] for one in said)
    check(key, acked)
    rate, raw, each_ms = acked / secs, raw_insert(made, kind), 1000 / max(1, acked)
    figures = {
        "frames/s": f"{rate:,.0f}",
        "target": f"{TARGET:,}",
        "raw insert/s": f"{raw:,.0f}",
        "raw to ours": f"{raw / max(1.0, rate):.1f}",
        "gateway cores": f"{ours / secs:.2f}",
        "gateway CPU ms a frame": f"{ours * each_ms:.3f}",
        "databases' CPU ms a frame": f"{database * each_ms:.3f}",
    }
    return Timed(f"{kind}, {FACTORS} values a frame, {OUTLETS} devices on {SENDERS} lines", figures)


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
