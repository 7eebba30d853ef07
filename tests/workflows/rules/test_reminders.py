from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.reminders import next_overdue, rule_words, slots
from workflows.rules.working_days import SHANGHAI


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        (
            date(2026, 7, 22),  # a Wednesday
            "2026-07-10T10:00",
            [
                ("wd3", "2026-07-17"),
                ("wd1", "2026-07-21"),
                ("day", "2026-07-22"),
                ("day", "2026-07-22"),
                ("overdue", "2026-07-23"),
            ],
        ),
        # asked in the middle: what has passed is not made up
        (
            date(2026, 7, 22),
            "2026-07-21T09:00",
            [("day", "2026-07-22"), ("day", "2026-07-22"), ("overdue", "2026-07-23")],
        ),
        # due before the long holiday: 14 February is worked, 15 to 23 are off
        (
            date(2026, 2, 25),
            "2026-02-10T10:00",
            [
                ("wd3", "2026-02-13"),
                ("wd1", "2026-02-24"),
                ("day", "2026-02-25"),
                ("day", "2026-02-25"),
                ("overdue", "2026-02-26"),
            ],
        ),
        # overdue over a holiday: the next working morning
        (date(2026, 9, 30), "2026-10-02T10:00", [("overdue", "2026-10-08")]),
        (date(2026, 7, 14), "2026-07-17T08:59", [("overdue", "2026-07-17")]),
        (date(2026, 7, 14), "2026-07-17T09:00", [("overdue", "2026-07-20")]),
    ],
)
def test_slots_by_hand(calendar, due, now, expected):
    found = [(slot.rule, slot.at.date().isoformat()) for slot in slots(due, at(now), calendar)]
    assert found == expected
    assert all(slot.at.hour in {9, 15} for slot in slots(due, at(now), calendar))


@given(st.dates(date(2024, 3, 1), date(2026, 10, 1)), st.integers(-60, 60))
def test_slots_are_ahead_rise_and_have_words(calendar, due, offset):
    now = datetime.combine(due, datetime.min.time(), SHANGHAI) + timedelta(days=offset, hours=12)
    found = slots(due, now, calendar)
    assert [slot.at for slot in found] == sorted({slot.at for slot in found})
    assert all(slot.at > now and rule_words(slot.rule) != "提醒" for slot in found)
    last = found[-1]
    assert last.rule == "overdue"
    assert last.at.date() > due
    assert calendar.is_working_day(last.at.date())
    after = next_overdue(due, last.at, calendar)
    assert after is not None
    assert after.at > last.at
