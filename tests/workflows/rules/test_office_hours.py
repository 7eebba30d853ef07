from datetime import date, datetime, time

import pytest

from workflows.rules.office_hours import HoursRule, OfficeHours, chain_of, rules_for
from workflows.rules.working_days import SHANGHAI, WorkCalendar

SUMMER = HoursRule(
    "421200", OfficeHours(time(8), time(18), time(12), time(15)), (5, 1), (9, 30), "夏季作息通知"
)
WINTER = HoursRule("421200", OfficeHours(), (10, 1), (4, 30), "冬季作息通知")
COUNTY = HoursRule("421221", OfficeHours(time(9), time(17), time(12), time(14)), source="县作息通知")
RULES = [SUMMER, WINTER, COUNTY]


@pytest.mark.parametrize(
    ("region", "day", "closes"),
    [
        ("421200", date(2026, 7, 1), time(18)),
        ("421200", date(2026, 12, 1), time(17, 30)),
        ("421200", date(2026, 1, 5), time(17, 30)),  # the winter runs over New Year
        ("421202", date(2026, 7, 1), time(18)),  # a district without its own hours has the city's
        ("421221", date(2026, 7, 1), time(17)),
        ("420100", date(2026, 7, 1), time(17, 30)),  # another city: the default
        ("", date(2026, 7, 1), time(17, 30)),
    ],
)
def test_hours_by_region_and_season(region, day, closes):
    assert WorkCalendar(seasons=rules_for(RULES, region)).hours_on(day).closes == closes


def test_what_is_received_before_the_summer_close_is_received_today(calendar):
    summer = WorkCalendar(calendar.days, calendar.years, seasons=rules_for(RULES, "421200"))
    evening = datetime(2026, 7, 1, 17, 45, tzinfo=SHANGHAI)
    assert summer.add_working_days(evening, 1).at == datetime(2026, 7, 2, 18, tzinfo=SHANGHAI)
    assert calendar.add_working_days(evening, 1).day == date(2026, 7, 3)


def test_seasons_of_one_region_may_not_overlap():
    assert not SUMMER.overlaps(WINTER)
    assert SUMMER.overlaps(HoursRule("421200", begins=(9, 1), ends=(10, 15)))
    assert not SUMMER.overlaps(HoursRule("421200"))  # a season stands over the whole year
    assert not SUMMER.overlaps(HoursRule("421221", begins=(9, 1), ends=(10, 15)))


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        (OfficeHours(), ""),
        (OfficeHours(noon_from=time(12), noon_to=time(12)), ""),
        (OfficeHours(opens=time(13)), "noon_from"),
        (OfficeHours(noon_to=time(11)), "noon_to"),
        (OfficeHours(closes=time(14)), "closes"),
    ],
)
def test_impossible_hours_name_their_field(hours, field):
    assert hours.problem() == field


def test_a_region_belongs_to_those_above_it():
    assert chain_of("421221") == ["421221", "421200", "420000", ""]
    assert chain_of("420000") == ["420000", ""]
    assert chain_of("") == [""]
