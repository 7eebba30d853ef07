"""REST of this floor: the state of the sources, and a subject's series."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema

from common import clock
from connectors import tiles
from connectors.cards import freshness_word, level_word, number
from connectors.levels import freshness_of
from connectors.rules.levels import WORDS as LEVEL_WORDS
from connectors.services import access
from connectors.services.judging import limits_of
from connectors.services.status import series, state_of
from connectors.store.models import Connector, Health, Kind, Outcome, PullRun, Quality, Subject
from directory.requests import ApiRequest

router = Router(tags=["connectors"])
MOST_POINTS = 500


class ConnectorOut(Schema):
    """One source. `old_count` of `subject_count` subjects are stale or lost; `is_overdue` where nobody asks it."""

    id: UUID
    key: str
    name: str
    kind: str
    owner_unit_id: UUID
    owner_unit_name: str
    host: str
    interval_s: int
    fresh_for_s: int
    lost_after_s: int
    is_enabled: bool
    paused_why: str
    kind_word: str
    owner_name: str
    may_manage: bool
    health: str
    health_word: str
    failures: int
    last_error: str
    last_pulled_at: datetime | None
    last_ok_at: datetime | None
    subject_count: int
    old_count: int
    is_overdue: bool

    @staticmethod
    def resolve_is_overdue(one: Connector) -> bool:
        return access.is_overdue(one)

    @staticmethod
    def resolve_owner_unit_name(one: Connector) -> str:
        return one.owner_unit.name

    @staticmethod
    def resolve_host(one: Connector) -> str:
        return access.host_of(one)

    @staticmethod
    def resolve_kind_word(one: Connector) -> str:
        return str(Kind(one.kind).label)

    @staticmethod
    def resolve_owner_name(one: Connector) -> str:
        return one.owner.name if one.owner else ""

    @staticmethod
    def resolve_may_manage(one: Connector, context: Any) -> bool:
        return access.may_manage(context["request"].actor, one)

    @staticmethod
    def resolve_health_word(one: Connector) -> str:
        return str(Health(one.health).label)


class RejectionOut(Schema):
    """A row, or one value of it, that could not be used; `line` counts from 1 within the pull."""

    line: int
    field: str
    reason: str


class RunOut(Schema):
    id: UUID
    started_at: datetime
    took_ms: int
    outcome: str
    outcome_word: str
    error_code: str
    error: str
    rows_taken: int
    rows_rejected: int
    rejections: list[RejectionOut]
    sample: str

    @staticmethod
    def resolve_outcome_word(one: PullRun) -> str:
        return str(Outcome(one.outcome).label)


class SubjectOut(Schema):
    id: UUID
    code: str
    name: str
    place: str
    observed_at: datetime | None
    freshness: str
    freshness_word: str


class PointOut(Schema):
    """`value` is decimal text, so that nothing is lost on the way."""

    at: datetime
    value: str


class LimitOut(Schema):
    """A limit in force now, mildest first; `word` is its label, else its level."""

    value: str
    level: str
    word: str


class SeriesMetricOut(Schema):
    key: str
    name: str


class SeriesOut(Schema):
    """Stored changes, oldest first, thinned to at most 500 points. `warning` and `guarantee` are the source's own
    limits, null where it says none; `limits` are those in force, of the table where there is one. `metrics` are all
    that the reader may read of this subject.
    """

    subject: SubjectOut
    source: str
    metric: str
    metric_name: str
    unit: str
    decimals: int
    value: str | None
    level: str | None
    level_word: str | None
    warning: str | None
    guarantee: str | None
    limits: list[LimitOut]
    quality: str
    quality_word: str
    points: list[PointOut]
    metrics: list[SeriesMetricOut]


class TilesOut(Schema):
    """Cards of kind `status` (docs/cards.md)."""

    items: list[dict[str, Any]]


class ConnectorsOut(Schema):
    items: list[ConnectorOut]
    next: str | None = None


class RunsOut(Schema):
    items: list[RunOut]
    next: str | None = None


class SubjectsOut(Schema):
    items: list[SubjectOut]
    next: str | None = None


class SeriesQuery(Schema):
    metric: str | None = None
    hours: int = 24


@router.get("/connectors", response=ConnectorsOut)
def list_connectors(request: ApiRequest) -> dict[str, Any]:
    """The sources, with health and age, for those who look after them."""
    return {"items": access.list_connectors(request.actor)}


@router.get("/connectors/{uuid:connector_id}/runs", response=RunsOut)
def list_runs(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    """The last fifty calls of a source, newest first, with what could not be used."""
    return {"items": access.list_runs(request.actor, connector_id)}


@router.get("/connectors/{uuid:connector_id}/subjects", response=SubjectsOut)
def list_subjects(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    """What a source measures, in the order of its codes."""
    connector, subjects = access.list_subjects(request.actor, connector_id)
    return {"items": [_subject(one, connector) for one in subjects]}


@router.get("/connectors/tiles", response=TilesOut)
def list_tiles(request: ApiRequest) -> dict[str, Any]:
    """A few of the values that one may see, each as its status card, for the workbench."""
    return {"items": [card.model_dump(mode="json") for card in tiles.list_tiles(request.actor)]}


@router.get("/connectors/subjects/{uuid:subject_id}/series", response=SeriesOut)
def read_series(request: ApiRequest, subject_id: UUID, query: Query[SeriesQuery]) -> dict[str, Any]:
    """One metric of a subject over the last hours (1 to 744), for members of a room that is subscribed."""
    subject, metric = access.access_metric(request.actor, subject_id, query.metric, hours=query.hours)
    state = state_of(subject.pk)
    shown = next((one for one in state.metrics if one.metric.pk == metric.pk), None) if state else None
    limits = {name: getattr(metric, name) for name in ("warning", "guarantee")}
    return {
        "subject": _subject(subject, subject.connector),
        "source": subject.connector.name,
        "metric": metric.key,
        "metric_name": metric.name,
        "unit": metric.unit,
        "decimals": metric.decimals,
        "value": number(shown.value, metric.decimals) if shown else None,
        "level": shown.level if shown else None,
        "level_word": level_word(shown.level) if shown else None,
        **{name: None if limit is None else number(limit, metric.decimals) for name, limit in limits.items()},
        "limits": [
            {
                "value": number(band.limit, metric.decimals),
                "level": band.level,
                "word": band.label or LEVEL_WORDS[band.level],
            }
            for band in limits_of(metric).bands
        ],
        "quality": metric.quality,
        "quality_word": str(Quality(metric.quality).label),
        "points": [
            {"at": at, "value": number(value, metric.decimals)}
            for at, value in series(metric, hours=query.hours, most=MOST_POINTS)
        ],
        "metrics": [
            {"key": one.key, "name": one.name} for one in access.list_metrics(request.actor, subject)
        ],
    }


def _subject(one: Subject, connector: Connector) -> dict[str, Any]:
    limits = {"fresh_for_s": connector.fresh_for_s, "lost_after_s": connector.lost_after_s}
    freshness = freshness_of(one.observed_at, clock.now(), **limits) if one.observed_at else "lost"
    return {
        "id": one.pk,
        "code": one.code,
        "name": one.name,
        "place": one.place,
        "observed_at": one.observed_at,
        "freshness": freshness,
        "freshness_word": freshness_word(freshness),
    }
