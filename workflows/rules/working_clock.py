"""When a limit such as P3D or PT8H ends, in working time or in plain time."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from workflows.rules.durations import parts_of
from workflows.rules.working_days import SHANGHAI, WorkCalendar


def limit_end(calendar: WorkCalendar, start: datetime, limit: str, *, working: bool) -> datetime | None:
    """None when `limit` is no duration. Working days end with office hours; working hours count these alone."""
    parts = parts_of(limit)
    if parts is None:
        return None
    if not working:
        return start + timedelta(days=parts.days, seconds=parts.seconds)
    at = calendar.add_working_days(start, parts.days).at if parts.days else start
    return add_office_time(calendar, at, timedelta(seconds=parts.seconds)) if parts.seconds else at


def add_office_time(calendar: WorkCalendar, start: datetime, span: timedelta) -> datetime:
    """The moment at which so much office time has gone by since `start`."""
    at, left = start.astimezone(SHANGHAI), span
    day = at.date()
    while True:
        for opens, ends in _spans(calendar, day):
            begins = max(opens, at)
            if begins >= ends:
                continue
            if ends - begins >= left:
                return begins + left
            left -= ends - begins
        day = calendar.next_working_day(day)


def _spans(calendar: WorkCalendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    if not calendar.is_working_day(day):
        return
    hours = calendar.hours_on(day)
    for begins, ends in ((hours.opens, hours.noon_from), (hours.noon_to, hours.closes)):
        yield datetime.combine(day, begins, SHANGHAI), datetime.combine(day, ends, SHANGHAI)
