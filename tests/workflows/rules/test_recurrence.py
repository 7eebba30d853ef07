from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.recurrence import Every, Recurrence, RecurrenceError, Shift, next_due, occurrences

SINCE = date(2026, 1, 1)
RULES = st.builds(
    Recurrence,
    every=st.sampled_from(list(Every)),
    since=st.dates(date(2024, 1, 1), date(2026, 6, 30)),
    day=st.integers(1, 7),
    month=st.integers(1, 12),
    shift=st.sampled_from(list(Shift)),
)


@pytest.mark.parametrize(
    ("rule", "after", "due"),
    [
        (Recurrence(Every.MONTH, SINCE, 25), date(2026, 9, 1), date(2026, 9, 24)),  # 25th: Mid-Autumn
        (Recurrence(Every.MONTH, SINCE, 25, shift=Shift.AFTER), date(2026, 9, 1), date(2026, 9, 28)),
        (Recurrence(Every.MONTH, SINCE, 25, shift=Shift.NONE), date(2026, 9, 1), date(2026, 9, 25)),
        (Recurrence(Every.MONTH, SINCE, 31), date(2026, 2, 1), date(2026, 2, 28)),  # a worked Saturday
        (Recurrence(Every.WEEK, SINCE, 5), date(2026, 9, 21), date(2026, 9, 24)),
        (Recurrence(Every.WEEK, SINCE, 5), date(2026, 7, 3), date(2026, 7, 10)),
        (Recurrence(Every.FIRST_WORKING_DAY, SINCE), date(2026, 9, 30), date(2026, 10, 8)),
        (Recurrence(Every.LAST_WORKING_DAY, SINCE), date(2026, 5, 1), date(2026, 5, 29)),
        (Recurrence(Every.WORKING_DAYS, date(2026, 9, 24), 3), date(2026, 9, 24), date(2026, 9, 30)),
        (Recurrence(Every.QUARTER, SINCE, 20), date(2026, 6, 1), date(2026, 6, 18)),  # 19 to 21: 端午
        (Recurrence(Every.YEAR, SINCE, 31, 12), date(2026, 7, 1), date(2026, 12, 31)),
    ],
)
def test_vectors(calendar, rule, after, due):
    assert next_due(rule, after, calendar).day == due


def test_it_explains_the_shift(calendar):
    due = next_due(Recurrence(Every.MONTH, SINCE, 25), date(2026, 9, 1), calendar)
    assert due.because == (
        "每月25日前，遇休息日提前至之前最近的工作日；2026年9月25日为中秋节放假，提前至2026年9月24日；"
        "本期至2026年9月24日17:30止"
    )


def test_a_year_without_a_table_is_provisional(calendar):
    due = next_due(Recurrence(Every.MONTH, SINCE, 10), date(2027, 1, 1), calendar)
    assert due.provisional
    assert "2027年放假安排未录入" in due.because


@given(RULES)
def test_occurrences_rise_and_fall_on_working_days(calendar, rule):
    days = [due.day for due in islice(occurrences(rule, calendar), 12)]
    assert all(one < other for one, other in pairwise([rule.since, *days]))
    if rule.shift is not Shift.NONE or rule.every.endswith("working_day"):
        assert all(calendar.is_working_day(day) for day in days)


@given(RULES, st.integers(0, 900))
def test_the_next_one_is_one_of_them(calendar, rule, days):
    after = rule.since + timedelta(days=days)
    due = next_due(rule, after, calendar).day
    every = [one.day for one in islice(occurrences(rule, calendar), 1200)]
    assert due == next(day for day in every if day > after)


@given(RULES)
def test_a_rule_survives_its_json(rule):
    assert Recurrence.of(rule.as_json()) == rule


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "every"),
        ({"every": "month"}, "since"),
        ({"every": "month", "since": "2026-01-01", "day": 32}, "day"),
        ({"every": "month", "since": "2026-01-01", "day": "x"}, "day"),
        ({"every": "week", "since": "2026-01-01", "day": 8}, "day"),
        ({"every": "year", "since": "2026-01-01", "month": 13}, "month"),
        ({"every": "month", "since": "2026-01-01", "shift": "up"}, "shift"),
    ],
)
def test_a_wrong_rule_names_its_field(raw, field):
    with pytest.raises(RecurrenceError) as refusal:
        Recurrence.of(raw)
    assert refusal.value.field == field
    assert refusal.value.sentence.endswith("。")
