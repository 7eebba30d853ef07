"""What comes again: 每月25日前, 每周五, 每3个工作日, 每月最后一个工作日, with the shift around days off.

Pure; a rule is a small JSON object where it is stored (`Recurrence.as_json`, `Recurrence.of`).
"""

import calendar as months
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from workflows.rules.clocks import add_months
from workflows.rules.working_days import (
    WEEKDAYS,
    Due,
    WorkCalendar,
    chinese_day,
    provisional_words,
)

LAST_DAY = 31
MONTHS = 12
NEAR = timedelta(days=760)  # two years: each period has begun in it, and so has what shifts into it
MOST_PERIODS = 600  # a search that finds nothing within so many periods is a wrong rule


class Every(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    WORKING_DAYS = "working_days"
    FIRST_WORKING_DAY = "first_working_day"
    LAST_WORKING_DAY = "last_working_day"


class Shift(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    NONE = "none"


SHIFT_WORDS = {
    Shift.BEFORE: "，遇休息日提前至之前最近的工作日",
    Shift.AFTER: "，遇休息日顺延至之后最近的工作日",
    Shift.NONE: "",
}


class RecurrenceError(ValueError):
    """`field` names what is wrong; the argument is a sentence for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When something is due again and again.

    Attributes:
        day: of the month for MONTH; of the last month of the period for QUARTER; with `month` for YEAR. 31 means
            the last day. Weekday 1 (Monday) to 7 for WEEK; how many for WORKING_DAYS.
        since: the first day; occurrences lie after it (WORKING_DAYS counts from it).
    """

    every: Every
    since: date
    day: int = 1
    month: int = 12
    shift: Shift = Shift.BEFORE

    def __post_init__(self) -> None:
        most = {Every.WEEK: 7, Every.WORKING_DAYS: 250}.get(self.every, LAST_DAY)
        if not 1 <= self.day <= most:
            raise RecurrenceError("day", f"日数须为1至{most}，请改写。")
        if not 1 <= self.month <= MONTHS:
            raise RecurrenceError("month", "月份须为1至12，请改写。")

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Recurrence":
        """Read the stored object. Raises RecurrenceError naming the field."""
        try:
            every = Every(raw.get("every", ""))
        except ValueError:
            raise RecurrenceError("every", f"周期须为{'、'.join(Every)}之一，请改选。") from None
        try:
            shift = Shift(raw.get("shift", Shift.BEFORE))
        except ValueError:
            raise RecurrenceError("shift", f"遇休息日的处理须为{'、'.join(Shift)}之一，请改选。") from None
        try:
            since = date.fromisoformat(str(raw.get("since", "")))
        except ValueError:
            raise RecurrenceError("since", "起始日期须写作2026-07-01的形式，请改写。") from None
        numbers = {name: raw[name] for name in ("day", "month") if name in raw}
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, int):
                raise RecurrenceError(name, "日数和月份须为整数，请改写。")
        return cls(every, since, shift=shift, **numbers)

    def as_json(self) -> dict[str, Any]:
        return {
            "every": str(self.every),
            "since": self.since.isoformat(),
            "day": self.day,
            "month": self.month,
            "shift": str(self.shift),
        }

    def words(self) -> str:
        """每月25日前，遇休息日提前至之前最近的工作日."""
        day = "最后一日" if self.day == LAST_DAY else f"{self.day}日"
        match self.every:
            case Every.WEEK:
                said = f"每{WEEKDAYS[self.day - 1]}前"
            case Every.MONTH:
                said = f"每月{day}前"
            case Every.QUARTER:
                said = f"每季度末月{day}前"
            case Every.YEAR:
                said = f"每年{self.month}月{day}前"
            case Every.WORKING_DAYS:
                return f"每{self.day}个工作日"
            case Every.FIRST_WORKING_DAY:
                return "每月第一个工作日"
            case Every.LAST_WORKING_DAY:
                return "每月最后一个工作日"
        return said + SHIFT_WORDS[self.shift]


def occurrences(rule: Recurrence, calendar: WorkCalendar) -> Iterator[Due]:
    """Due moments after `rule.since`, rising, no day twice. Endless: take what you need."""
    last = rule.since
    for nominal in _nominal(rule, calendar):
        day = _shifted(nominal, rule.shift, calendar)
        if day <= last:
            continue  # shifted onto or before one that is out already, or before the beginning
        yield _explained(rule, nominal, day, calendar)
        last = day


def next_due(rule: Recurrence, after: date, calendar: WorkCalendar) -> Due:
    """The first due moment on a day after `after`.

    Raises:
        RecurrenceError: nothing is found in a lifetime; the rule is wrong.
    """
    # One that is shifted back may come from a later period, so the search starts a period early.
    near = _near(rule, after)
    for many, due in enumerate(occurrences(near, calendar)):
        if due.day > after:
            return due
        if many > MOST_PERIODS:
            break
    raise RecurrenceError("since", "按此周期推算不出下一次时限，请核对起始日期。")


def _near(rule: Recurrence, after: date) -> Recurrence:
    if rule.every is Every.WORKING_DAYS or after - rule.since <= NEAR:
        return rule
    return Recurrence(rule.every, after - NEAR, rule.day, rule.month, rule.shift)


def _nominal(rule: Recurrence, calendar: WorkCalendar) -> Iterator[date]:
    match rule.every:
        case Every.WEEK:
            day = rule.since + timedelta(days=(rule.day - 1 - rule.since.weekday()) % 7)
            while True:
                yield day
                day += timedelta(days=7)
        case Every.WORKING_DAYS:
            day = rule.since
            while True:
                for _ in range(rule.day):
                    day = calendar.next_working_day(day)
                yield day
    yield from _by_month(rule, calendar)


def _by_month(rule: Recurrence, calendar: WorkCalendar) -> Iterator[date]:
    start = date(rule.since.year, rule.since.month, 1)
    for ahead in range(MOST_PERIODS * 12):
        first = add_months(start, ahead)
        match rule.every:
            case Every.FIRST_WORKING_DAY:
                yield calendar.on_or_after(first)
            case Every.LAST_WORKING_DAY:
                yield calendar.on_or_before(_day_of(first, LAST_DAY))
            case Every.QUARTER if first.month % 3:
                continue
            case Every.YEAR if first.month != rule.month:
                continue
            case _:
                yield _day_of(first, rule.day)


def _day_of(first: date, day: int) -> date:
    return first.replace(day=min(day, months.monthrange(first.year, first.month)[1]))


def _shifted(day: date, shift: Shift, calendar: WorkCalendar) -> date:
    match shift:
        case Shift.BEFORE:
            return calendar.on_or_before(day)
        case Shift.AFTER:
            return calendar.on_or_after(day)
        case _:
            return day


def _explained(rule: Recurrence, nominal: date, day: date, calendar: WorkCalendar) -> Due:
    parts = [rule.words()]
    if day != nominal:
        moved = "提前" if day < nominal else "顺延"
        parts.append(f"{chinese_day(nominal)}为{calendar.day_words(nominal)}，{moved}至{chinese_day(day)}")
    parts.append(f"本期至{calendar.closing_words(day)}止")
    missing = calendar.missing_years(min(day, nominal), max(day, nominal))
    if missing:
        parts.append(provisional_words(missing) + "，为暂定日期")
    return Due(calendar.closing(day), provisional=bool(missing), because="；".join(parts))
