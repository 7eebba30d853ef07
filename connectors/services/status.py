"""The present state of a subject, as cards, pages and bots show it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import NotFoundError
from connectors.levels import Level, freshness_of, level_of
from connectors.quality import counts
from connectors.rules import bands
from connectors.rules.bands import Band
from connectors.rules.levels import WORDS
from connectors.services import audience
from connectors.services.judging import limits_of
from connectors.store import readings as store
from connectors.store import sources
from connectors.store.models import Metric, Quality, Subject

LEVEL_OF = {"blue": Level.NEAR, "yellow": Level.NEAR, "orange": Level.WARNING, "red": Level.GUARANTEE}
Point = tuple[datetime, Decimal]
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class MetricState:
    """The newest value of one metric. `change_24h` is None without a value a day ago.

    Where a table of limits is in use, `band` is the one that holds now and `word` says it; else both are empty.
    """

    metric: Metric
    value: Decimal
    observed_at: datetime
    level: Level
    change_24h: Decimal | None
    band: Band | None = None
    word: str = ""


@dataclass(frozen=True)
class SubjectState:
    """`freshness` is judged now, not when the last pull ended; `metrics` in the order of the mapping."""

    subject: Subject
    freshness: str
    observed_at: datetime
    metrics: tuple[MetricState, ...]

    @property
    def main(self) -> MetricState:
        return self.metrics[0]


def state_of(subject_id: UUID) -> SubjectState | None:
    """None for an unknown subject and for one that never had a reading."""
    subject = store.find_subject(subject_id)
    if subject is None or subject.observed_at is None:
        return None
    connector = subject.connector
    now = clock.now()
    freshness = freshness_of(
        subject.observed_at, now, fresh_for_s=connector.fresh_for_s, lost_after_s=connector.lost_after_s
    )
    metrics = tuple(_metric_state(metric) for metric in subject.metrics.all() if metric.value is not None)
    return SubjectState(subject, freshness, subject.observed_at, metrics) if metrics else None


def _metric_state(metric: Metric) -> MetricState:
    if metric.value is None or metric.observed_at is None:
        raise ValueError("a metric without value has no state")
    level, band, word = _level(metric, metric.value, metric.observed_at)
    before = store.value_at(metric.pk, metric.observed_at - DAY)
    change = None if before is None else metric.value - before
    return MetricState(metric, metric.value, metric.observed_at, level, change, band, word)


def _level(metric: Metric, value: Decimal, observed_at: datetime) -> tuple[Level, Band | None, str]:
    """What a value that counts means: by the table of limits, else by the source's own."""
    if not counts(metric.quality):
        return Level.NORMAL, None, str(Quality(metric.quality).label)
    limits = limits_of(metric)
    if not limits.by_table:
        warning, guarantee = metric.warning, metric.guarantee
        level = level_of(value, warning=warning, guarantee=guarantee, near_margin=metric.near_margin)
        return level, None, ""
    band = bands.judge(value, limits.bands, clock.local(observed_at)).band
    if band is None:
        return Level.NORMAL, None, ""
    return (
        LEVEL_OF[band.level],
        band,
        _("超{limit}").format(limit=band.label) if band.label else WORDS[band.level],
    )


def series(metric: Metric, *, hours: int, most: int) -> list[Point]:
    """Stored changes of the last `hours` up to the newest reading, thinned to at most `most` points.

    The value that held when the span began stands at its beginning, the newest reading at its end.
    """
    if metric.value is None or metric.observed_at is None:
        return []
    since = metric.observed_at - timedelta(hours=hours)
    points = store.points(metric.pk, since, metric.observed_at)
    first = store.value_at(metric.pk, since)
    if first is not None:
        points.insert(0, (since, first))
    if not points or points[-1][0] != metric.observed_at:
        points.append((metric.observed_at, metric.value))
    return thin(points, most)


def thin(points: list[Point], most: int) -> list[Point]:
    """At most `most` points in order: first and last stay, and the highest of each stretch between."""
    if len(points) <= most:
        return points
    inner, stretches = points[1:-1], most - 2
    kept = []
    for place in range(stretches):
        stretch = inner[place * len(inner) // stretches : (place + 1) * len(inner) // stretches]
        kept.append(max(stretch, key=lambda point: point[1]))
    return [points[0], *kept, points[-1]]


def find_metric(subject_id: UUID, key: str | None) -> tuple[Subject, Metric]:
    """The metric of that key, or the first. Raises NotFoundError."""
    subject = store.find_subject(subject_id)
    metrics = list(subject.metrics.all()) if subject else []
    chosen = next((metric for metric in metrics if key in {None, metric.key}), None)
    if subject is None or chosen is None:
        raise NotFoundError
    return subject, chosen


def subscribed_rooms(connector_id: UUID, subject_id: UUID) -> list[str]:
    """Public ids of the rooms that want this subject's card now."""
    return audience.status_rooms(connector_id, subject_id)


def room_subjects(room_id: str) -> list[Subject]:
    """The subjects that a room is subscribed to, whether or not they have had a reading."""
    return sources.room_subjects(room_id)
