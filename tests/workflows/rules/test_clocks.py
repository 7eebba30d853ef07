from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.clocks import Clock, ClockError, Limit, LimitUnit, due_of, extend, pause, resume, stand
from workflows.rules.office_hours import OfficeHours
from workflows.rules.working_days import SHANGHAI, WorkCalendar

WD, ND, MONTH = LimitUnit.WORKING_DAY, LimitUnit.NATURAL_DAY, LimitUnit.MONTH
NAIVE = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30))  # noqa: DTZ001 - made aware below
MOMENTS = NAIVE.map(lambda naive: naive.replace(tzinfo=SHANGHAI))
UNITS = st.sampled_from(list(LimitUnit))
SPANS = st.timedeltas(timedelta(0), timedelta(days=20))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("received", "amount", "unit", "due"),
    [
        ("2026-07-03T18:00", 15, "minute", "2026-07-03T18:15"),
        ("2026-07-03T20:00", 24, "hour", "2026-07-04T20:00"),
        ("2026-01-31T10:00", 1, "month", "2026-02-28T17:30"),
        ("2026-07-01T10:00", 3, "month", "2026-10-01T17:30"),
        ("2026-02-13T09:00", 3, "natural_day", "2026-02-16T17:30"),
        ("2026-02-13T09:00", 3, "working_day", "2026-02-25T17:30"),
    ],
)
def test_limits_of_every_unit(calendar, received, amount, unit, due):
    found = due_of(Limit(amount, LimitUnit(unit)), at(received), calendar)
    assert found.at == at(due)
    assert "止" in found.because


def test_hours_say_that_they_run_without_a_stop(calendar):
    due = due_of(Limit(24, LimitUnit.HOUR), at("2026-07-03T20:00"), calendar)
    assert due.because == "2026年7月3日20:00收到；24小时，连续计算，至2026年7月4日20:00止"


def test_a_pause_over_three_closes_puts_it_off_by_three_working_days(calendar):
    clock = Clock(at("2026-07-01T10:00"), Limit(5, WD))  # due Wednesday the 8th
    clock = resume(pause(clock, at("2026-07-02T10:00"), calendar), at("2026-07-06T18:00"))
    standing = stand(clock, at("2026-07-07T09:00"), calendar)
    assert standing.first_due.day == date(2026, 7, 8)
    assert standing.due.day == date(2026, 7, 13)
    assert standing.due.because.endswith(
        "2026年7月2日10:00至2026年7月6日18:00暂停计时，顺延3个工作日至2026年7月13日17:30"
    )


def test_a_pause_within_one_day_changes_nothing(calendar):
    clock = Clock(at("2026-07-01T10:00"), Limit(5, WD))
    clock = resume(pause(clock, at("2026-07-02T10:00"), calendar), at("2026-07-02T16:00"))
    assert stand(clock, at("2026-07-03T09:00"), calendar).due.day == date(2026, 7, 8)


def test_a_paused_clock_is_never_overdue(calendar):
    clock = pause(Clock(at("2026-07-01T10:00"), Limit(1, WD)), at("2026-07-02T10:00"), calendar)
    standing = stand(clock, at("2026-09-01T10:00"), calendar)
    assert standing.paused
    assert not standing.overdue


def test_an_extension_keeps_the_first_date(calendar):
    clock = extend(
        Clock(at("2026-07-01T10:00"), Limit(5, WD)), at("2026-07-06T10:00"), date(2026, 7, 20), calendar
    )
    standing = stand(clock, at("2026-07-07T10:00"), calendar)
    assert (standing.first_due.day, standing.due.day) == (date(2026, 7, 8), date(2026, 7, 20))
    assert standing.due.because == "经同意延期至2026年7月20日17:30（原时限2026年7月8日）"


