"""How long the newest values of a city and one metric's year take with many stored items (20,000,000). Never in CI.

Two years of half-hourly values of as many metrics as that takes, written by INSERT … SELECT into the real partitions, a
connection for each core, the figures of days by the product's own statement; then the services are called as REST
calls them.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from statistics import median

import psycopg
from django.conf import settings
from django.db import connection

from benchmarks.ledgers import Timed
from common import clock
from connectors.services import history
from connectors.store import history as store
from connectors.store import partitions
from connectors.store.models import Connector, Metric, RollUp, Subject
from directory.actors import system_actor
from directory.models import Unit

ITEMS = 20_000_000
STEP = timedelta(minutes=30)
SPAN = timedelta(days=730)
CALLS = 20
FOREIGN_KEY = "connectors_statusitem_metric_id_fkey"
TARGETS_MS = {"latest": 100.0, "year": 300.0, "late": 300.0}


def measure(items: int = ITEMS) -> list[Timed]:
    """Medians of twenty calls each, of as many stored items as wanted (at least one metric's two years)."""
    began = time.perf_counter()
    metrics = _prepare(max(1, items // (SPAN // STEP)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connectors_statusitem")
        stored = int(cursor.fetchone()[0])
    prepared = time.perf_counter() - began
    actor, now = system_actor("量测"), clock.now()
    one = metrics[len(metrics) // 2]

    def latest() -> int:
        found, cursor = 0, None
        while True:
            page, cursor = history.list_latest(actor, cursor=cursor)
            found += len(page)
            if cursor is None:
                return found

    def year(span: history.Span) -> Callable[[], int]:
        since = now - timedelta(days=365)
        return lambda: len(
            history.describe_history(actor, one.subject_id, one.key, since=since, until=now, span=span).points
        )

    def late() -> int:
        return len(store.late_since(now - timedelta(hours=3), now - timedelta(hours=3)))

    what = f"{stored:,} items of {len(metrics):,} metrics (written in {prepared:.0f} s)"
    return [
        _timed(f"newest values of the city; {what}", latest, TARGETS_MS["latest"]),
        _timed("one metric's year, thinned", year("auto"), TARGETS_MS["year"]),
        _timed("one metric's year, every value", year("raw"), TARGETS_MS["year"]),
        _timed("one metric's year, days", year("day"), TARGETS_MS["year"]),
        _timed("what came late, of all sources, each hour", late, TARGETS_MS["late"]),
    ]


def _timed(what: str, call: Callable[[], int], target_ms: float) -> Timed:
    took = []
    found = 0
    for _ in range(CALLS):
        began = time.perf_counter()
        found = call()
        took.append((time.perf_counter() - began) * 1000)
    figures = {"rows": f"{found:,}", "median ms": f"{median(took):.1f}", "worst ms": f"{max(took):.1f}"}
    return Timed(what, figures | {"target ms": f"{target_ms:.0f}"})


def _prepare(count: int) -> list[Metric]:
    now = clock.now()
    unit = Unit.objects.first() or Unit.objects.create(name="量测局", short_name="量测局")
    connector = Connector.objects.create(key="bench", name="量测数据源", owner_unit=unit)
    subjects = Subject.objects.bulk_create(
        Subject(connector=connector, code=f"{n:06}", name=f"量测站{n}", place="量测市", observed_at=now)
        for n in range(count)
    )
    about = {
        "key": "stage",
        "name": "水位",
        "unit": "米",
        "value": 20,
        "observed_at": now,
        "received_at": now,
    }
    metrics = Metric.objects.bulk_create(Metric(subject=subject, **about) for subject in subjects)
    months = list(partitions.parts(partitions.VALUES, now - SPAN, now))
    partitions.make(partitions.VALUES, now - SPAN, now)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE connectors_statusitem DROP CONSTRAINT {FOREIGN_KEY}")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda part: _fill(part, now), months))
        # As it was: put back at once it is looked at once, and not for each of the rows.
        cursor.execute(
            f"ALTER TABLE connectors_statusitem ADD CONSTRAINT {FOREIGN_KEY} FOREIGN KEY (metric_id)"
            " REFERENCES connectors_metric (id)"
        )
        cursor.execute("SET work_mem = '256MB'")
        for part in months:
            store.roll_up(connector, RollUp.Span.DAY, max(part.lower, now - SPAN), min(part.upper, now))
        cursor.execute("RESET work_mem")
    return metrics


def _fill(part: partitions.Part, now: datetime) -> None:
    """A month's values in the order of their times, as they would have come, so that those of a metric lie apart."""
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as line:
        line.execute("SET synchronous_commit = off")
        line.execute("SET work_mem = '256MB'")
        begins = now - SPAN
        first = begins + -(-max(timedelta(), part.lower - begins) // STEP) * STEP
        line.execute(
            f"INSERT INTO {part.name} SELECT metric.id, moment, 0, round((20 + 5 * random())::numeric, 3), moment,"  # noqa: S608 - names of ours
            " 'good', '' FROM generate_series(%s::timestamptz, %s, %s) AS moment, connectors_metric metric"
            " ORDER BY moment, metric.id",
            [first, min(part.upper, now) - timedelta(seconds=1), STEP],
        )
        line.execute(f"VACUUM (ANALYZE) {part.name}")
