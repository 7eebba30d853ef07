"""REST: the newest values of a city, one metric over time, and its table for export."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import AwareDatetime

from common import clock
from common.cursors import moment_cursor, moment_of
from connectors.api.files import table_file
from connectors.cards import freshness_word
from connectors.levels import freshness_of
from connectors.services import access, history
from connectors.store.models import Metric, Quality, StatusItem
from directory.requests import ApiRequest

router = Router(tags=["connectors"])
LAST = datetime(9999, 1, 1, tzinfo=UTC)


class LatestOut(Schema):
    """The newest value of one metric; `freshness` is judged now."""

    subject_id: UUID
    subject_name: str
    place: str
    source: str
    metric: str
    metric_name: str
    unit: str
    decimals: int
    value: Decimal
    quality: str
    quality_word: str
    observed_at: datetime
    freshness: str
    freshness_word: str


class LatestsOut(Schema):
    items: list[LatestOut]
    next: str | None = None


class LatestQuery(Schema):
    place: str = ""
    metric: str = ""
    cursor: str | None = None


class HistoryPointOut(Schema):
    """`value` is the value at a moment or the mean of a stretch, as text; `quality` of single values only."""

    at: datetime
    value: Decimal
    least: Decimal
    most: Decimal
    quality: str


class MetricHistoryOut(Schema):
    subject_id: UUID
    subject_name: str
    source: str
    metric: str
    metric_name: str
    unit: str
    decimals: int
    span: str
    points: list[HistoryPointOut]


class MetricHistoryQuery(Schema):
    """`span`: raw (as stored), hour, day, or auto (thinned to at most a thousand stretches)."""

    since: AwareDatetime
    until: AwareDatetime
    metric: str | None = None
    span: history.Span = "auto"


class ReplacedOut(Schema):
    """A value that another one stands in the place of."""

    value: Decimal
    received_at: datetime
    quality_word: str
    signed_by: str


class ValueOut(Schema):
    """`signed_by` of values by hand; `replaced`: what stood there before, the newest first."""

    at: datetime
    received_at: datetime
    value: Decimal
    quality: str
    quality_word: str
    signed_by: str
    replaced: list[ReplacedOut]


class ValuesOut(Schema):
    metric: str
    metric_name: str
    unit: str
    items: list[ValueOut]
    next: str | None = None


class ValuesQuery(Schema):
    """Newest first; `cursor` of the page before."""

    since: AwareDatetime
    metric: str | None = None
    cursor: str | None = None


class SourceMetricOut(Schema):
    key: str
    name: str
    unit: str
    decimals: int


class SourceMetricsOut(Schema):
    items: list[SourceMetricOut]
    next: str | None = None


@router.get("/connectors/metrics", response=LatestsOut)
def list_latest(request: ApiRequest, query: Query[LatestQuery]) -> dict[str, Any]:
    """The newest value of every metric that one may see."""
    found, following = history.list_latest(
        request.actor, place=query.place, metric=query.metric, cursor=query.cursor
    )
    now = clock.now()
    return {"items": [_latest(one, now) for one in found], "next": following}


@router.get("/connectors/subjects/{uuid:subject_id}/history", response=MetricHistoryOut)
def describe_history(
    request: ApiRequest, subject_id: UUID, query: Query[MetricHistoryQuery]
) -> dict[str, Any]:
    found = _history(request, subject_id, query)
    return {
        "subject_id": found.subject.pk,
        "subject_name": found.subject.name,
        "source": found.subject.connector.name,
        "metric": found.metric.key,
        "metric_name": found.metric.name,
        "unit": found.metric.unit,
        "decimals": found.metric.decimals,
        "span": found.span,
        "points": found.points,
    }


@router.get("/connectors/subjects/{uuid:subject_id}/history.csv")
def export_history(request: ApiRequest, subject_id: UUID, query: Query[MetricHistoryQuery]) -> HttpResponse:
    """The same as a table, with source and unit in each row."""
    found = _history(request, subject_id, query)
    return table_file(history.export_csv(found), f"{found.subject.pk}-{found.metric.key}.csv")


@router.get("/connectors/subjects/{uuid:subject_id}/history.xlsx")
def export_history_xlsx(
    request: ApiRequest, subject_id: UUID, query: Query[MetricHistoryQuery]
) -> HttpResponse:
    found = _history(request, subject_id, query)
    return table_file(history.export_xlsx(found), f"{found.subject.pk}-{found.metric.key}.xlsx")


@router.get("/connectors/subjects/{uuid:subject_id}/values", response=ValuesOut)
def list_values(request: ApiRequest, subject_id: UUID, query: Query[ValuesQuery]) -> dict[str, Any]:
    """As stored, newest first, with what each revision stands in the place of."""
    before = moment_of(query.cursor)
    metric, found, following = history.list_values(
        request.actor,
        subject_id,
        query.metric,
        since=query.since,
        before=before[0] if before else LAST,
    )
    return {
        "metric": metric.key,
        "metric_name": metric.name,
        "unit": metric.unit,
        "items": [value_out(one) for one in found],
        "next": moment_cursor(following, metric.pk) if following else None,
    }


@router.get("/connectors/{uuid:connector_id}/metrics", response=SourceMetricsOut)
def list_source_metrics(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    """What a source measures, one line for each quantity."""
    return {"items": access.list_source_metrics(request.actor, connector_id)}


def _history(request: ApiRequest, subject_id: UUID, query: MetricHistoryQuery) -> history.History:
    return history.describe_history(
        request.actor, subject_id, query.metric, since=query.since, until=query.until, span=query.span
    )


def value_out(one: history.Value) -> dict[str, Any]:
    item = one.item
    return _stored(item) | {
        "at": item.observed_at,
        "quality": item.quality,
        "replaced": [_stored(old) for old in one.replaced],
    }


def _stored(item: StatusItem) -> dict[str, Any]:
    by_hand = item.quality == Quality.ENTERED
    return {
        "value": item.value,
        "received_at": item.received_at,
        "quality_word": str(Quality(item.quality).label),
        "signed_by": item.source_ref if by_hand else "",
    }


def _latest(one: Metric, now: datetime) -> dict[str, Any]:
    connector = one.subject.connector
    limits = {"fresh_for_s": connector.fresh_for_s, "lost_after_s": connector.lost_after_s}
    freshness = freshness_of(one.observed_at, now, **limits) if one.observed_at else "lost"
    return {
        "subject_id": one.subject_id,
        "subject_name": one.subject.name,
        "place": one.subject.place,
        "source": connector.name,
        "metric": one.key,
        "metric_name": one.name,
        "unit": one.unit,
        "decimals": one.decimals,
        "value": one.value,
        "quality": one.quality,
        "quality_word": str(Quality(one.quality).label),
        "observed_at": one.observed_at,
        "freshness": freshness,
        "freshness_word": freshness_word(freshness),
    }
