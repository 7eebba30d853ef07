"""Limits in their season and hours, and recovery only beyond the margin: properties and worked cases."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import SHANGHAI
from connectors.rules.bands import UPWARD, Band, applies, exceeds, in_force, judge, still_held
from connectors.rules.levels import LEVELS, gravest, weight

NOON = datetime(2026, 7, 17, 12, tzinfo=SHANGHAI)
numbers = st.decimals(min_value=-1000, max_value=1000, places=3)
margins = st.decimals(min_value=0, max_value=100, places=3)
ops = st.sampled_from([">=", ">", "<=", "<"])
levels = st.sampled_from(LEVELS)
RIVER = (
    Band("orange", Decimal(28), label="警戒水位", margin=Decimal("0.2")),
    Band("red", Decimal("29.5"), label="保证水位", margin=Decimal("0.2")),
)


@pytest.mark.parametrize(
    ("held", "value", "level"),
    [
        ("", "27.999", ""),
        ("", "28", "orange"),
        ("", "30", "red"),
        ("orange", "27.9", "orange"),
        ("orange", "27.8", "orange"),
        ("orange", "27.799", ""),
        ("red", "29.4", "red"),
        ("red", "29.2", "orange"),
        ("red", "27.9", "orange"),
        ("red", "20", ""),
    ],
)
def test_the_river_by_hand(held, value, level):
    assert judge(Decimal(value), RIVER, NOON, held).level == level


@given(numbers, numbers, margins, ops)
def test_an_exceedance_is_always_held(value, limit, margin, op):
    if exceeds(value, op, limit):
        assert still_held(value, op, limit, margin)


@given(numbers, margins, ops, st.lists(numbers, min_size=1, max_size=30))
def test_it_ends_only_beyond_the_margin_and_starts_only_beyond_the_limit(limit, margin, op, values):
    band, held = Band("yellow", limit, op, margin), ""
    for value in values:
        level = judge(value, [band], NOON, held).level
        if level and not held:
            assert exceeds(value, op, limit)
        if held and not level:
            assert value < limit - margin if op in UPWARD else value > limit + margin
        held = level


@given(numbers, st.lists(st.tuples(levels, numbers, margins), max_size=6), st.sampled_from(["", *LEVELS]))
def test_what_is_held_is_never_milder_than_what_would_start(value, bands, held):
    table = [Band(level, limit, ">=", margin) for level, limit, margin in bands]
    assert weight(judge(value, table, NOON, held).level) >= weight(judge(value, table, NOON, "").level)


@given(numbers, numbers, st.lists(st.tuples(levels, numbers), max_size=6))
def test_a_higher_value_is_never_judged_milder(one, other, bands):
    table = [Band(level, limit) for level, limit in bands]
    low, high = sorted((one, other))
    assert weight(judge(low, table, NOON).level) <= weight(judge(high, table, NOON).level)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_a_season_over_new_year_and_its_rest_cover_each_day_once(day):
    winter = Band("blue", Decimal(0), season_from="1101", season_to="0331")
    summer = Band("blue", Decimal(0), season_from="0401", season_to="1031")
    moment = datetime.combine(day, NOON.time(), SHANGHAI)
    assert applies(winter, moment) != applies(summer, moment)


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 23))
def test_two_spans_of_hours_cover_each_hour_once(first, end, hour):
    if first == end:
        return
    day = Band("blue", Decimal(0), hour_from=first, hour_to=end)
    night = Band("blue", Decimal(0), hour_from=end, hour_to=first)
    moment = NOON.replace(hour=hour)
    assert applies(day, moment) != applies(night, moment)


def test_dates_are_inclusive():
    band = Band("blue", Decimal(1), valid_from=date(2026, 7, 17), valid_to=date(2026, 7, 18))
    days = [applies(band, NOON + timedelta(days=n)) for n in (-1, 0, 1, 2)]
    assert days == [False, True, True, False]


def test_a_table_is_changed_by_its_dates_without_a_gap():
    old = Band("orange", Decimal(28), valid_to=date(2026, 4, 30))
    new = Band("orange", Decimal(27), valid_from=date(2026, 5, 1))
    assert judge(Decimal("27.5"), (old, new), datetime(2026, 4, 30, 23, 59, tzinfo=SHANGHAI)).level == ""
    assert judge(Decimal("27.5"), (old, new), datetime(2026, 5, 1, tzinfo=SHANGHAI)).level == "orange"


def test_the_limits_in_force_are_told_from_the_others():
    night = Band("yellow", Decimal(45), hour_from=22, hour_to=6)
    assert in_force((*RIVER, night), NOON) == list(RIVER)
    assert in_force((*RIVER, night), NOON.replace(hour=23))[0] == night


def test_of_one_level_the_limit_that_says_more():
    two = (Band("yellow", Decimal(10)), Band("yellow", Decimal(20)))
    assert judge(Decimal(25), two, NOON).band == two[1]
    low = (Band("yellow", Decimal(20), "<="), Band("yellow", Decimal(10), "<="))
    assert judge(Decimal(5), low, NOON).band == low[1]


def test_words_that_compare_nothing_are_refused():
    with pytest.raises(ValueError, match="compares nothing"):
        exceeds(Decimal(1), "!", Decimal(1))
    assert gravest(["yellow", "red", "blue"]) == "red"
    assert gravest([]) == ""
