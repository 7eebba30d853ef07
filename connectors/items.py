"""What every adapter yields, and nothing else: readings, records, and what had to be left out.

`connectors.services.intake.take` stores them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Reading:
    """One metric of one subject. Limits are in the metric's unit; `observed_at` is aware.

    Attributes:
        metric: our key, `[a-z][a-z0-9_]*`; the same quantity as a mean of an hour is another metric.
        metric_name, unit, decimals, rank, near_margin: what a metric that is met for the first time is called.
        quality: a value of `store.models.Quality`; only those of `connectors.quality.COUNTS` can exceed a limit.
        source_field: the source's own name of the field, held against the connector's allow-list; "" is not.
    """

    subject_code: str
    subject_name: str
    place: str
    metric: str
    value: Decimal
    observed_at: datetime
    warning: Decimal | None = None
    guarantee: Decimal | None = None
    source_ref: str = ""
    metric_name: str = ""
    unit: str = ""
    decimals: int = 2
    rank: int = 0
    near_margin: Decimal = Decimal(0)
    quality: str = "good"
    source_field: str = ""


@dataclass(frozen=True)
class Record:
    """One matter of another system at one of its stages.

    Attributes:
        source_id: the source's own id; the same id is the same record.
        code: the source's code of the stage, which `connector.stages` maps; `stage_name` where the source has
            a name of its own for it.
        stage_at: when the matter reached the stage, aware.
        replaces: earlier ids that this one carries on (references of a CAP update).
        limit_days: working days that the source allows. level: blue, yellow, orange, red for a warning, else "".
        fields: label → text to be shown.
    """

    source_id: str
    kind: str
    title: str
    code: str
    stage_at: datetime
    stage_name: str = ""
    owner_unit: str = ""
    place: str = ""
    limit_days: int | None = None
    level: str = ""
    link: str = ""
    note: str = ""
    replaces: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


Item = Reading | Record


@dataclass(frozen=True)
class Rejection:
    """A row, or one value of it, that could not be used; `line` counts from 1 within the pull."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True)
class Parsed:
    """`rows` is how many the source gave, used or not."""

    rows: int
    readings: tuple[Reading, ...]
    rejections: tuple[Rejection, ...]
    records: tuple[Record, ...] = ()


@dataclass(frozen=True)
class Raw:
    """A payload as it was received. `error` says why none of it could be used; `sender` is its address."""

    payload: bytes
    sender: str = ""
    frames: int = 1
    error: str = ""
    rejections: tuple[Rejection, ...] = ()
