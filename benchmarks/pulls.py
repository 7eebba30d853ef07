"""REST sources that a real worker asks each minute. `python -m benchmarks pulls`, `--sources` for another number.

The sources answer from a process of their own (demo/neighbours): seven stations with two values, new ones each minute.
After a first minute in which every source is met for the first time, two are measured: what was asked, how evenly, and
the processor time of the worker and of the database's processes.
"""

import sys
import time
from datetime import timedelta
from itertools import pairwise

from benchmarks.fleet import process, started
from benchmarks.gauges import cpu_seconds
from benchmarks.ledgers import Timed
from benchmarks.stage import Stage
from deploy.embedded.places import any_free_port

SOURCES, MINUTE_S, MINUTES = 1250, 60, 2
PATIENCE_S = 240.0
TARGET_CORES = 0.5


def measure(made: Stage, sources: int) -> list[Timed]:
    port = any_free_port()
    offices = {"NEIGHBOUR_PORT": str(port), "NEIGHBOUR_STEP_S": str(MINUTE_S)}
    _connect(f"http://127.0.0.1:{port}", sources)
    with (
        started([sys.executable, "-m", "demo.neighbours"], offices, port),
        process([sys.executable, "manage.py", "work"]) as worker,
    ):
        _until_asked(sources)
        began, before = time.time(), _spent(worker.pid, made)
        time.sleep(MINUTES * MINUTE_S)
        took = time.time() - began
        used, database = (now - then for now, then in zip(_spent(worker.pid, made), before, strict=True))
    return [_row(sources, began, took, used, database)]


def _row(sources: int, began: float, took: float, used: float, database: float) -> Timed:
    from datetime import UTC, datetime

    from connectors.store.models import PullRun

    since = datetime.fromtimestamp(began, UTC)
    rows = PullRun.objects.filter(started_at__gte=since, started_at__lt=since + timedelta(seconds=took))
    asked, failed = rows.count(), rows.filter(outcome="failed").count()
    times: dict[object, list[datetime]] = {}
    for connector, at in PullRun.objects.order_by("started_at").values_list("connector_id", "started_at"):
        times.setdefault(connector, []).append(at)
    gaps = sorted((later - one).total_seconds() for mine in times.values() for one, later in pairwise(mine))
    figures = {
        "asked a minute": f"{asked / took * MINUTE_S:,.0f}",
        "failed": str(failed),
        "seconds between two, p50": f"{gaps[len(gaps) // 2]:.1f}",
        "worst": f"{gaps[-1]:.1f}",
        "worker cores": f"{used / took:.2f}",
        "target": f"{TARGET_CORES:g}",
        "databases' cores": f"{database / took:.2f}",
        "worker CPU ms each": f"{used / max(1, asked) * 1000:.1f}",
        "databases' CPU ms each": f"{database / max(1, asked) * 1000:.1f}",
    }
    return Timed(f"{sources:,} REST sources each minute, one worker", figures)


def _spent(pid: int, made: Stage) -> tuple[float, float]:
    return cpu_seconds([pid]), cpu_seconds(made.roots)


def _connect(url: str, sources: int) -> None:
    from common import clock
    from connectors.services import manage, pull
    from connectors.store.models import Connector
    from directory.actors import system_actor
    from directory.store.models import Unit
    from tests.connectors import gauge

    unit, actor = (
        Unit.objects.first() or Unit.objects.create(name="量测局", short_name="量测局"),
        system_actor("压测"),
    )
    for number in range(sources):
        source = manage.Source(f"rest-{number}", f"来源{number}", gauge.config(url), interval_s=MINUTE_S)
        manage.connect(actor=actor, owner=unit, source=source)
    # As on a site that has grown: each source at a second of its own.
    now, step = clock.now(), timedelta(seconds=MINUTE_S / sources)
    for place, pk in enumerate(Connector.objects.filter(kind="rest").values_list("pk", flat=True)):
        pull.arm(pk, now + place * step)


def _until_asked(sources: int) -> None:
    from connectors.store.models import PullRun

    ends = time.monotonic() + PATIENCE_S
    while PullRun.objects.values("connector").distinct().count() < sources:
        if time.monotonic() > ends:
            raise TimeoutError("not every source was asked")
        time.sleep(1)
