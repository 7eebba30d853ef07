"""Writing many values at once. A frame's values are three or four, a batch has hundreds of frames: model instances and
bound parameters, one by one, would cost more than everything else that is done for a frame."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from connectors.store.models import Metric, Subject

ITEMS = """
INSERT INTO connectors_statusitem (metric_id, observed_at, revision, value, received_at, quality, source_ref)
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::smallint[], %s::numeric[], %s::timestamptz[], %s::text[],
    %s::text[])
ON CONFLICT DO NOTHING
"""
METRICS = """
UPDATE connectors_metric metric
SET value = said.value, observed_at = said.observed_at, received_at = said.received_at, stored_at = said.stored_at,
    warning = said.warning, guarantee = said.guarantee, quality = said.quality
FROM unnest(%s::uuid[], %s::numeric[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::numeric[],
    %s::numeric[], %s::text[]) said (id, value, observed_at, received_at, stored_at, warning, guarantee, quality)
WHERE metric.id = said.id
"""
SUBJECTS = """
UPDATE connectors_subject subject SET observed_at = said.observed_at
FROM unnest(%s::uuid[], %s::timestamptz[]) said (id, observed_at) WHERE subject.id = said.id
"""


class Item(NamedTuple):
    """A row of StatusItem, in the order of its columns."""

    metric_id: UUID
    observed_at: datetime
    revision: int
    value: Decimal
    received_at: datetime
    quality: str
    source_ref: str


def insert_items(items: Sequence[Item]) -> None:
    """In one statement. What is there already stays as it is."""
    _run(ITEMS, items)


def move_metrics(metrics: Sequence[Metric]) -> None:
    """Write down the newest value of each, in one statement."""
    _run(
        METRICS,
        [
            (
                one.pk,
                one.value,
                one.observed_at,
                one.received_at,
                one.stored_at,
                one.warning,
                one.guarantee,
                one.quality,
            )
            for one in metrics
        ],
    )


def move_subjects(subjects: Sequence[Subject]) -> None:
    """Write down when each was observed last, in one statement."""
    _run(SUBJECTS, [(one.pk, one.observed_at) for one in subjects])


def _run(statement: str, rows: Sequence[Sequence[object]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [_array(column) for column in zip(*rows, strict=True)])


def _array(values: Iterable[object]) -> str:
    """An array as text: the driver's own way, element by element, takes several times as long."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f'"{value}"'
