"""What an adapter is given when a source is to be asked, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.items import Parsed, Reading, Record, Rejection


@dataclass(frozen=True)
class Ask:
    """`cursor` is what the last pull gave back; `secrets` are the connector's own, by name."""

    config: dict[str, Any]
    cursor: dict[str, Any]
    now: datetime
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pulled:
    """`unchanged`: nothing new at the source. `cursor` is to be given to the next pull; `raw` are the payloads."""

    parsed: Parsed
    unchanged: bool
    cursor: dict[str, Any]
    raw: tuple[bytes, ...] = ()


@dataclass
class Gathered:
    """Several documents of one pull, put together."""

    rows: int = 0
    readings: list[Reading] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def add(self, part: Parsed, raw: bytes) -> None:
        self.rows += part.rows
        self.readings.extend(part.readings)
        self.rejections.extend(part.rejections)
        self.records.extend(part.records)
        self.raw.append(raw)

    def parsed(self) -> Parsed:
        return Parsed(self.rows, tuple(self.readings), tuple(self.rejections), tuple(self.records))
