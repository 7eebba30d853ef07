"""Queries on what was measured over time, and the figures of hours and days made from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q

from connectors.quality import COUNTS
from connectors.store.models import Connector, Metric, Quality, RollUp, StatusItem

# What a device flagged is no part of a mean.
COUNTED = tuple(sorted(COUNTS))
ROLL_UP = """
INSERT INTO connectors_rollup (metric_id, span, starts_at, count, least, most, mean, last)
SELECT metric_id, %(span)s, starts_at, count(*), min(value), max(value), round(avg(value), 6),
       (array_agg(value ORDER BY observed_at DESC))[1]
FROM (
    SELECT DISTINCT ON (item.metric_id, item.observed_at) item.metric_id, item.observed_at, item.value,
        date_trunc(%(span)s, item.observed_at - make_interval(hours => %(hour)s), 'Asia/Shanghai')
            + make_interval(hours => %(hour)s) AS starts_at
    FROM connectors_statusitem item
    JOIN connectors_metric metric ON metric.id = item.metric_id
    JOIN connectors_subject subject ON subject.id = metric.subject_id
    WHERE subject.connector_id = %(connector)s AND item.observed_at >= %(since)s AND item.observed_at < %(until)s
        AND item.quality = ANY(%(counted)s)
    ORDER BY item.metric_id, item.observed_at, item.revision DESC
) newest
GROUP BY metric_id, starts_at
ON CONFLICT (metric_id, span, starts_at) DO UPDATE SET count = EXCLUDED.count, least = EXCLUDED.least,
    most = EXCLUDED.most, mean = EXCLUDED.mean, last = EXCLUDED.last
"""


def roll_up(connector: Connector, span: str, since: datetime, until: datetime) -> int:
    """Make, or make anew, the figures of whole hours or days between these moments; returns how many rows."""
    hour = connector.day_starts_hour if span == RollUp.Span.DAY else 0
    about: dict[str, Any] = {
        "connector": connector.pk,
        "since": since,
        "until": until,
        "counted": list(COUNTED),
    }
    with connection.cursor() as cursor:
        cursor.execute(ROLL_UP, {"span": span, "hour": hour, **about})
        return int(cursor.rowcount)


def forget_items_before(connector: Connector, moment: datetime) -> int:
    """Let go of old values; their hours and days stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM connectors_statusitem WHERE observed_at < %s AND metric_id IN (SELECT metric.id"
            " FROM connectors_metric metric JOIN connectors_subject subject ON subject.id = metric.subject_id"
            " WHERE subject.connector_id = %s)",
            [moment, connector.pk],
        )
        return int(cursor.rowcount)


def late_since(received_since: datetime, before: datetime) -> dict[UUID, datetime]:
    """By source, the oldest moment before `before` for which something has been received since then."""
    rows = StatusItem.objects.filter(received_at__gte=received_since, observed_at__lt=before)
    oldest = rows.values("metric__subject__connector").annotate(oldest=Min("observed_at")).order_by()
    return dict(oldest.values_list("metric__subject__connector", "oldest"))


def items(
    metric_id: UUID, since: datetime, until: datetime, limit: int
) -> list[tuple[datetime, Decimal, str]]:
    """Stored values with their quality, oldest first, each moment's last revision. No models: a year has thousands."""
    rows = StatusItem.objects.filter(metric_id=metric_id, observed_at__gte=since, observed_at__lt=until)
    last = rows.order_by("observed_at", "-revision").distinct("observed_at")
    return list(last.values_list("observed_at", "value", "quality")[:limit])


def revisions(metric_id: UUID, moment: datetime) -> list[StatusItem]:
    """Every value that was given for one moment, first to last."""
    return list(StatusItem.objects.filter(metric_id=metric_id, observed_at=moment).order_by("revision"))


@dataclass(frozen=True)
class Given:
    """A value as it was first given for its moment."""

    metric_id: UUID
    observed_at: datetime
    received_at: datetime
    value: Decimal


def newest_counted(metric_ids: Sequence[UUID], since: datetime, limit: int) -> list[Given]:
    """The newest values of these metrics that count, newest first, as they were before any correction."""
    rows = StatusItem.objects.filter(metric_id__in=metric_ids, observed_at__gte=since, quality__in=COUNTED)
    first = rows.order_by("-observed_at", "metric_id", "revision").distinct("observed_at", "metric_id")
    return [
        Given(*row) for row in first.values_list("metric_id", "observed_at", "received_at", "value")[:limit]
    ]


def moments(metric_id: UUID, since: datetime, before: datetime, limit: int) -> list[StatusItem]:
    """The last revision of each moment, newest first."""
    rows = StatusItem.objects.filter(metric_id=metric_id, observed_at__gte=since, observed_at__lt=before)
    return list(rows.order_by("-observed_at", "-revision").distinct("observed_at")[:limit])


def replaced(items: Sequence[StatusItem]) -> list[StatusItem]:
    """What these items stand in the place of, the newest first."""
    wanted = Q(pk__in=())
    for one in items:
        if one.revision:
            wanted |= Q(metric_id=one.metric_id, observed_at=one.observed_at, revision__lt=one.revision)
    return list(StatusItem.objects.filter(wanted).order_by("-revision"))


def entered(connector_id: UUID, offset: int, limit: int) -> list[StatusItem]:
    """Values that were typed in, as they came, newest first, with metric and subject."""
    rows = StatusItem.objects.filter(metric__subject__connector=connector_id, quality=Quality.ENTERED)
    newest = rows.order_by("-received_at", "-metric", "-observed_at", "-revision")
    return list(newest.select_related("metric__subject")[offset : offset + limit])


def figures(metric_id: UUID, span: str, since: datetime, until: datetime) -> list[RollUp]:
    rows = RollUp.objects.filter(metric_id=metric_id, span=span, starts_at__gte=since, starts_at__lt=until)
    return list(rows.order_by("starts_at"))


def thinned(
    metric_id: UUID, since: datetime, until: datetime, most: int
) -> list[tuple[datetime, Decimal, Decimal]]:
    """The stretch in at most so many pieces: start, least and most of each, from the stored values."""
    width = (until - since) / most
    about: dict[str, Any] = {"width": width, "metric": metric_id, "since": since, "until": until}
    about["counted"] = list(COUNTED)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_bin(%(width)s, observed_at, %(since)s) AS start, min(value), max(value)"
            " FROM connectors_statusitem WHERE metric_id = %(metric)s AND observed_at >= %(since)s"
            " AND observed_at < %(until)s AND quality = ANY(%(counted)s) GROUP BY start ORDER BY start",
            about,
        )
        return [(start, least, most_value) for start, least, most_value in cursor.fetchall()]


def latest(where: Q, *, after: UUID | None, limit: int) -> list[Metric]:
    """Metrics with their newest values, with subject and source."""
    rows = Metric.objects.filter(where, value__isnull=False).select_related("subject__connector")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.order_by("pk")[:limit])
