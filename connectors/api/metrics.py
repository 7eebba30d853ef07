"""REST: the newest values of a city, one metric over time, its table for export, and values typed in."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from common import clock
from connectors.cards import freshness_word
from connectors.levels import freshness_of
from connectors.services import entries, history
from connectors.store.models import Metric, Quality
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


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


class EntryRowIn(Schema):
    """One value by hand; `observed_at` without a zone is Shanghai's time."""

    code: str
    metric: str
    value: str
    observed_at: str
    name: str = ""
    place: str = ""
    metric_name: str = ""
    unit: str = ""


class ValueEntryIn(Schema):
    rows: list[EntryRowIn] = Field(max_length=entries.MOST_ROWS)


class ValueEntryOut(Schema):
    id: UUID
    at: datetime
    signed_by: str
    rows: int
    stored: int
    duplicates: int
    revised: int


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
    answer = HttpResponse(history.export_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.subject.pk}-{found.metric.key}.csv"'
    return answer


@router.post("/connectors/{uuid:connector_id}/entries", response=ValueEntryOut)
def enter_values(request: ApiRequest, connector_id: UUID, body: ValueEntryIn) -> dict[str, Any]:
    """填报: signed by who sends it, marked 人工; the same rows again are one entry."""
    entry, taken = entries.check_enter(
        actor=request.actor, connector_id=connector_id, rows=[row.model_dump() for row in body.rows]
    )
    about = {name: getattr(entry, name) for name in ("id", "at", "signed_by", "rows")}
    return about | {"stored": taken.stored, "duplicates": taken.duplicates, "revised": taken.revised}


def _history(request: ApiRequest, subject_id: UUID, query: MetricHistoryQuery) -> history.History:
    return history.describe_history(
        request.actor, subject_id, query.metric, since=query.since, until=query.until, span=query.span
    )


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
