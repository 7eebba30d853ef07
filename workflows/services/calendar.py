"""The work calendar of this process: read at most once a minute."""

from datetime import datetime, time, timedelta
from threading import Lock
from time import monotonic

from workflows.rules.working_days import SHANGHAI, WorkCalendar
from workflows.store.calendar import day_rules

_KEEP_S = 60.0
_lock = Lock()
_held: tuple[float, WorkCalendar] | None = None


def work_calendar() -> WorkCalendar:
    global _held  # noqa: PLW0603 - one cache per process is the point
    held = _held
    if held and monotonic() - held[0] < _KEEP_S:
        return held[1]
    with _lock:
        fresh = WorkCalendar.of(day_rules())
        _held = (monotonic(), fresh)
        return fresh


def next_moment(at: time, now: datetime) -> datetime:
    """The next time that a day in Shanghai reaches this hour, after `now`."""
    local = now.astimezone(SHANGHAI)
    moment = datetime.combine(local.date(), at, SHANGHAI)
    return moment if moment > local else moment + timedelta(days=1)


def next_office_moment(at: time, now: datetime) -> datetime:
    """The next time that a working day reaches this hour."""
    day = work_calendar().on_or_after(next_moment(at, now).date())
    return datetime.combine(day, at, SHANGHAI)


def drop() -> None:
    """After an edit of the table."""
    global _held  # noqa: PLW0603
    _held = None
