"""The one shape that every adapter yields: readings, and what had to be left out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Reading:
    """One metric of one subject. Limits are in the metric's unit; `observed_at` is aware."""

    subject_code: str
    subject_name: str
    place: str
    metric: str
    value: Decimal
    observed_at: datetime
    warning: Decimal | None = None
    guarantee: Decimal | None = None
    source_ref: str = ""


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
