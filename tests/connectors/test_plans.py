"""How PostgreSQL reads what is stored: the partitions that are asked for, by index, whatever their size."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from connectors.items import Reading
from connectors.services import history as services
from connectors.services import intake
from connectors.store import history, partitions
from connectors.store.models import Metric
from directory.actors import system_actor
from tests.connectors.gauge import at

pytestmark = pytest.mark.django_db
NOW = at(15)
YEAR = timedelta(days=365)


@pytest.fixture
def metric(make_connector) -> Metric:
    """Three years of values, one a week."""
    partitions.make(partitions.VALUES, NOW - 3 * YEAR, NOW)
    connector = make_connector()
    readings = [
        Reading("1", "西河桥站", "", "stage", Decimal(week), NOW - timedelta(weeks=week), metric_name="水位", unit="米")
        for week in range(150)
    ]  # fmt: skip
    with clock.travel(NOW):
        intake.take(connector.pk, readings)
    return Metric.objects.get()


def plans(ask: Callable[[], Any]) -> list[str]:
    """The plans of what is asked, when reading a table from end to end is not cheap because it is small."""
    with CaptureQueriesContext(connection) as captured:
        assert ask()
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in captured.captured_queries:
            if query["sql"].startswith(("SELECT", "INSERT", "WITH")):
                cursor.execute(f"EXPLAIN (COSTS OFF) {query['sql']}")
                found.append("\n".join(line for (line,) in cursor.fetchall()))
        cursor.execute("SET LOCAL enable_seqscan = on")
    return [one for one in found if "connectors_statusitem" in one]


def scans(plan: str) -> list[str]:
    return [line.strip(" ->") for line in plan.splitlines() if " on connectors_statusitem" in line]


@pytest.mark.parametrize(
    "ask",
    [
        lambda metric: history.thinned(metric.pk, NOW - YEAR, NOW, 1000),
        lambda metric: history.items(metric.pk, NOW - YEAR, NOW, 20_000),
        lambda metric: history.moments(metric.pk, NOW - YEAR, NOW, 51),
    ],
)
def test_a_metric_s_year_reads_the_partitions_of_that_year_by_its_key(metric, ask):
    [plan] = plans(lambda: ask(metric))
    read = scans(plan)
    assert 12 <= len(read) <= 14, plan
    assert not [one for one in read if one.startswith("Seq Scan")], plan
    assert plan.count("metric_id = ") >= len(read), plan
    assert "2024_01" not in plan


def test_the_newest_values_of_a_city_do_not_touch_what_is_stored(metric):
    with clock.travel(NOW):
        assert plans(lambda: services.list_latest(system_actor("测试"))[0]) == []


def test_days_and_hours_of_a_year_are_not_made_of_values_when_they_are_read(metric):
    history.roll_up(metric.subject.connector, "day", NOW - YEAR, NOW)
    assert plans(lambda: history.figures(metric.pk, "day", NOW - YEAR, NOW)) == []


def test_each_partition_can_be_asked_for_what_came_lately(metric):
    """A few pages of each, once there are more than a few; a year of values is not read for three hours of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'connectors_statusitem'::regclass"
        )
        parts = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%USING brin (received_at)%'")
        assert {name for (name,) in cursor.fetchall()} == {*parts, "connectors_statusitem"}
    assert len(parts) > 30
    assert history.late_since(NOW, NOW - timedelta(hours=3)) == {
        metric.subject.connector_id: NOW - timedelta(weeks=149)
    }
    assert history.late_since(NOW + timedelta(seconds=1), NOW) == {}
