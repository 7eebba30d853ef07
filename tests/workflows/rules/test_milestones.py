from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.colours import CurvePoint
from workflows.rules.milestones import PROJECT_TEMPLATE, PlannedMilestone, curve_of, plan, shifted


def test_a_project_plan_of_a_year_by_hand(calendar):
    # 365 days: 36.5 → 37th day, 109.5 → 110th, 273.75 → 274th, 328.5 → 329th, 365th
    found = [
        (one.name, one.due_on, one.percent) for one in plan(date(2025, 1, 1), date(2025, 12, 31), calendar)
    ]
    assert found == [
        ("立项", date(2025, 2, 6), 10),
        ("招标", date(2025, 4, 21), 20),  # 20 April is a Sunday
        ("建设", date(2025, 10, 9), 75),  # 1 October is the holiday, to the 8th
        ("试运行", date(2025, 11, 25), 90),
        ("验收", date(2025, 12, 31), 100),
    ]


@given(st.dates(date(2024, 1, 1), date(2026, 6, 1)), st.integers(0, 900))
def test_dates_rise_within_the_period_and_end_with_it(calendar, start, length):
    due = start + timedelta(days=length)
    found = plan(start, due, calendar)
    days = [one.due_on for one in found]
    assert days == sorted(days)
    assert days[0] >= start
    assert days[-1] == due
    assert all(calendar.is_working_day(day) or day == due for day in days)
    assert [one.percent for one in found] == [stage.percent for stage in PROJECT_TEMPLATE]


def test_a_period_that_ends_before_it_starts_is_refused(calendar):
    with pytest.raises(ValueError, match="before"):
        plan(date(2026, 2, 1), date(2026, 1, 1), calendar)


def test_the_curve_goes_through_the_milestones():
    same_day = [PlannedMilestone("甲", date(2026, 1, 5), 10), PlannedMilestone("乙", date(2026, 1, 5), 20)]
    points = curve_of([*same_day, PlannedMilestone("丙", date(2026, 2, 5), 100)])
    assert points == (CurvePoint(date(2026, 1, 5), 20), CurvePoint(date(2026, 2, 5), 100))


def test_an_open_milestone_moves_with_an_extension(calendar):
    assert shifted(date(2026, 9, 18), 7, calendar, date(2026, 12, 31)) == date(
        2026, 9, 28
    )  # 25 to 27 are off
    assert shifted(date(2026, 12, 20), 30, calendar, date(2026, 12, 31)) == date(2026, 12, 31)
