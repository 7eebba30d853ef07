"""When an item is chased (domain §15): rules are data, slots are moments of office days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from workflows.rules.working_days import SHANGHAI, WorkCalendar

OVERDUE = "overdue"
MANUAL = "manual"
MANUAL_PAUSE = timedelta(hours=4)
MORNING = time(9, 0)
# A slot missed by a longer stop of the worker is not made up: the next one says the same, and nobody gets two
# at once.
MISSED_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """`working_days_before` 0 is the due day itself. `code` is part of the reminder's key and never
    changes.
    """

    code: str
    working_days_before: int
    at: time


BEFORE_DUE = (
    ReminderRule("wd3", 3, MORNING),
    ReminderRule("wd1", 1, MORNING),
    ReminderRule("day", 0, MORNING),
)
RULE_WORDS = {
    "wd3": "距时限3个工作日",
    "wd1": "距时限1个工作日",
    "day": "今日到期",
    OVERDUE: "已逾期",
    MANUAL: "催办",
}


@dataclass(frozen=True, slots=True)
class Slot:
    rule: str
    at: datetime


def slots(due_on: date, now: datetime, calendar: WorkCalendar) -> list[Slot]:
    """What lies ahead of `now` (aware): the rules before the due date, then the first slot of the overdue
    ones.
    """
    planned = []
    for rule in BEFORE_DUE:
        day = due_on
        for _ in range(rule.working_days_before):
            day = calendar.previous_working_day(day)
        slot = Slot(rule.code, datetime.combine(day, rule.at, SHANGHAI))
        if slot.at > now:
            planned.append(slot)
    planned.append(next_overdue(due_on, now, calendar))
    return planned


def next_overdue(due_on: date, now: datetime, calendar: WorkCalendar) -> Slot:
    """The first morning of a working day after both `now` and the due date."""
    local = now.astimezone(SHANGHAI)
    day = max(due_on + timedelta(days=1), local.date())
    day = calendar.on_or_after(day)
    at = datetime.combine(day, MORNING, SHANGHAI)
    if at <= local:
        at = datetime.combine(calendar.next_working_day(day), MORNING, SHANGHAI)
    return Slot(OVERDUE, at)
