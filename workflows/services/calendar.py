"""The work calendar of this process: read at most once a minute.

`work_calendar()` has the office hours that hold everywhere; `work_calendar(region)` those of an administrative region.
"""

from datetime import datetime, time, timedelta
from threading import Lock
from time import monotonic

from connectors import deadlines
from workflows.rules.office_hours import HoursRule, rules_for
from workflows.rules.working_days import SHANGHAI, DayRule, WorkCalendar
from workflows.store.calendar import day_rules, hours_rules

_KEEP_S = 60.0
_lock = Lock()
_held: "tuple[float, dict[str, WorkCalendar], list[DayRule], list[HoursRule]] | None" = None


def work_calendar(region: str = "") -> WorkCalendar:
    """Of a region by its code (行政区划代码); "" where none is meant."""
    global _held  # noqa: PLW0603 - one cache per process is the point
    held = _held
    if held is None or monotonic() - held[0] >= _KEEP_S:
        with _lock:
            held = _held = (monotonic(), {}, day_rules(), hours_rules())
    made = held[1].get(region)
    if made is None:
        made = held[1][region] = calendar_of(held[2], held[3], region)
    return made


def calendar_of(days: list[DayRule], hours: list[HoursRule], region: str = "") -> WorkCalendar:
    return WorkCalendar.of(days, seasons=rules_for(hours, region))


def next_moment(at: time, now: datetime) -> datetime:
    """The next time that a day in Shanghai reaches this hour, after `now`."""
    local = now.astimezone(SHANGHAI)
    moment = datetime.combine(local.date(), at, SHANGHAI)
    return moment if moment > local else moment + timedelta(days=1)


def next_office_moment(at: time, now: datetime) -> datetime:
    """The next time that a working day reaches this hour."""
    day = work_calendar().on_or_after(next_moment(at, now).date())
    return datetime.combine(day, at, SHANGHAI)


def connect() -> None:
    """Called once at start: limits of other systems in working days are counted by this calendar."""
    deadlines.use(lambda begun, days: work_calendar().add_working_days(begun, days).at)


def drop() -> None:
    """After an edit of the table."""
    global _held  # noqa: PLW0603
    _held = None
