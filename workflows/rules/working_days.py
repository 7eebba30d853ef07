"""Working days (工作日) with moved days (调休), as domain §16 counts them.

The day of receipt is not counted; what comes after office hours, or on a day off, counts as received on the
next working day; the last day ends with its office hours, or at 24:00 where that is configured. Which weekdays
are off and which weekends are worked is a yearly notice and therefore data: a year without a table is counted by
weekends alone and marked provisional.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TextIO
from zoneinfo import ZoneInfo

from workflows.rules.office_hours import HoursRule, OfficeHours, hours_on

__all__ = ["SHANGHAI", "DayRule", "Due", "OfficeHours", "WorkCalendar", "chinese_day", "read_day_rules"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
MIDNIGHT = time(23, 59, 59)  # 24:00: the last second of the day, so that a due moment keeps its date
DEFAULT_HOURS = OfficeHours()
LONGEST_SEARCH_DAYS = 60  # no run of days off comes near; a table that says otherwise is wrong


@dataclass(frozen=True, slots=True)
class DayRule:
    """One day of the yearly notice: `worked` True for a worked weekend, False for a day off."""

    day: date
    worked: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Due:
    """A due moment that explains itself.

    Attributes:
        at: aware, Asia/Shanghai, the last moment that is still in time.
        provisional: True when a year without a table was crossed.
        because: plain Chinese, one sentence without the final stop.
    """

    at: datetime
    provisional: bool
    because: str

    @property
    def day(self) -> date:
        return self.at.date()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The day table of some years plus the office hours of one region.

    Attributes:
        years: those with a table.
        hours: where no rule of `seasons` speaks for the day.
        seasons: as office_hours.rules_for gives them.
    """

    days: Mapping[date, DayRule] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    hours: OfficeHours = DEFAULT_HOURS
    seasons: tuple[HoursRule, ...] = ()

    @classmethod
    def of(
        cls,
        rules: Iterable[DayRule],
        hours: OfficeHours | None = None,
        *,
        seasons: tuple[HoursRule, ...] = (),
    ) -> "WorkCalendar":
        days = {rule.day: rule for rule in rules}
        years = frozenset(day.year for day in days)
        return cls(days, years, hours or DEFAULT_HOURS, seasons)

    def hours_on(self, day: date) -> OfficeHours:
        return hours_on(self.seasons, day, self.hours)

    def is_working_day(self, day: date) -> bool:
        rule = self.days.get(day)
        return rule.worked if rule else day.weekday() < SATURDAY

    def missing_years(self, first: date, last: date) -> list[int]:
        return [year for year in range(first.year, last.year + 1) if year not in self.years]

    def closing(self, day: date) -> datetime:
        """The last moment of `day` that is still in time, aware: the end of office hours, or of the day."""
        hours = self.hours_on(day)
        return datetime.combine(day, MIDNIGHT if hours.until_midnight else hours.closes, SHANGHAI)

    def office_end(self, day: date) -> datetime:
        """The end of office hours on `day`, aware; what comes later is received on the next working day."""
        return datetime.combine(day, self.hours_on(day).closes, SHANGHAI)

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        for ahead in range(1, LONGEST_SEARCH_DAYS):
            if self.is_working_day(candidate := day + timedelta(days=ahead)):
                return candidate
        raise ValueError(f"no working day within {LONGEST_SEARCH_DAYS} days after {day}")

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        for back in range(1, LONGEST_SEARCH_DAYS):
            if self.is_working_day(candidate := day - timedelta(days=back)):
                return candidate
        raise ValueError(f"no working day within {LONGEST_SEARCH_DAYS} days before {day}")

    def on_or_after(self, day: date) -> date:
        return day if self.is_working_day(day) else self.next_working_day(day)

    def on_or_before(self, day: date) -> date:
        return day if self.is_working_day(day) else self.previous_working_day(day)

    def day_of_receipt(self, received_at: datetime) -> date:
        """The working day that counts as the day of receipt. `received_at` is aware."""
        local = received_at.astimezone(SHANGHAI)
        if self.is_working_day(local.date()) and local <= self.office_end(local.date()):
            return local.date()
        return self.next_working_day(local.date())

    def add_working_days(self, received_at: datetime, days: int) -> Due:
        """The end of office hours `days` working days after receipt; 0 is the day of receipt itself.

        Raises:
            ValueError: `days` is negative.
        """
        if days < 0:
            raise ValueError("days must not be negative")
        receipt = last = self.day_of_receipt(received_at)
        for _ in range(days):
            last = self.next_working_day(last)
        return self._explained(received_at, receipt, last, f"{days}个工作日")

    def add_natural_days(self, received_at: datetime, days: int) -> Due:
        """The end of office hours `days` calendar days (自然日) after receipt, whatever day that is."""
        if days < 0:
            raise ValueError("days must not be negative")
        receipt = received_at.astimezone(SHANGHAI).date()
        last = receipt + timedelta(days=days)
        because = f"{chinese_day(receipt)}收到，当日不计，{days}个自然日，至{self.closing_words(last)}止"
        return Due(self.closing(last), provisional=False, because=because)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative when `last` is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        span = (last - first).days
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, span + 1))

    def closing_words(self, day: date) -> str:
        """2020年6月5日17:30, the end of that day as a due moment."""
        hours = self.hours_on(day)
        return chinese_day(day) + ("24:00" if hours.until_midnight else f"{hours.closes:%H:%M}")

    def day_words(self, day: date) -> str:
        """What kind of day: 工作日, 周六休息, 调休上班的周日, 国庆节放假."""
        rule, week = self.days.get(day), WEEKDAYS[day.weekday()]
        if rule is None:
            return "工作日" if self.is_working_day(day) else f"{week}休息"
        return f"调休上班的{week}" if rule.worked else f"{rule.name}放假"

    def _explained(self, received_at: datetime, receipt: date, last: date, limit: str) -> Due:
        local = received_at.astimezone(SHANGHAI)
        parts = [f"{chinese_day(local.date())}{local:%H:%M}收到"]
        if receipt != local.date():
            reason = "当日休息" if not self.is_working_day(local.date()) else "已过办公时间"
            parts.append(f"{reason}，按{chinese_day(receipt)}收到计")
        parts.append(f"收到当日不计，{limit}，至{self.closing_words(last)}止")
        if moved := self.moved_words(receipt, last):
            parts.append(moved)
        if missing := self.missing_years(min(local.date(), receipt), last):
            parts.append(provisional_words(missing) + "，为暂定日期")
        return Due(self.closing(last), provisional=bool(missing), because="；".join(parts))

    def moved_words(self, first: date, last: date) -> str:
        """Names what makes the span unlike plain weeks: 其间10月1日至8日放假，9月28日上班."""
        between = [rule for day, rule in sorted(self.days.items()) if first < day <= last]
        off = [rule.day for rule in between if not rule.worked]
        worked = [rule.day for rule in between if rule.worked]
        parts = [f"{words}放假" for words in _runs(off)] + [f"{chinese_month_day(day)}上班" for day in worked]
        return "其间" + "，".join(parts) if parts else ""


def _runs(days: list[date]) -> list[str]:
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [_run_words(run) for run in runs]


def _run_words(run: list[date]) -> str:
    first, last = run[0], run[-1]
    if first == last:
        return chinese_month_day(first)
    end = f"{last.day}日" if first.month == last.month else chinese_month_day(last)
    return f"{chinese_month_day(first)}至{end}"


def chinese_day(day: date) -> str:
    """2020年6月5日, as official papers write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_month_day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def provisional_words(years: Iterable[int]) -> str:
    return "、".join(f"{year}年" for year in years) + "放假安排未录入，按周末推算"


def read_day_rules(lines: TextIO) -> list[DayRule]:
    """Parse `day,kind,name,source` (kind `off` or `worked`).

    Raises:
        ValueError: names the line that cannot be read.
    """
    rules = []
    reader = csv.DictReader(lines)
    for row in reader:
        if row.get("kind") not in {"off", "worked"}:
            raise ValueError(f"line {reader.line_num}: kind must be off or worked, not {row.get('kind')!r}")
        rules.append(
            DayRule(date.fromisoformat(row["day"]), row["kind"] == "worked", row["name"], row["source"])
        )
    return rules
