import io
from datetime import date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.working_days import SHANGHAI, WorkCalendar, read_day_rules

DAYS = st.dates(date(2024, 1, 1), date(2026, 11, 30))
NAIVE = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 30))  # noqa: DTZ001 - made aware below
MOMENTS = NAIVE.map(lambda naive: naive.replace(tzinfo=SHANGHAI))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2025-09-26T09:00", 5, date(2025, 10, 10)),
        ("2026-02-13T09:00", 3, date(2026, 2, 25)),
        ("2026-04-30T09:00", 5, date(2026, 5, 11)),
        ("2025-01-24T09:00", 3, date(2025, 2, 5)),
        ("2026-09-24T09:00", 2, date(2026, 9, 29)),
        ("2026-07-01T09:00", 10, date(2026, 7, 15)),
    ],
)
def test_vectors_of_the_domain(calendar, received, days, due):
    found = calendar.add_working_days(at(received), days)
    assert found.day == due
    assert found.at == datetime.combine(due, datetime.min.time(), SHANGHAI).replace(hour=17, minute=30)
    assert not found.provisional


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-07-01T17:30", date(2026, 7, 2)),  # the last moment of the day
        ("2026-07-01T17:31", date(2026, 7, 3)),  # after hours: received on the 2nd
        ("2026-07-04T10:00", date(2026, 7, 7)),  # a Saturday: received on Monday the 6th
        ("2026-07-03T18:00", date(2026, 7, 7)),  # Friday evening: the same
        ("2026-02-14T10:00", date(2026, 2, 24)),  # a worked Saturday is a day of receipt
    ],
)
def test_receipt_after_hours_counts_as_the_next_working_day(calendar, received, due):
    assert calendar.add_working_days(at(received), 1).day == due


def test_receipt_is_judged_in_shanghai(calendar):
    utc_evening = datetime.fromisoformat("2026-07-01T16:30+00:00")  # half past midnight of the 2nd
    assert calendar.add_working_days(utc_evening, 1).day == date(2026, 7, 3)


@pytest.mark.parametrize(
    ("received", "days", "because"),
    [
        (
            "2025-09-26T09:05",
            5,
            (
                "2025年9月26日09:05收到；收到当日不计，5个工作日，至2025年10月10日17:30止；"
                "其间10月1日至8日放假，9月28日上班"
            ),
        ),
        (
            "2026-07-03T18:00",
            1,
            "2026年7月3日18:00收到；已过办公时间，按2026年7月6日收到计；收到当日不计，1个工作日，至2026年7月7日17:30止",
        ),
        (
            "2026-12-31T09:00",
            1,
            (
                "2026年12月31日09:00收到；收到当日不计，1个工作日，至2027年1月1日17:30止；"
                "2027年放假安排未录入，按周末推算，为暂定日期"
            ),
        ),
    ],
)
def test_a_due_date_explains_itself(calendar, received, days, because):
    assert calendar.add_working_days(at(received), days).because == because


def test_a_year_without_a_table_is_provisional(calendar):
    assert calendar.add_working_days(at("2026-12-31T09:00"), 1).provisional
    assert not calendar.add_working_days(at("2026-12-30T09:00"), 1).provisional
    assert WorkCalendar().add_working_days(at("2026-07-01T09:00"), 1).provisional


def test_natural_days_run_through_days_off(calendar):
    due = calendar.add_natural_days(at("2026-02-13T09:00"), 3)
    assert due.day == date(2026, 2, 16)
    assert due.because == "2026年2月13日收到，当日不计，3个自然日，至2026年2月16日17:30止"


def test_negative_limits_are_refused(calendar):
    with pytest.raises(ValueError, match="negative"):
        calendar.add_working_days(at("2026-07-01T09:00"), -1)
    with pytest.raises(ValueError, match="negative"):
        calendar.add_natural_days(at("2026-07-01T09:00"), -1)


def test_every_day_agrees_with_chinesecalendar(calendar):
    first = date(2024, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(2026, 12, 31) - first).days + 1)]
    different = [day for day in days if calendar.is_working_day(day) != chinese_calendar.is_workday(day)]
    assert not different


@given(MOMENTS, st.integers(0, 20))
def test_the_number_of_days_can_be_counted_back(calendar, received, days):
    due = calendar.add_working_days(received, days).day
    assert calendar.working_days_between(calendar.day_of_receipt(received), due) == days
    assert calendar.is_working_day(due)


@given(MOMENTS, st.integers(0, 20))
def test_due_days_agree_with_chinesecalendar(calendar, received, days):
    receipt = received.date()
    if received > calendar.office_end(receipt) or not chinese_calendar.is_workday(receipt):
        receipt += timedelta(days=1)
        while not chinese_calendar.is_workday(receipt):
            receipt += timedelta(days=1)
    due = receipt
    for _ in range(days):
        due += timedelta(days=1)
        while not chinese_calendar.is_workday(due):
            due += timedelta(days=1)
    assert calendar.add_working_days(received, days).day == due


@given(MOMENTS, MOMENTS, st.integers(0, 20), st.integers(0, 20))
def test_later_receipt_or_longer_limit_is_never_due_earlier(calendar, one, other, few, more):
    earlier, later = min(one, other), max(one, other)
    few, more = min(few, more), max(few, more)
    assert calendar.add_working_days(earlier, few).at <= calendar.add_working_days(later, more).at


@given(DAYS, DAYS, DAYS)
def test_spans_add_up(calendar, first, second, third):
    whole = calendar.working_days_between(first, third)
    assert whole == calendar.working_days_between(first, second) + calendar.working_days_between(
        second, third
    )


def test_a_bad_table_names_its_line():
    with pytest.raises(ValueError, match="line 2: kind must be off or worked"):
        read_day_rules(io.StringIO("day,kind,name,source\n2026-01-01,holiday,元旦,通知\n"))
