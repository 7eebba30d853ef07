"""What this floor tells the floors above, in the transaction that found it out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class ReadingsChanged:
    """A subject has a newer reading than before. Late data, and the same value again, do not publish."""

    connector_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class SourceStale:
    """A subject's newest reading has grown too old.

    `freshness` is "stale" or "lost"; a fall from stale to lost publishes again.
    """

    connector_id: UUID
    subject_id: UUID
    freshness: str
    observed_at: datetime


@dataclass(frozen=True)
class SourceRecovered:
    """A stale or lost subject is fresh again."""

    connector_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class RecordChanged:
    """A record reached another stage, or says something else; `is_new` for its first."""

    connector_id: UUID
    record_id: UUID
    is_new: bool


@dataclass(frozen=True)
class AlertOpened:
    """A subject's metric is beyond a limit, or a rule holds; at most one alert is open for it."""

    alert_id: UUID


@dataclass(frozen=True)
class AlertUpgraded:
    """An open alert changed its level (up or down) or what it rests on; the same card shows it."""

    alert_id: UUID


@dataclass(frozen=True)
class AlertClosed:
    """Recovered, below the limit minus its margin, or ended by its source. Late data never open it again."""

    alert_id: UUID
