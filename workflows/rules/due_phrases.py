"""What people say for a due date: 本周五下班前, 月底前, 3个工作日内, 节后一周内. Pure functions.

A phrase is understood or it is not; nothing is guessed in silence. What can be read in two ways is answered with the
reading that was taken (`sure` False) and a hint how to say the other. 前 and 内 include the day named.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from workflows.rules import due_days
from workflows.rules.chinese_numbers import DIGITS, NUMBER, number_of
from workflows.rules.clocks import Limit, LimitUnit, due_of
from workflows.rules.due_days import Meant, NotSaidClearly
from workflows.rules.working_days import SHANGHAI, WEEKDAYS, Due, WorkCalendar, chinese_day, provisional_words

MOST_PHRASE = 40
MOST_TEXT = 400
HINT = "请写明时限，例如：本周五下班前、3个工作日内、12月5日前、月底前、明天中午前。"
VAGUE = re.compile(r"尽快|尽早|抓紧|马上|立即|立刻|即刻|及时|近期|近日|择日|适时|有空")
OPENING = re.compile(
    r"^(?:请|务必|必须|须|应|需)*(?:于|在|到|至|截至|截止到?|最迟|最晚)?|^时限[为:]?|^(?:自|从)?(?:收到|即)(?:之)?日起"
)
ENDING = re.compile(r"(?:完成|办结|报送|反馈|上报|报告|回复|答复|提交|交|报)+(?:给?我[办局]|材料|情况)?$")
BEFORE = r"(?:以前|之前|前|以内|之内|内|止|截止)?"


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood.

    Attributes:
        due: None when nothing was; then `hint` says how to write it.
        heard: 2026年7月3日（周五）17:30, "" when nothing was understood.
        sure: False when the phrase has another reading as well; `hint` tells which.
        hint: one sentence, or "".
    """

    due: Due | None
    heard: str = ""
    sure: bool = True
    hint: str = ""


def understand(phrase: str, now: datetime, calendar: WorkCalendar) -> Understood:
    """The due moment of a phrase said at `now` (aware). Full-width signs and Chinese numerals are read alike."""
    said = normal(phrase)
    if hint := _unreadable(said, phrase.strip()):
        return Understood(None, hint=hint)
    try:
        due, meant = _due_of(said, now.astimezone(SHANGHAI), calendar)
    except NotSaidClearly as unclear:
        return Understood(None, hint=unclear.sentence)
    except (OverflowError, ValueError):  # a date beyond the calendar, such as 9999 years on
        due, meant = None, Meant(now.date())
    if due is None:
        return Understood(None, hint=HINT)
    if due.at <= now:
        return Understood(None, hint=f"“{phrase.strip()}”即{_heard(due)}，已经过去，请写以后的时间。")
    return Understood(due, _heard(due), sure=not meant.other, hint=meant.other)


def _unreadable(said: str, phrase: str) -> str:
    if not said or len(said) > MOST_PHRASE:
        return HINT
    if said.startswith("每"):
        return "这是周期性时限，请在“周期”中填写；单次时限请写明日期。"
    return f"“{phrase}”没有具体时间。{HINT}" if VAGUE.search(said) else ""