def test_an_extension_into_a_year_without_a_table_is_provisional(calendar):
    clock = extend(
        Clock(at("2026-12-01T10:00"), Limit(5, WD)), at("2026-12-02T10:00"), date(2027, 1, 20), calendar
    )
    due = stand(clock, at("2026-12-02T10:00"), calendar).due
    assert due.provisional
    assert "2027年放假安排未录入" in due.because


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda c, cal: pause(pause(c, at("2026-07-02T10:00"), cal), at("2026-07-02T11:00"), cal), "已暂停"),
        (lambda c, _cal: resume(c, at("2026-07-02T10:00")), "未暂停"),
        (lambda c, cal: pause(c, at("2026-07-20T10:00"), cal), "时限已过"),
        (lambda c, cal: pause(c, at("2026-06-20T10:00"), cal), "早于"),
        (lambda c, cal: extend(c, at("2026-07-20T10:00"), date(2026, 8, 1), cal), "已过"),
        (lambda c, cal: extend(c, at("2026-07-02T10:00"), date(2026, 7, 8), cal), "晚于"),
        (
            lambda c, cal: extend(pause(c, at("2026-07-02T10:00"), cal), at("2026-07-02T11:00"), date(2026, 8, 1), cal),
            "先恢复",
        ),
    ],
)  # fmt: skip
def test_what_a_clock_does_not_allow_is_said(calendar, act, sentence):
    with pytest.raises(ClockError, match=sentence):
        act(Clock(at("2026-07-01T10:00"), Limit(5, WD)), calendar)


def test_an_impossible_limit_is_refused():
    with pytest.raises(ClockError, match="0至10000"):
        Limit(-1, WD)


def test_midnight_where_it_is_configured(calendar):
    late = WorkCalendar(calendar.days, calendar.years, OfficeHours(until_midnight=True))
    due = late.add_working_days(at("2026-07-01T10:00"), 1)
    assert due.at == at("2026-07-02T23:59:59")
    assert "至2026年7月2日24:00止" in due.because
    # Receipt is judged by office hours all the same.
    assert late.add_working_days(at("2026-07-01T20:00"), 1).day == date(2026, 7, 3)


@given(MOMENTS, st.integers(1, 15), UNITS, st.floats(0, 1), SPANS)
def test_a_pause_is_given_back_exactly(calendar, received, amount, unit, when, span):
    """Never lost and never more: what was left of the limit at the pause is what is left afterwards."""
    clock = Clock(received, Limit(amount, unit))
    due = due_of(clock.limit, received, calendar)
    since = received + (due.at - received) * when
    until = since + span
    after = stand(resume(pause(clock, since, calendar), until), until, calendar)
    assert after.first_due == due
    assert after.due.at >= due.at
    if unit in {LimitUnit.HOUR, LimitUnit.MINUTE}:
        assert after.due.at - due.at == span
        return
    left = [
        day for day in _days(since, due.at) if _counts(calendar, day, unit) and since <= calendar.closing(day)
    ]
    left_after = [
        day
        for day in _days(until, after.due.at)
        if _counts(calendar, day, unit) and until <= calendar.closing(day)
    ]
    assert len(left) == len(left_after)


def _days(since: datetime, until: datetime) -> list[date]:
    return [since.date() + timedelta(days=n) for n in range((until.date() - since.date()).days + 1)]


def _counts(calendar: WorkCalendar, day: date, unit: LimitUnit) -> bool:
    return unit is not WD or calendar.is_working_day(day)


@given(MOMENTS, st.integers(0, 15), UNITS, st.lists(SPANS, max_size=6))
def test_a_clock_that_is_paused_longer_is_never_due_earlier(calendar, received, amount, unit, spans):
    clock, moment = Clock(received, Limit(amount, unit)), received
    last = stand(clock, moment, calendar).due.at
    for span in spans:
        moment += span
        try:
            clock = resume(clock, moment) if clock.is_paused else pause(clock, moment, calendar)
        except ClockError:
            continue
        now = stand(clock, moment, calendar)
        assert now.due.at >= last
        assert now.first_due == due_of(clock.limit, received, calendar)
        last = now.due.at
