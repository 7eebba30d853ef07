"""Which day a phrase names: 本周五, 下周三, 12月5日前, 月底前, 年底前, 节后一周内, 国庆节前. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from workflows.rules.chinese_numbers import NUMBER, number_of
from workflows.rules.clocks import add_months
from workflows.rules.working_days import WEEKDAYS, WorkCalendar, chinese_day, provisional_words

MONTHS, LAST_OF_MONTH, WEEK = 12, 31, 7
LONGEST_HOLIDAY = 20


class NotSaidClearly(Exception):  # noqa: N818 - an answer, not a fault
    """The phrase names a day that does not exist or cannot be told; `sentence` says what to write."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Meant:
    """A day, why it, and the other reading if there is one. `named`: a day was said, not only a time."""

    day: date
    because: tuple[str, ...] = ()
    other: str = ""
    named: bool = field(default=False)


Read = Callable[[re.Match[str], date, WorkCalendar], Meant]


def day_of(said: str, today: date, calendar: WorkCalendar) -> Meant | None:
    """The day that the words name, None when they name none. Raises NotSaidClearly."""
    for pattern, read in DAYS:
        if found := re.fullmatch(pattern, said):
            meant = read(found, today, calendar)
            return Meant(meant.day, meant.because, meant.other, named=True)
    return None


# -- days near today -----------------------------------------------------------------------------------------------

NEAR = {
    "今天": 0,
    "今日": 0,
    "当天": 0,
    "当日": 0,
    "今": 0,
    "明天": 1,
    "明日": 1,
    "明": 1,
    "次日": 1,
    "第二天": 1,
}
NEAR |= {"后天": 2, "后日": 2, "大后天": 3}


def _near(found: re.Match[str], today: date, _calendar: WorkCalendar) -> Meant:
    return Meant(today + timedelta(days=NEAR[found["near"]]))


