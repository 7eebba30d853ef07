"""What people say for what comes again: 每月25日前, 每周五下班前, 每3个工作日, 每月最后一个工作日. Pure."""

import re
from collections.abc import Callable
from datetime import date

from workflows.rules.chinese_numbers import NUMBER, number_of
from workflows.rules.due_phrases import normal
from workflows.rules.recurrence import LAST_DAY, Every, Recurrence, RecurrenceError, Shift

HINT = "请写明周期，例如：每月25日前、每周五、每3个工作日、每月最后一个工作日、每季度末前。"
_TO = r"(?:下班)?(?:以前|之前|前|止)?"
_WEEKDAY = {"日": 7, "天": 7, "末": 5}
_SHIFTS = (
    (re.compile(r"[(（]?遇(?:到)?(?:节假日|休息日|周末|假期)(?:则)?(?:提前|往前)[^前]*$"), Shift.BEFORE),
    (re.compile(r"[(（]?遇(?:到)?(?:节假日|休息日|周末|假期)(?:则)?(?:顺延|延后|往后|推迟).*$"), Shift.AFTER),
    (re.compile(r"[(（]?遇(?:到)?(?:节假日|休息日|周末|假期)(?:则)?不(?:变|调整).*$"), Shift.NONE),
)

Read = Callable[[re.Match[str], date, Shift], Recurrence]


def understand_recurrence(phrase: str, since: date) -> Recurrence | None:
    """The rule, counted from `since`; None when the words name none (then show HINT).

    Raises:
        RecurrenceError: it is a rule, but its day cannot be, such as 每月32日.
    """
    said, shift = normal(phrase), Shift.BEFORE
    for pattern, meant in _SHIFTS:
        if pattern.search(said):
            said, shift = pattern.sub("", said), meant
    for words, read in _RULES:
        if found := re.fullmatch(words, said):
            return read(found, since, shift)
    return None


def _number(text: str) -> int:
    number = number_of(text)
    if number is None:
        raise RecurrenceError("day", HINT)
    return number


def _week(found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    sign = found["d"]
    return Recurrence(Every.WEEK, since, _WEEKDAY.get(sign) or _number(sign), shift=shift)


def _month(found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    return Recurrence(Every.MONTH, since, _number(found["d"]), shift=shift)


def _month_end(_found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    return Recurrence(Every.MONTH, since, LAST_DAY, shift=shift)


def _quarter(found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    day = _number(found["d"]) if found.re.groupindex.get("d") and found["d"] else LAST_DAY
    return Recurrence(Every.QUARTER, since, day, shift=shift)


def _year(found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    return Recurrence(Every.YEAR, since, _number(found["d"]), _number(found["m"]), shift=shift)


def _year_end(_found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    return Recurrence(Every.YEAR, since, LAST_DAY, 12, shift=shift)


def _working_days(found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    return Recurrence(Every.WORKING_DAYS, since, _number(found["n"]) if found["n"] else 1, shift=shift)


def _edge(found: re.Match[str], since: date, shift: Shift) -> Recurrence:
    every = Every.LAST_WORKING_DAY if found["edge"].startswith("最") else Every.FIRST_WORKING_DAY
    return Recurrence(every, since, shift=shift)


_RULES: list[tuple[str, Read]] = [
    (rf"每个?周(?P<d>[一二三四五六日天末1-7]){_TO}", _week),
    (rf"每个?月(?P<edge>第一个|第1个|首个|最后一个|最末一个|最后1个)工作日{_TO}", _edge),
    (rf"每个?月(?:的)?(?P<d>{NUMBER})[日号]{_TO}", _month),
    (rf"每个?月(?:底|末|最后一[天日]){_TO}", _month_end),
    (rf"每个?季度?末月(?P<d>{NUMBER})[日号]{_TO}", _quarter),
    (rf"每个?季度?(?:底|末|最后一[天日])?{_TO}", _quarter),
    (rf"每年(?P<m>{NUMBER})月(?P<d>{NUMBER})[日号]{_TO}", _year),
    (rf"每年(?:年)?(?:底|末){_TO}", _year_end),
    (rf"每(?:隔)?(?P<n>{NUMBER})?个?工作日{_TO}", _working_days),
]
