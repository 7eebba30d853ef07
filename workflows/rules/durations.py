"""ISO 8601 durations as clocks and timers write them: P3D, PT8H, P1DT30M."""

import re
from dataclasses import dataclass
from datetime import timedelta

_PARTS = re.compile(r"^P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$")


@dataclass(frozen=True)
class Duration:
    days: int
    seconds: int


def parts_of(text: str) -> Duration | None:
    """Days and the rest; None when the text is not such a duration, or nothing."""
    found = _PARTS.match(text.strip().upper())
    if not found or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Duration(weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)


def duration_of(text: str) -> timedelta | None:
    parts = parts_of(text)
    return timedelta(days=parts.days, seconds=parts.seconds) if parts else None