def find(text: str, now: datetime, calendar: WorkCalendar) -> tuple[str, Understood] | None:
    """The first due phrase inside a sentence, the longest from its place; None when there is none.

    For offers only (a message that becomes a task): what it finds is shown and can be changed.
    """
    said = unicodedata.normalize("NFKC", text)[:MOST_TEXT]
    for start in range(len(said)):
        if not _may_begin(said[start]):
            continue
        for end in range(min(len(said), start + MOST_PHRASE // 2), start + 1, -1):
            piece = said[start:end]
            if piece[-1] in "前内底末止" and (found := understand(piece, now, calendar)).due:
                return piece, found
    return None


def _may_begin(sign: str) -> bool:
    return (
        sign in DIGITS
        or sign.isdecimal()
        or sign in "十半本这下明今后大年月季周星礼节春国五元清劳端中除当上廿"
    )


def normal(phrase: str) -> str:
    """Half-width, without blanks and polite words."""
    said = re.sub(r"\s+|[。,，;；!！“”\"']", "", unicodedata.normalize("NFKC", phrase))
    said = said.replace("號", "号").replace("礼拜", "星期").replace("週", "周").replace("星期", "周")
    return ENDING.sub("", OPENING.sub("", said))


def _heard(due: Due) -> str:
    return f"{chinese_day(due.day)}（{WEEKDAYS[due.day.weekday()]}）{due.at:%H:%M}".replace("23:59", "24:00")


def _due_of(said: str, now: datetime, calendar: WorkCalendar) -> tuple[Due | None, Meant]:
    nothing = Meant(now.date())
    for pattern, read in SPANS:
        if found := re.fullmatch(pattern, said):
            due, meant = read(found, now, calendar)
            ends_with_the_day = due is not None and due.at == calendar.closing(due.day)
            return due, _rest_noted(meant, calendar) if ends_with_the_day else meant
    day_words, at, at_words = _split_time(said)
    found_day = due_days.day_of(day_words, now.date(), calendar) if day_words else nothing
    if found_day is None or (not day_words and at is None):
        return None, nothing
    return _at_day(said, found_day, at, at_words, calendar, now)


def _at_day(
    said: str,
    meant: Meant,
    at: "TimeOf | None",
    at_words: str,
    calendar: WorkCalendar,
    now: datetime,
) -> tuple[Due, Meant]:
    day = meant.day
    moment = datetime.combine(day, at(day, calendar), SHANGHAI) if at else calendar.closing(day)
    if at and not meant.named and moment <= now:
        raise NotSaidClearly(f"今天{at_words or said}已过，请写明日期，例如：明天{at_words or said}。")
    parts = [f"“{said}”即{chinese_day(day)}（{WEEKDAYS[day.weekday()]}）", *meant.because]
    if not calendar.is_working_day(day):
        parts.append(f"{calendar.day_words(day)}，未作调整")
        meant = _rest_noted(meant, calendar)
    parts.append(f"至{moment:%H:%M}止".replace("23:59", "24:00"))
    missing = calendar.missing_years(day, day)
    if missing:
        parts.append(provisional_words(missing) + "，为暂定日期")
    return Due(moment, bool(missing), "；".join(parts)), meant


def _rest_noted(meant: Meant, calendar: WorkCalendar) -> Meant:
    """A day off stays as it was said; the hint tells how to say the working day before it."""
    if meant.other or calendar.is_working_day(meant.day):
        return meant
    before, words = calendar.previous_working_day(meant.day), calendar.day_words(meant.day)
    wish = f"如须在工作日完成，请写{before.month}月{before.day}日前。"
    return replace(meant, other=f"{chinese_day(meant.day)}为{words}；{wish}")


# -- the time of day -----------------------------------------------------------------------------------------------

TimeOf = Callable[[date, WorkCalendar], time]


def _closes(day: date, calendar: WorkCalendar) -> time:
    return calendar.office_end(day).time()


def _noon(day: date, calendar: WorkCalendar) -> time:
    return calendar.hours_on(day).noon_from


def _midnight(_day: date, _calendar: WorkCalendar) -> time:
    return time(23, 59, 59)


def _morning(day: date, calendar: WorkCalendar) -> time:
    return calendar.hours_on(day).opens


NAMED_TIMES: dict[str, TimeOf] = {
    "下班": _closes,
    "下班时": _closes,
    "下午下班": _closes,
    "下午": _closes,
    "中午": _noon,
    "上午": _noon,
    "上午下班": _noon,
    "中午下班": _noon,
    "上班": _morning,
    "一早": _morning,
    "早上": _morning,
    "早": _morning,
    "24点": _midnight,
    "24时": _midnight,
    "24:00": _midnight,
    "零点": _midnight,
    "晚": _midnight,
    "晚上": _midnight,
    "夜里": _midnight,
}
_TIMES = "|".join(sorted(NAMED_TIMES, key=len, reverse=True))
_CLOCK = re.compile(
    rf"(?P<part>凌晨|早上|早|上午|中午|下午|傍晚|晚上|今?晚)?"
    rf"(?:(?P<hour>{NUMBER})(?:点钟?|时)(?:(?P<half>半)|(?P<quarter>[一三1-3])刻|(?P<minute>{NUMBER})分?)?"
    rf"|(?P<h24>[0-2]?\d):(?P<m24>[0-5]\d))$"
)
AFTERNOON = {"下午", "傍晚", "晚上", "晚", "今晚"}
HOURS, HALF_DAY, MINUTES = 24, 12, 60


def _split_time(said: str) -> tuple[str, TimeOf | None, str]:
    """The day's words, and the time's if there are any."""
    bare = re.sub(rf"{BEFORE}$", "", said)
    for end in ("前", "以前", "之前", "内", ""):
        if found := re.fullmatch(rf"(.*?)(?:的)?({_TIMES}){end}", said):
            words = found[1] or ("今天" if found[2] != "早" else "")
            return words, NAMED_TIMES[found[2]], found[2] + (end or "前")
    if found := _CLOCK.search(bare):
        at = _clock_time(found)
        if at is not None:
            words = bare[: found.start()]
            if found["part"] == "今晚":
                words = words or "今天"
            return words, (lambda _day, _calendar: at), f"{at:%H:%M}前"
    return said, None, ""


def _clock_time(found: re.Match[str]) -> time | None:
    if found["h24"]:
        hour, minute = int(found["h24"]), int(found["m24"])
    else:
        hour = number_of(found["hour"]) or 0
        minute = 30 if found["half"] else (number_of(found["minute"]) or 0) if found["minute"] else 0
        if found["quarter"]:
            minute = 15 * (number_of(found["quarter"]) or 0)
    if found["part"] in AFTERNOON and hour < HALF_DAY:
        hour += HALF_DAY
    if found["part"] == "中午" and hour < HALF_DAY // 2:
        hour += HALF_DAY
    if hour == HOURS and minute == 0:
        return time(23, 59, 59)
    if hour >= HOURS or minute >= MINUTES:
        raise NotSaidClearly("一天只有24小时、一小时只有60分，请核对时间。")
    return time(hour, minute)


# -- spans from now ------------------------------------------------------------------------------------------------

Read = Callable[[re.Match[str], datetime, WorkCalendar], tuple[Due | None, Meant]]
DAYS_HINT = "按自然日理解；如指工作日，请写“{n}个工作日内”。"


def _count(found: re.Match[str]) -> int:
    number = number_of(found["n"])
    if number is None or number <= 0:
        raise NotSaidClearly(HINT)
    return number


def _span(unit: LimitUnit, times: int = 1) -> Read:
    def read(found: re.Match[str], now: datetime, calendar: WorkCalendar) -> tuple[Due | None, Meant]:
        count = _count(found)
        due = due_of(Limit(count * times, unit), now, calendar)
        loose = (
            unit is LimitUnit.NATURAL_DAY
            and times == 1
            and "自然日" not in found[0]
            and "日历" not in found[0]
        )
        return due, Meant(due.day, other=DAYS_HINT.format(n=count) if loose else "")

    return read


def _half(unit: LimitUnit, amount: int) -> Read:
    def read(_found: re.Match[str], now: datetime, calendar: WorkCalendar) -> tuple[Due | None, Meant]:
        due = due_of(Limit(amount, unit), now, calendar)
        return due, Meant(due.day)

    return read


def _hour_and_half(found: re.Match[str], now: datetime, calendar: WorkCalendar) -> tuple[Due | None, Meant]:
    due = due_of(Limit(_count(found) * 60 + 30, LimitUnit.MINUTE), now, calendar)
    return due, Meant(due.day)


_N = rf"(?P<n>{NUMBER})"
_IN = r"(?:以内|之内|内)"
SPANS: list[tuple[str, Read]] = [
    (rf"{_N}个?工作日{_IN}?", _span(LimitUnit.WORKING_DAY)),
    (rf"{_N}个?(?:自然日|日历日|日历天){_IN}?", _span(LimitUnit.NATURAL_DAY)),
    (rf"{_N}天{_IN}?", _span(LimitUnit.NATURAL_DAY)),
    (rf"{_N}日(?:以内|之内|内)", _span(LimitUnit.NATURAL_DAY)),
    (rf"{_N}个?(?:周|星期){_IN}", _span(LimitUnit.NATURAL_DAY, 7)),
    (rf"{_N}个月{_IN}?", _span(LimitUnit.MONTH)),
    (rf"{_N}个季度{_IN}", _span(LimitUnit.MONTH, 3)),
    (rf"{_N}年{_IN}", _span(LimitUnit.MONTH, 12)),
    (rf"{_N}个半小时{_IN}?", _hour_and_half),
    (rf"{_N}个?(?:小时|钟头){_IN}?", _span(LimitUnit.HOUR)),
    (rf"{_N}分钟?{_IN}?", _span(LimitUnit.MINUTE)),
    (rf"{_N}刻钟{_IN}?", _span(LimitUnit.MINUTE, 15)),
    (rf"半个?小时{_IN}?", _half(LimitUnit.MINUTE, 30)),
    (rf"半个?月{_IN}", _half(LimitUnit.NATURAL_DAY, 15)),
    (rf"半年{_IN}", _half(LimitUnit.MONTH, 6)),
]
