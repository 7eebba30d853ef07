"""Limits and clocks (时限): what is due when, and what a pause or an extension does to it. Pure functions.

A limit counts from a receipt. A clock is a receipt, a limit, and what happened to them in order; the first due moment
never changes. While a clock stands still, each close of office that passes on a day the limit counts puts it off by
one such day; hours and minutes are put off by the length of the pause.
"""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from workflows.rules.working_days import SHANGHAI, Due, WorkCalendar, chinese_day, provisional_words

MOST_AMOUNT = 10_000


class LimitUnit(StrEnum):
    WORKING_DAY = "working_day"
    NATURAL_DAY = "natural_day"
    MONTH = "month"
    HOUR = "hour"
    MINUTE = "minute"


UNIT_WORDS = {
    LimitUnit.WORKING_DAY: "个工作日",
    LimitUnit.NATURAL_DAY: "个自然日",
    LimitUnit.MONTH: "个月",
    LimitUnit.HOUR: "小时",
    LimitUnit.MINUTE: "分钟",
}


class ClockError(ValueError):
    """What the clock does not allow; the argument is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take. Raises ClockError for an amount that cannot be."""

    amount: int
    unit: LimitUnit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= MOST_AMOUNT:
            raise ClockError(f"时限须为0至{MOST_AMOUNT}之间的整数，请改写。")

    @property
    def words(self) -> str:
        return f"{self.amount}{UNIT_WORDS[self.unit]}"


def due_of(limit: Limit, received_at: datetime, calendar: WorkCalendar) -> Due:
    """When what was received at `received_at` (aware) is due, and why.

    Hours and minutes run without a stop; months end on the same day of the month, or on its last day.
    """
    match limit.unit:
        case LimitUnit.WORKING_DAY:
            return calendar.add_working_days(received_at, limit.amount)
        case LimitUnit.NATURAL_DAY:
            return calendar.add_natural_days(received_at, limit.amount)
        case LimitUnit.MONTH:
            return _months(limit, received_at, calendar)
    step = timedelta(hours=1) if limit.unit is LimitUnit.HOUR else timedelta(minutes=1)
    local = received_at.astimezone(SHANGHAI)
    at = local + limit.amount * step
    because = f"{_moment(local)}收到；{limit.words}，连续计算，至{_moment(at)}止"
    return Due(at, provisional=False, because=because)


def _months(limit: Limit, received_at: datetime, calendar: WorkCalendar) -> Due:
    receipt = received_at.astimezone(SHANGHAI).date()
    last = add_months(receipt, limit.amount)
    because = f"{chinese_day(receipt)}收到；{limit.words}，至{calendar.closing_words(last)}止"
    return Due(calendar.closing(last), provisional=False, because=because)


