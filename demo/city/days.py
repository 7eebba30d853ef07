"""Dates of the script: working days before and after today, so that the demo is always four weeks old."""

from dataclasses import dataclass
from datetime import date, datetime, time

from common.clock import SHANGHAI
from workflows.rules.working_days import WorkCalendar


@dataclass(frozen=True)
class Days:
    """`today` need not be a working day; day 0 of the script is the last one up to it."""

    today: date
    calendar: WorkCalendar

    def ago(self, count: int) -> date:
        """`count` working days before day 0."""
        day = self.calendar.next_working_day(self.today)
        for _ in range(count + 1):
            day = self.calendar.previous_working_day(day)
        return day

    def ahead(self, count: int) -> date:
        """`count` working days after today; a negative count is days ago."""
        if count < 0:
            return self.ago(-count)
        day = self.today
        for _ in range(count):
            day = self.calendar.next_working_day(day)
        return day

    def moment(self, workdays_ago: str, at: str) -> datetime:
        return datetime.combine(self.ago(int(workdays_ago)), time.fromisoformat(at), SHANGHAI)
