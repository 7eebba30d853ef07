"""Queries on subjects, metrics and their values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from common.store.updates import insert_new, update_many
from connectors.items import Reading
from connectors.store.models import Connector, Metric, Quality, StatusItem, Subject

# An unchanged value is stored again after this long, so that a chart has points.
HEARTBEAT = timedelta(minutes=30)
NEWEST = ("value", "observed_at", "received_at", "stored_at", "warning", "guarantee", "quality")


class Item(NamedTuple):
    """A row of StatusItem. Models by the thousand would cost more than all else that is done for a batch of frames."""

    metric_id: UUID
    observed_at: datetime
    revision: int
    value: Decimal
    received_at: datetime
    quality: str
    source_ref: str


@dataclass
class Saved:
    """What became of readings: `moved` are those that became their metric's newest, in the order of their times.

    `subjects` are theirs.
    """

    moved: list[tuple[Metric, Reading]] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    stored: int = 0
    revised: int = 0
    duplicates: int = 0
    late: int = 0


# Subject's code, metric's key and moment: texts, because Python hashes a UUID ten times as slowly.
Key = tuple[str, str, datetime]


@dataclass
class _Known:
    """The last that is known of a metric at a moment; `is_stored` is False for an unchanged newest value."""

    value: Decimal
    revision: int
    is_stored: bool = True


def save(connector: Connector, readings: Sequence[Reading], received_at: datetime) -> Saved:
    """Store what is new. The caller holds the connector's row.

    A reading that is known already counts once. Late ones fill the past and never replace a newer one; another
    value for the same moment is a revision, and the old value stays.
    """
    saved = Saved()
    if not readings:
        return saved
    subjects = _subjects(connector, readings)
    metrics = _metrics(subjects, readings)
    ordered = [
        (metrics[one.subject_code, one.metric], one)
        for one in sorted(readings, key=lambda one: one.observed_at)
    ]
    known = _known(ordered)
    items: list[Item] = []
    moved: dict[tuple[str, str], Metric] = {}
    for metric, reading in ordered:
        new, is_newest = _take(metric, reading, received_at, known, saved)
        items.extend(new)
        if is_newest:
            moved[reading.subject_code, reading.metric] = metric
            saved.moved.append((metric, reading))
            subject = subjects[reading.subject_code]
            subject.observed_at = max(subject.observed_at or reading.observed_at, reading.observed_at)
    insert_new(StatusItem, Item._fields, items)
    update_many(list(moved.values()), NEWEST)
    saved.subjects = [subjects[code] for code in dict.fromkeys(code for code, _key in moved)]
    update_many(saved.subjects, ["observed_at"])
    saved.stored = len(items)
    return saved


def _known(ordered: Sequence[tuple[Metric, Reading]]) -> dict[Key, _Known]:
    """What is stored for the moments that are not newer than what each metric has."""
    past = [
        (metric, reading)
        for metric, reading in ordered
        if metric.observed_at is not None and reading.observed_at <= metric.observed_at
    ]
    if not past:
        return {}
    rows = StatusItem.objects.filter(
        metric__in={metric.pk for metric, _ in past}, observed_at__in={one.observed_at for _, one in past}
    )
    latest = rows.order_by("metric_id", "observed_at", "-revision").distinct("metric_id", "observed_at")
    named = {metric.pk: (one.subject_code, one.metric) for metric, one in past}
    return {
        (*named[metric_id], moment): _Known(value, revision)
        for metric_id, moment, value, revision in latest.values_list(
            "metric_id", "observed_at", "value", "revision"
        )
    }


def _take(
    metric: Metric, reading: Reading, received_at: datetime, known: dict[Key, _Known], saved: Saved
) -> tuple[list[Item], bool]:
    """Move the metric on if the reading is its newest; the items to store, and whether it is the newest."""
    key = (reading.subject_code, reading.metric, reading.observed_at)
    before = known.get(key)
    if before is None and metric.value is not None and reading.observed_at == metric.observed_at:
        before = _Known(metric.value, 0, is_stored=False)
    if before is not None and before.value == reading.value:
        saved.duplicates += 1
        return [], False
    revision, quality = 0, reading.quality
    items: list[Item] = []
    if before is not None:
        saved.revised += 1
        revision = before.revision + 1
        quality = Quality.REVISED.value if quality == Quality.GOOD else quality
        if not before.is_stored:  # the value that is revised was not worth a row until now
            items.append(_unstored(metric, received_at))
    moment, ref = reading.observed_at, reading.source_ref
    items.append(Item(metric.pk, moment, revision, reading.value, received_at, quality, ref))
    known[key] = _Known(reading.value, revision)
    if metric.observed_at is not None and reading.observed_at < metric.observed_at:
        saved.late += 1
        return items, False
    is_new = reading.value != metric.value or reading.quality != metric.quality
    due = metric.stored_at is None or reading.observed_at - metric.stored_at >= HEARTBEAT
    is_stored = before is not None or is_new or due
    metric.value, metric.observed_at, metric.received_at = reading.value, reading.observed_at, received_at
    metric.quality = reading.quality
    metric.warning = reading.warning if reading.warning is not None else metric.warning
    metric.guarantee = reading.guarantee if reading.guarantee is not None else metric.guarantee
    if not is_stored:
        known[key].is_stored = False
        return [], True
    metric.stored_at = reading.observed_at
    return items, True


def _unstored(metric: Metric, received_at: datetime) -> Item:
    """The newest value as an item of its own."""
    if metric.value is None or metric.observed_at is None:
        raise ValueError("a metric without value has nothing to store")
    got = metric.received_at or received_at
    return Item(metric.pk, metric.observed_at, 0, metric.value, got, metric.quality, "")


def _subjects(connector: Connector, readings: Iterable[Reading]) -> dict[str, Subject]:
    wanted = {reading.subject_code: reading for reading in readings}
    known = {one.code: one for one in connector.subjects.filter(code__in=wanted)}
    new = [
        Subject(connector=connector, code=code, name=reading.subject_name, place=reading.place)
        for code, reading in wanted.items()
        if code not in known
    ]
    Subject.objects.bulk_create(new)
    renamed = []
    for code, subject in known.items():
        said = (wanted[code].subject_name, wanted[code].place)
        if (subject.name, subject.place) != said:
            subject.name, subject.place = said
            renamed.append(subject)
    Subject.objects.bulk_update(renamed, ["name", "place"])
    return known | {one.code: one for one in new}


def _metrics(subjects: dict[str, Subject], readings: Iterable[Reading]) -> dict[tuple[str, str], Metric]:
    """By the subject's code and the metric's key, each with its subject at hand."""
    wanted = {(reading.subject_code, reading.metric): reading for reading in readings}
    by_pk = {one.pk: one for one in subjects.values()}
    found: dict[tuple[str, str], Metric] = {}
    for metric in Metric.objects.filter(subject__in=subjects.values()):
        metric.subject = by_pk[metric.subject_id]
        found[metric.subject.code, metric.key] = metric
    new = []
    for (code, key), reading in wanted.items():
        if (code, key) in found:
            continue
        about = {"name": reading.metric_name or key, "unit": reading.unit, "decimals": reading.decimals}
        place = {"rank": reading.rank, "near_margin": reading.near_margin}
        found[code, key] = Metric(subject=subjects[code], key=key, **about, **place)
        new.append(found[code, key])
    Metric.objects.bulk_create(new)
    return found


def find_subject(subject_id: UUID) -> Subject | None:
    """With its connector, the owner unit and the metrics in order."""
    found = Subject.objects.select_related("connector__owner_unit").filter(pk=subject_id)
    return found.prefetch_related("metrics").first()


def points(metric_id: UUID, since: datetime, until: datetime) -> list[tuple[datetime, Decimal]]:
    """Observation time and value, oldest first, the last revision of each moment."""
    rows = StatusItem.objects.filter(metric_id=metric_id, observed_at__gt=since, observed_at__lte=until)
    newest = rows.order_by("observed_at", "-revision").distinct("observed_at")
    return list(newest.values_list("observed_at", "value"))


def value_at(metric_id: UUID, moment: datetime) -> Decimal | None:
    """The value that held at a moment: the last one stored before it."""
    rows = StatusItem.objects.filter(metric_id=metric_id, observed_at__lte=moment)
    return rows.order_by("-observed_at", "-revision").values_list("value", flat=True).first()
