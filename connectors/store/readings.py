"""Queries on subjects, metrics and their values."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from connectors.config import MetricPaths
from connectors.items import Reading
from connectors.store.models import Connector, Metric, Quality, StatusItem, Subject

Row = TypeVar("Row", Metric, Subject)
# An unchanged value is stored again after this long, so that a chart has points.
HEARTBEAT = timedelta(minutes=30)


def save(
    connector: Connector, readings: Sequence[Reading], specs: Sequence[MetricPaths], received_at: datetime
) -> set[UUID]:
    """Store what is new; returns the subjects whose newest reading moved. The caller holds the connector's
    row.

    Late readings fill the past and never replace a newer one; another value for the same moment is a
    revision.
    """
    subjects = _subjects(connector, readings)
    metrics = _metrics(subjects, readings, specs)
    items: list[StatusItem] = []
    moved: set[UUID] = set()
    for reading in sorted(readings, key=lambda one: one.observed_at):
        subject = subjects[reading.subject_code]
        metric = metrics[subject.pk, reading.metric]
        item = _take(metric, reading, received_at)
        if item is not None:
            items.append(item)
        if metric.received_at == received_at:
            moved.add(subject.pk)
            subject.observed_at = max(subject.observed_at or reading.observed_at, reading.observed_at)
    _number_revisions(items)
    StatusItem.objects.bulk_create(items, ignore_conflicts=True, batch_size=1000)
    changed = [metric for metric in metrics.values() if metric.received_at == received_at]
    fields = ["value", "observed_at", "received_at", "stored_at", "warning", "guarantee"]
    _put(Metric, changed, fields)
    _put(Subject, [one for one in subjects.values() if one.pk in moved], ["observed_at"])
    return moved


def _put(model: type[Row], rows: Sequence[Row], fields: list[str]) -> None:
    """Update known rows. An upsert by key: `bulk_update` spends its time on building CASE expressions."""
    model._default_manager.bulk_create(  # noqa: SLF001 - how Django spells the manager of a class in hand
        rows, update_conflicts=True, update_fields=fields, unique_fields=["id"], batch_size=500
    )


def _take(metric: Metric, reading: Reading, received_at: datetime) -> StatusItem | None:
    """Move the metric on if the reading is its newest; the item to store, if any."""
    newest = metric.observed_at
    item = StatusItem(
        metric=metric,
        value=reading.value,
        observed_at=reading.observed_at,
        received_at=received_at,
        source_ref=reading.source_ref,
    )
    if newest is not None and reading.observed_at < newest:
        return item
    if reading.observed_at == newest:
        if reading.value == metric.value:
            return None
        item.quality, item.revision = Quality.REVISED, 1
    due = metric.stored_at is None or reading.observed_at - metric.stored_at >= HEARTBEAT
    is_stored = reading.value != metric.value or due
    metric.value, metric.observed_at, metric.received_at = reading.value, reading.observed_at, received_at
    metric.warning = reading.warning if reading.warning is not None else metric.warning
    metric.guarantee = reading.guarantee if reading.guarantee is not None else metric.guarantee
    if not is_stored:
        return None
    metric.stored_at = reading.observed_at
    return item


def _number_revisions(items: list[StatusItem]) -> None:
    """Give revisions their numbers: rare, so a query each."""
    for item in items:
        if item.quality == Quality.REVISED:
            item.revision = StatusItem.objects.filter(
                metric=item.metric, observed_at=item.observed_at
            ).count()


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


def _metrics(
    subjects: dict[str, Subject], readings: Iterable[Reading], specs: Sequence[MetricPaths]
) -> dict[tuple[UUID, str], Metric]:
    wanted = {(subjects[reading.subject_code].pk, reading.metric) for reading in readings}
    known = {(one.subject_id, one.key): one for one in Metric.objects.filter(subject__in=subjects.values())}
    by_key = {spec.key: (rank, spec) for rank, spec in enumerate(specs)}
    new = []
    for subject_id, key in sorted(wanted - set(known)):
        rank, spec = by_key[key]
        about = {"name": spec.name, "unit": spec.unit, "decimals": spec.decimals}
        new.append(Metric(subject_id=subject_id, key=key, rank=rank, near_margin=spec.near_margin, **about))
    Metric.objects.bulk_create(new)
    return known | {(one.subject_id, one.key): one for one in new}


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