def _weekday(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    said, sign = found["week"] or "", found["day"]
    monday = today - timedelta(days=today.weekday())
    if said in {"上", "上个"}:
        raise NotSaidClearly("上周已经过去，请写以后的时间，例如：本周五下班前、下周三前。")
    ahead = said.count("下")
    if sign in {"末", "底"}:
        return _week_end(monday + timedelta(weeks=ahead), sign, calendar)
    number = WEEK if sign in {"日", "天"} else (number_of(sign) or 0)
    day = monday + timedelta(weeks=ahead, days=number - 1)
    if said:
        return Meant(day)
    if day < today:
        other = f"本{WEEKDAYS[number - 1]}已过，按下{WEEKDAYS[number - 1]}理解；如指其他日期，请写明月日。"
        return Meant(day + timedelta(days=WEEK), other=other)
    return Meant(day)


def _week_end(monday: date, sign: str, calendar: WorkCalendar) -> Meant:
    """周末 is read as the last working day of the week, which is what an office means by it."""
    last = calendar.on_or_before(monday + timedelta(days=WEEK - 1))
    if last < monday:
        raise NotSaidClearly("该周全部为休息日，请写明日期，例如：10月8日前。")
    other = f"按该周最后一个工作日理解；如指休息日，请写“周{'日' if sign == '末' else '六'}前”。"
    return Meant(last, (f"该周最后一个工作日为{chinese_day(last)}",), other if sign == "末" else "")


def _week_whole(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    """本周内, 下周内: to its last working day."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=found["week"].count("下"))
    return _week_end(monday, "底", calendar)


# -- dates ---------------------------------------------------------------------------------------------------------


def _date(found: re.Match[str], today: date, _calendar: WorkCalendar) -> Meant:
    month, day = _number(found["m"]), _number(found["d"])
    if year := _year_of(found["y"], today):
        return Meant(_real(year, month, day))
    meant = _real(today.year, month, day)
    if meant >= today:
        return Meant(meant)
    later = _real(today.year + 1, month, day)
    return Meant(later, other=f"今年{month}月{day}日已过，按{chinese_day(later)}理解；如有出入，请写明年份。")


def _real(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotSaidClearly(f"{year}年没有{month}月{day}日，请核对日期。") from None


def _year_of(said: str | None, today: date) -> int | None:
    if not said:
        return None
    near = {"今年": 0, "本年": 0, "当年": 0, "明年": 1, "次年": 1, "后年": 2}
    if said in near:
        return today.year + near[said]
    digits = number_of(said.removesuffix("年").rstrip("-/."))
    if digits is None:
        raise NotSaidClearly("年份无法识别，请写作2026年12月5日的形式。")
    return digits + 2000 if digits < 100 else digits  # noqa: PLR2004 - 26年


def _day_of_month(found: re.Match[str], today: date, _calendar: WorkCalendar) -> Meant:
    said, day = found["month"] or "", _number(found["d"])
    start = today.replace(day=1)
    if "下" in said:
        month = add_months(start, said.count("下"))
        return Meant(_real(month.year, month.month, day))
    meant = _real(start.year, start.month, day) if said or _fits(start, day) else None
    if said and meant:
        return Meant(meant)
    if meant and meant >= today:
        return Meant(meant)
    following = add_months(start, 1)
    later = _real(following.year, following.month, day)
    return Meant(later, other=f"本月{day}日已过，按{chinese_day(later)}理解；如有出入，请写明月份。")


def _fits(month: date, day: int) -> bool:
    return 1 <= day <= _month_end(month).day


def _number(text: str) -> int:
    number = number_of(text)
    if number is None:
        raise NotSaidClearly("日期无法识别，请写作12月5日前的形式。")
    return number


# -- ends of periods -----------------------------------------------------------------------------------------------


def _month_end(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def _end(last: date, words: str, calendar: WorkCalendar) -> Meant:
    """The end of a period is its last working day, so that it is kept by people at work."""
    working = calendar.on_or_before(last)
    if working == last:
        return Meant(last)
    why = (
        f"{words}{chinese_day(last)}为{calendar.day_words(last)}，提前至最后一个工作日{chinese_day(working)}"
    )
    return Meant(working, (why,), f"{why}；如须按{last.month}月{last.day}日计，请直接写明该日期。")


def _month(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    start = today.replace(day=1)
    said = found["month"] or ""
    if "m" in found.re.groupindex and found["m"]:
        number = _number(found["m"])
        if not 1 <= number <= MONTHS:
            raise NotSaidClearly(f"没有{number}月，请核对月份。")
        year = _year_of(found["y"], today) or today.year + (number < today.month)
        start = date(year, number, 1)
    else:
        start = add_months(start, said.count("下"))
    match found["part"]:
        case "中旬":
            return _end(start.replace(day=20), "中旬最后一日", calendar)
        case "上旬" | "初":
            return _end(start.replace(day=10), "上旬最后一日", calendar)
        case "中":
            return _end(start.replace(day=15), "月中", calendar)
        case _:
            return _end(_month_end(start), "月末", calendar)


def _before_month(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    """12月前 is read as it is written: before December begins."""
    number = _number(found["m"])
    if not 1 <= number <= MONTHS:
        raise NotSaidClearly(f"没有{number}月，请核对月份。")
    year = _year_of(found["y"], today) or today.year + (number <= today.month)
    return _before_start(date(year, number, 1), f"{number}月", calendar)


def _before_start(start: date, words: str, calendar: WorkCalendar) -> Meant:
    last = calendar.previous_working_day(start)
    why = f"{words}开始前最后一个工作日为{chinese_day(last)}"
    return Meant(last, (why,), f"按{words}开始以前理解；如指{words}内完成，请写“{words}底前”。")


def _year(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    year = (_year_of(found["y"], today) if found["y"] else None) or today.year
    if found["part"] == "中":
        return _end(date(year, 6, 30), "年中", calendar)
    return _end(date(year, 12, 31), "年末", calendar)


def _half_year(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    return _end(
        date(today.year, 6, 30) if found["half"] == "上" else date(today.year, 12, 31), "期末", calendar
    )


def _quarter(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    year = _year_of(found["y"], today) or today.year
    if found["n"]:
        number = _number(found["n"])
        if not 1 <= number <= 4:  # noqa: PLR2004 - quarters
            raise NotSaidClearly("一年只有四个季度，请核对。")
    else:
        number = (today.month - 1) // 3 + 1 + (found["which"] or "").count("下")
    start = add_months(date(year, 1, 1), (number - 1) * 3)
    return _end(_month_end(add_months(start, 2)), "季度末", calendar)


def _before_quarter(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    last = _quarter(found, today, calendar).day
    return _before_start(add_months(last.replace(day=1), -2), f"{found['n']}季度", calendar)


# -- holidays ------------------------------------------------------------------------------------------------------

HOLIDAYS = {
    "国庆": ("国庆节", 10), "十一": ("国庆节", 10), "春节": ("春节", 2), "过年": ("春节", 2), "五一": ("劳动节", 5),
    "劳动": ("劳动节", 5), "元旦": ("元旦", 1), "清明": ("清明节", 4), "端午": ("端午节", 6), "中秋": ("中秋节", 9),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Holiday:
    first: date
    last: date
    name: str


def _holidays(calendar: WorkCalendar) -> list[_Holiday]:
    """Each run of days off around the days that a notice names, weekends beside it included."""
    found: list[_Holiday] = []
    for day, rule in sorted(calendar.days.items()):
        if rule.worked or (found and day <= found[-1].last):
            continue
        first = last = day
        while not calendar.is_working_day(first - timedelta(days=1)):
            first -= timedelta(days=1)
        while not calendar.is_working_day(last + timedelta(days=1)):
            last += timedelta(days=1)
        found.append(_Holiday(first, last, rule.name))
    return found


def _holiday(name: str | None, today: date, calendar: WorkCalendar) -> tuple[_Holiday, str]:
    """The one meant, and a note: the holiday that runs or comes next, of that name if one was said."""
    wanted = next((known for word, (known, _) in HOLIDAYS.items() if name and word in name), None)
    for holiday in _holidays(calendar):
        names = {rule.name for day, rule in calendar.days.items() if holiday.first <= day <= holiday.last}
        if holiday.last >= today and (wanted is None or wanted in names):
            return holiday, _span_words(holiday, wanted or holiday.name)
    years = calendar.missing_years(today, today) or [max(calendar.years, default=today.year) + 1]
    raise NotSaidClearly(f"{provisional_words(years)}，无法确定假期起止。请写明日期，例如：10月9日前。")


def _span_words(holiday: _Holiday, name: str) -> str:
    return f"{name}假期{chinese_day(holiday.first)}至{chinese_day(holiday.last)}"


def _before_holiday(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    holiday, why = _holiday(found["name"], today, calendar)
    if holiday.first <= today:
        raise NotSaidClearly(f"{why}，现已放假，请写明日期，例如：节后3个工作日内。")
    last = calendar.previous_working_day(holiday.first)
    return Meant(last, (why, f"节前最后一个工作日为{chinese_day(last)}"))


def _after_holiday(found: re.Match[str], today: date, calendar: WorkCalendar) -> Meant:
    holiday, why = _holiday(found["name"], today, calendar)
    if not found["n"]:
        day = calendar.next_working_day(holiday.last)
        return Meant(day, (why, f"节后第一个工作日为{chinese_day(day)}"))
    count = _number(found["n"])
    if not 1 <= count <= 366:  # noqa: PLR2004 - a year and a day
        raise NotSaidClearly("节后天数无法识别，请写明日期，例如：10月15日前。")
    match found["unit"]:
        case "个工作日" | "工作日":
            day = holiday.last
            for _ in range(count):
                day = calendar.next_working_day(day)
            return Meant(day, (why, f"节后第{count}个工作日为{chinese_day(day)}"))
        case "周" | "个周":
            count *= WEEK
    end = _end(holiday.last + timedelta(days=count), "该日", calendar)
    return Meant(end.day, (why, f"自假期结束次日起算{count}个自然日", *end.because), end.other)


# -- the table -----------------------------------------------------------------------------------------------------

_TO = r"(?:以前|之前|前|以内|之内|内|止|截止)?"
_N = NUMBER
_YEAR = r"(?P<y>今年|本年|当年|明年|次年|后年|(?:\d{2,4}|[〇零一二三四五六七八九]{2,4})年)?"
_MONTH = r"(?P<month>本月|这个?月|当月|下下个?月|下个?月)"
_FESTIVAL = (
    r"(?:(?P<name>国庆|十一|春节|过年|五一|劳动|元旦|清明|端午|中秋)(?:节|假期|长假)?|(?:节|假期|长假))"
)
_END = r"(?:以前|之前|前|内)?"
_PART = r"(?P<part>底|末|中旬|上旬|下旬|初|中|内|以内|之内)"
DAYS: list[tuple[str, Read]] = [
    (rf"(?P<near>{'|'.join(sorted(NEAR, key=len, reverse=True))}){_TO}", _near),
    (rf"(?P<week>本|这个?|上个?|下下个?|下个?)?周(?P<day>[一二三四五六日天末底1-7])(?:的)?{_TO}", _weekday),
    (r"(?P<week>本|这|下下|下)个?周(?:以内|之内|内|前)?", _week_whole),
    (rf"{_YEAR}(?P<m>{_N})月(?:份)?(?P<d>{_N})[日号]?{_TO}", _date),
    (rf"(?P<y>\d{{4}}[-/.])(?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})日?{_TO}", _date),
    (rf"(?P<y>\d{{4}}年)?(?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})日?{_TO}", _date),
    (rf"{_MONTH}?的?(?P<d>{_N})[日号](?:以前|之前|前|止|截止)?", _day_of_month),
    (rf"{_YEAR}(?P<m>{_N})月(?:份)?(?P<month>){_PART}{_END}", _month),
    (rf"{_YEAR}(?P<m>{_N})月(?:份)?(?P<month>)(?P<part>)(?:以前|之前|前)", _before_month),
    (rf"(?P<month>本|这个?|当|下下个?|下个?)?月{_PART}{_END}", _month),
    (r"(?P<month>)(?P<part>中旬|上旬|下旬)(?:以前|之前|前|内)?", _month),
    (rf"{_YEAR[:-1]}年?(?P<part>底|末|内|以内|之内|中)(?:以前|之前|前|内)?", _year),
    (r"(?P<y>)年(?P<part>底|末|内|以内|之内|中)(?:以前|之前|前|内)?", _year),
    (rf"(?P<half>[上下])半年{_TO}", _half_year),
    (rf"{_YEAR}(?P<which>)第?(?P<n>{_N})季度(?:以前|之前|前)", _before_quarter),
    (rf"{_YEAR}(?P<which>本|这个?|下个?)?第?(?P<n>{_N})?个?季度?(?:底|末|内|结束)?{_TO}", _quarter),
    (rf"{_FESTIVAL}前", _before_holiday),
    (rf"{_FESTIVAL}(?:后|之后|过后|以后)(?:的)?(?:(?P<n>{_N})(?P<unit>个?工作日|个?周|天|日))?{_TO}", _after_holiday),
]  # fmt: skip
