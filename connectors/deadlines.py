"""When a limit in working days ends. The working calendar belongs to a floor above and is given at start."""

from collections.abc import Callable
from datetime import datetime, timedelta

AddDays = Callable[[datetime, int], datetime]
WEEKEND = 6  # Saturday, as isoweekday counts


def _weekdays(begun: datetime, days: int) -> datetime:
    """Monday to Friday, where no calendar was given."""
    moment, left = begun, days
    while left > 0:
        moment += timedelta(days=1)
        left -= moment.isoweekday() < WEEKEND
    return moment


_add: AddDays = _weekdays


def use(add: AddDays) -> None:
    """Called once at start by whoever has the calendar."""
    global _add  # noqa: PLW0603 - one calendar per process is the point
    _add = add


def due_at(begun: datetime, days: int) -> datetime:
    return _add(begun, days)


def begun_before(now: datetime, days: int) -> datetime:
    """What began before this moment, with so many working days, is overdue now."""
    early, late = now - timedelta(days=3 * days + 60), now
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) / 2
        if due_at(middle, days) < now:
            early = middle
        else:
            late = middle
    return late
