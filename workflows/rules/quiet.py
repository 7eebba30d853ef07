"""Quiet hours (domain §5): when something may be delivered, and whether it makes a sound."""

from dataclasses import dataclass
from datetime import datetime, time

from workflows.rules.working_days import SHANGHAI, WorkCalendar


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times. `starts` > `ends`: over midnight. What waits is delivered at `resumes` of a working day."""

    starts: time = time(22, 0)
    ends: time = time(7, 0)
    resumes: time = time(8, 30)
    rest_days: bool = True

    def is_quiet(self, now: datetime, calendar: WorkCalendar) -> bool:
        local = now.astimezone(SHANGHAI)
        at = local.time()
        over_midnight = self.starts > self.ends
        inside = at >= self.starts or at < self.ends if over_midnight else self.starts <= at < self.ends
        return inside or (self.rest_days and not calendar.is_working_day(local.date()))


@dataclass(frozen=True, slots=True)
class Delivery:
    at: datetime
    sound: bool


def delivery(now: datetime, *, urgent: bool, quiet: QuietHours, calendar: WorkCalendar) -> Delivery:
    """Urgent (特急, red) at once and audible at any hour; the rest waits until the quiet time is over."""
    if urgent or not quiet.is_quiet(now, calendar):
        return Delivery(now, sound=True)
    local = now.astimezone(SHANGHAI)
    day = local.date()
    morning = datetime.combine(day, quiet.resumes, SHANGHAI)
    if local >= morning or (quiet.rest_days and not calendar.is_working_day(day)):
        day = calendar.next_working_day(day)
    return Delivery(datetime.combine(day, quiet.resumes, SHANGHAI), sound=True)
