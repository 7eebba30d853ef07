"""The work calendar of this process: read at most once a minute."""

import time
from threading import Lock

from workflows.rules.working_days import WorkCalendar
from workflows.store.calendar import day_rules

_KEEP_S = 60.0
_lock = Lock()
_held: tuple[float, WorkCalendar] | None = None


def work_calendar() -> WorkCalendar:
    global _held  # noqa: PLW0603 - one cache per process is the point
    held = _held
    if held and time.monotonic() - held[0] < _KEEP_S:
        return held[1]
    with _lock:
        fresh = WorkCalendar.of(day_rules())
        _held = (time.monotonic(), fresh)
        return fresh


def drop() -> None:
    """After an edit of the table."""
    global _held  # noqa: PLW0603
    _held = None