def add_months(day: date, count: int) -> date:
    """The same day of the month `count` months later, or the last one of that month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month0 + 1, min(day.day, months.monthrange(year, month0 + 1)[1]))


def _moment(at: datetime) -> str:
    return f"{chinese_day(at.date())}{at:%H:%M}"


# -- what happens to a clock ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pause:
    """`until` None: it still stands still."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extended:
    """Agreed at `at`: due on another day from then on."""

    at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class Clock:
    received_at: datetime
    limit: Limit
    story: tuple[Pause | Extended, ...] = ()

    @property
    def is_paused(self) -> bool:
        last = self.story[-1] if self.story else None
        return isinstance(last, Pause) and last.until is None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands at a moment.

    Attributes:
        first_due: as first set; statistics keep it. due: the present one; of a paused clock, if it went on now.
        overdue: the present due moment has passed, and the clock was not stopped before.
    """

    first_due: Due
    due: Due
    paused: bool
    overdue: bool


def pause(clock: Clock, at: datetime, calendar: WorkCalendar) -> Clock:
    """Raises ClockError: it stands still already, its time has run out, or `at` lies before what happened."""
    if clock.is_paused:
        raise ClockError("计时已暂停，无需再次暂停。")
    _check_order(clock, at)
    if at > due_at(clock, at, calendar).at:
        raise ClockError("时限已过，不能再暂停计时。请先反馈进展，或由交办方另定时限。")
    return replace(clock, story=(*clock.story, Pause(at)))


def resume(clock: Clock, at: datetime) -> Clock:
    """Raises ClockError: it is not paused, or `at` lies before the pause."""
    if not clock.is_paused:
        raise ClockError("计时未暂停，无需恢复。")
    _check_order(clock, at)
    last = clock.story[-1]
    if isinstance(last, Pause):
        last = replace(last, until=at)
    return replace(clock, story=(*clock.story[:-1], last))


def extend(clock: Clock, at: datetime, due_on: date, calendar: WorkCalendar) -> Clock:
    """Raises ClockError: paused, the time has run out, or the new day is not later than the present one."""
    if clock.is_paused:
        raise ClockError("计时已暂停，请先恢复计时再延期。")
    _check_order(clock, at)
    due = due_at(clock, at, calendar)
    if at > due.at:
        raise ClockError(f"时限{chinese_day(due.day)}已过，不能再延期。请由交办方另定时限。")
    if calendar.closing(due_on) <= due.at:
        raise ClockError(f"新时限须晚于现时限{chinese_day(due.day)}，请改选更晚的日期。")
    return replace(clock, story=(*clock.story, Extended(at, due_on)))


def stand(clock: Clock, now: datetime, calendar: WorkCalendar) -> Standing:
    first = due_of(clock.limit, clock.received_at, calendar)
    due = due_at(clock, now, calendar)
    return Standing(first, due, clock.is_paused, overdue=now > due.at)


def due_at(clock: Clock, now: datetime, calendar: WorkCalendar) -> Due:
    """The due moment as the story up to `now` has it; a pause that still runs counts up to `now`."""
    due = due_of(clock.limit, clock.received_at, calendar)
    for part in clock.story:
        if isinstance(part, Extended):
            words = f"经同意延期至{calendar.closing_words(part.due_on)}（原时限{chinese_day(due.day)}）"
            due = _marked(Due(calendar.closing(part.due_on), provisional=False, because=words), calendar)
        else:
            due = _put_off(due, part, part.until or max(now, part.since), clock.limit.unit, calendar)
    return due


def _put_off(due: Due, pause: Pause, until: datetime, unit: LimitUnit, calendar: WorkCalendar) -> Due:
    since = pause.since.astimezone(SHANGHAI)
    until = until.astimezone(SHANGHAI)
    span = f"{_moment(since)}至{_moment(until)}暂停计时"
    if unit in {LimitUnit.HOUR, LimitUnit.MINUTE}:
        at = due.at + (until - since)
        return replace(due, at=at, because=f"{due.because}；{span}，顺延至{_moment(at)}")
    days = _closings(since, until, calendar, working=unit is LimitUnit.WORKING_DAY)
    if not days:
        return replace(due, because=f"{due.because}；{span}，未跨下班时刻，时限不变")
    last = due.day
    for _ in range(days):
        last = calendar.next_working_day(last) if unit is LimitUnit.WORKING_DAY else last + timedelta(days=1)
    kind = "工作日" if unit is LimitUnit.WORKING_DAY else "自然日"
    because = f"{due.because}；{span}，顺延{days}个{kind}至{calendar.closing_words(last)}"
    return _marked(Due(calendar.closing(last), due.provisional, because), calendar)


def _closings(since: datetime, until: datetime, calendar: WorkCalendar, *, working: bool) -> int:
    """How often the close of a counted day passed in the half-open span."""
    count = 0
    day = since.date()
    while day <= until.date():
        if (not working or calendar.is_working_day(day)) and since <= calendar.closing(day) < until:
            count += 1
        day += timedelta(days=1)
    return count


def _marked(due: Due, calendar: WorkCalendar) -> Due:
    missing = calendar.missing_years(due.day, due.day)
    if not missing or due.provisional:
        return due
    return replace(due, provisional=True, because=f"{due.because}；{provisional_words(missing)}，为暂定日期")


def _check_order(clock: Clock, at: datetime) -> None:
    if at < max([clock.received_at, *_moments(clock.story)]):
        raise ClockError("时间早于上一次变更，请核对。")


def _moments(story: Iterable[Pause | Extended]) -> Iterable[datetime]:
    for part in story:
        if isinstance(part, Extended):
            yield part.at
        else:
            yield part.since
            if part.until:
                yield part.until
