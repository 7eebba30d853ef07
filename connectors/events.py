"""What this floor tells the floors above, in the transaction of the pull that found it out."""

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
