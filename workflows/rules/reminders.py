"""When an item is chased and who is asked (domain §15): a ladder is data, slots are moments of working days."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from workflows.rules.working_days import SHANGHAI, WorkCalendar

OVERDUE = "overdue"
MANUAL = "manual"
WAITING = "waiting"  # a question that nobody has answered
MANUAL_PAUSE = timedelta(hours=4)
MORNING = time(9, 0)
AFTERNOON = time(15, 0)
# A slot missed by a longer stop of the worker is not made up: the next one says the same, and nobody gets two
# at once.
MISSED_AFTER = timedelta(hours=24)


class Audience(StrEnum):
    HANDLER = "handler"
    HEAD = "head"
    LEADER = "leader"
    OFFICER = "officer"


AUDIENCE_WORDS = {
    Audience.HANDLER: "经办人",
    Audience.HEAD: "部门（单位）负责人",
    Audience.LEADER: "分管领导",
    Audience.OFFICER: "督查专员",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a ladder.

    Attributes:
        code: what the reminder is called; part of its key. Several lines may share one: their audiences join.
        offset: working days from the due day; below 0 before it, 0 the day itself (or the last working day before a
            due day that is off), above 0 overdue.
        daily: from that day on every working day.
    """

    code: str
    offset: int
    at: time
    audience: tuple[Audience, ...]
    daily: bool = False


Ladder = Sequence[Step]
DEFAULT_LADDER: Ladder = (
    Step("wd3", -3, MORNING, (Audience.HANDLER,)),
    Step("wd1", -1, MORNING, (Audience.HANDLER,)),
    Step("day", 0, MORNING, (Audience.HANDLER,)),
    Step("day", 0, AFTERNOON, (Audience.HANDLER,)),
    Step(OVERDUE, 1, MORNING, (Audience.HANDLER,), daily=True),
    Step(OVERDUE, 1, MORNING, (Audience.HEAD,)),
    Step(OVERDUE, 3, MORNING, (Audience.LEADER,)),
    Step(OVERDUE, 5, MORNING, (Audience.OFFICER,)),
)


def rule_words(code: str) -> str:
    """What a line of a reminder begins with."""
    if code.startswith("wd") and code[2:].isdecimal():
        return f"距时限{int(code[2:])}个工作日"
    return {"day": "今日到期", OVERDUE: "已逾期", MANUAL: "催办", WAITING: "待审批"}.get(code, "提醒")


@dataclass(frozen=True, slots=True)
class Slot:
    rule: str
    at: datetime


def day_of(step: Step, due_on: date, calendar: WorkCalendar) -> date:
    """The day of a line's first reminder."""
    if step.offset == 0:
        return due_on if calendar.is_working_day(due_on) else calendar.previous_working_day(due_on)
    day = due_on
    for _ in range(abs(step.offset)):
        day = calendar.next_working_day(day) if step.offset > 0 else calendar.previous_working_day(day)
    return day


def slots(due_on: date, now: datetime, calendar: WorkCalendar, ladder: Ladder = DEFAULT_LADDER) -> list[Slot]:
    """What lies ahead of `now` (aware), in order: all up to the due day, and the first after it.

    Of two lines for one moment the later one gives its code: nobody is told the same twice.
    """
    found: dict[datetime, tuple[int, str]] = {}
    for step in ladder:
        at = datetime.combine(day_of(step, due_on, calendar), step.at, SHANGHAI)
        if at <= now and step.daily:
            at = _next_daily(step, now, calendar)
        if at > now:
            found[at] = max(found.get(at, (step.offset, step.code)), (step.offset, step.code))
    ahead = sorted(found)
    overdue = [at for at in ahead if found[at][0] > 0]
    return [Slot(found[at][1], at) for at in ahead if found[at][0] <= 0 or at == overdue[0]]


def _next_daily(step: Step, now: datetime, calendar: WorkCalendar) -> datetime:
    local = now.astimezone(SHANGHAI)
    day = calendar.on_or_after(local.date())
    at = datetime.combine(day, step.at, SHANGHAI)
    return at if at > local else datetime.combine(calendar.next_working_day(day), step.at, SHANGHAI)


def next_overdue(
    due_on: date, now: datetime, calendar: WorkCalendar, ladder: Ladder = DEFAULT_LADDER
) -> Slot | None:
    """The next moment of a ladder's lines after the due day, or None when nothing repeats."""
    after = [step for step in ladder if step.offset > 0]
    return next(iter(slots(due_on, now, calendar, after)), None)


def waiting_slot(now: datetime, calendar: WorkCalendar, ladder: Ladder = DEFAULT_LADDER) -> datetime:
    """When who must decide a question is reminded next: the first hour of the ladder on the next working day."""
    day = calendar.next_working_day(now.astimezone(SHANGHAI).date())
    return datetime.combine(day, min(step.at for step in ladder), SHANGHAI)


def audience(
    ladder: Ladder, code: str, slot_at: datetime, due_on: date, calendar: WorkCalendar
) -> tuple[Audience, ...]:
    """Who is asked at this slot: the lines of this code whose moment it is, joined; in the order of Audience."""
    local = slot_at.astimezone(SHANGHAI)
    asked: set[Audience] = set()
    for step in ladder:
        if step.code != code or step.at != local.time():
            continue
        first = day_of(step, due_on, calendar)
        if local.date() == first or (
            step.daily and local.date() > first and calendar.is_working_day(local.date())
        ):
            asked.update(step.audience)
    return tuple(one for one in Audience if one in asked)


def hours_of(ladders: Iterable[Ladder]) -> list[time]:
    return sorted({step.at for ladder in ladders for step in ladder})


def spread_seconds(staff_id: int, slot_at: datetime, window_s: int) -> int:
    """How long after the slot this person's card goes out: the same each time it is asked, even over people."""
    if window_s <= 1:
        return 0
    digest = hashlib.sha256(f"{staff_id}:{int(slot_at.timestamp())}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % window_s
