"""Trend, rate, folding, combinations, missing and late: what holds, and what a reading again does not change."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.clock import SHANGHAI
from connectors.rules import judging, specs
from connectors.rules.judging import Seen, step
from connectors.rules.sentences import Named, band_sentence, plain, sentence, span
from tests.connectors.rules.test_bands import RIVER

T0 = datetime(2026, 7, 17, 8, tzinfo=SHANGHAI)
NAMES = {
    "stage": Named("水位", "米"),
    "rain": Named("1小时雨量", "毫米"),
    "flow": Named("流量", "立方米每秒"),
}
values = st.lists(st.decimals(min_value=0, max_value=50, places=2), min_size=1, max_size=25)


def run(spec, readings, *, every_s: int = 300):
    """What the rule says after each reading; (metric, value) or a value of 水位."""
    memory: dict[str, Any] = {}
    said = []
    for place, one in enumerate(readings):
        metric, value = one if isinstance(one, tuple) else ("stage", one)
        at = T0 + timedelta(seconds=every_s * place)
        done = step(spec, memory, Seen(metric, at, Decimal(value)), at)
        memory = json.loads(json.dumps(done.memory))
        said.append(done.holds)
    return said


def spec(**when):
    fold = when.pop("fold", None)
    return specs.read({"when": when, "fold": fold} if fold else {"when": when})


def test_a_trend_is_a_row_of_rises_by_so_much():
    rising = spec(kind="trend", metric="stage", readings=3, least="0.5")
    assert run(rising, ["27", "27.2", "27.4", "27.8", "27.8", "28", "28.6"]) == [
        None, None, False, True, False, False, True,
    ]  # fmt: skip


def test_a_rate_looks_at_its_span_only():
    fast = spec(kind="rate", metric="stage", change="0.5", within_s=3600)
    assert run(fast, ["27", "27.3", "27.5"], every_s=1800) == [None, False, True]
    assert run(fast, ["27", "27.3", "27.9"], every_s=3600) == [None, False, True]
    assert run(fast, ["27", "27.4", "27.8"], every_s=3600) == [None, False, False]
    assert run(fast, ["27", "29", "27"], every_s=4000) == [None, False, False], "间隔比时段还长"
    either = spec(kind="rate", metric="stage", direction="either", change="0.5", within_s=3600)
    assert run(either, ["27", "26.4"]) == [None, True]


def test_a_slow_rise_is_seen_however_often_the_source_speaks():
    day = spec(kind="rate", metric="stage", change="1", within_s=24 * 3600)
    rise = [f"{27 + Decimal(place) / 1440}" for place in range(1500)]  # one metre a day, each minute
    said = run(day, rise, every_s=60)
    assert said.index(True) in range(1440, 1470), "不迟于时段的五十分之一"
    fall = spec(kind="rate", metric="stage", change="1", within_s=24 * 3600, direction="falling")
    assert True not in run(fall, rise, every_s=60)
    memory: dict[str, Any] = {}
    for place, value in enumerate(rise):
        at = T0 + timedelta(minutes=place)
        memory = step(day, memory, Seen("stage", at, Decimal(value)), at).memory
    assert len(memory["points"]["stage"]) <= judging.MOST_POINTS


def test_rare_hits_among_many_readings_are_all_counted():
    rare = spec(kind="threshold", metric="stage", limit="28", fold={"more_than": 3, "within_s": 3600})
    readings = ["29" if place % 150 == 0 else "27" for place in range(700)]
    said = run(rare, readings, every_s=5)  # a hit each twelve and a half minutes
    assert said.index(True) == 450
    assert said[449] is False


def test_folding_k_of_m_and_more_than_n():
    over = {"kind": "threshold", "metric": "stage", "limit": "28"}
    two_of_three = spec(**over, fold={"need": 2, "of": 3, "within_s": 3600})
    assert run(two_of_three, ["29", "20", "29", "20", "20"]) == [False, False, True, False, False]
    more = spec(**over, fold={"more_than": 2, "within_s": 3600})
    assert run(more, ["29", "29", "29", "20"]) == [False, False, True, True]
    assert run(more, ["29", "29", "29"], every_s=3000) == [False, False, False], "一小时以前的不算"


def test_a_combination_joins_metrics_and_hours():
    both = spec(
        kind="combined",
        parts=[
            {"kind": "threshold", "metric": "stage", "limit": "28", "margin": "0.5"},
            {"kind": "threshold", "metric": "rain", "limit": "30"},
        ],
    )
    said = run(both, ["29", ("rain", "10"), ("rain", "40"), "27.6", "27.4"])
    assert said == [None, False, True, True, False], "每个条件按自己的回差解除"
    night = spec(
        kind="combined", hour_from=22, hour_to=6, parts=[{"kind": "threshold", "metric": "stage", "limit": 1}]
    )
    assert run(night, ["29"]) == [False]
    any_of = spec(
        kind="combined",
        join="any",
        parts=[{"kind": "threshold", "metric": key, "limit": 10} for key in ("stage", "rain")],
    )
    assert run(any_of, [("rain", "40"), ("rain", "1"), "1"]) == [True, None, False]


@given(values)
def test_a_reading_again_or_an_older_one_changes_nothing(readings):
    rule = spec(kind="threshold", metric="stage", limit="25", fold={"more_than": 3, "within_s": 36000})
    memory: dict[str, Any] = {}
    for place, value in enumerate(readings):
        at = T0 + timedelta(minutes=place)
        memory = step(rule, memory, Seen("stage", at, value), at).memory
        for other in (at, at - timedelta(minutes=30)):
            again = step(rule, memory, Seen("stage", other, Decimal(49)), at)
            assert again.memory == memory
            assert again.holds == memory["held"]


@given(values)
def test_memory_stays_small_and_plain(readings):
    rule = spec(kind="rate", metric="stage", change="5", within_s=31 * 86400)
    memory: dict[str, Any] = {}
    for place, value in enumerate(readings * 12):
        at = T0 + timedelta(minutes=place)
        memory = json.loads(json.dumps(step(rule, memory, Seen("stage", at, value), at).memory))
    assert len(memory["points"]["stage"]) <= judging.MOST_POINTS


@given(values, st.integers(1, 5), st.integers(1, 5))
def test_k_of_m_agrees_with_counting(readings, need, of):
    if need > of:
        return
    rule = spec(
        kind="threshold", metric="stage", limit="25", fold={"need": need, "of": of, "within_s": 86400}
    )
    wanted = [
        sum(value >= 25 for value in readings[max(0, place + 1 - of) : place + 1]) >= need
        for place in range(len(readings))
    ]
    assert run(rule, readings) == wanted


def test_missing_and_late_go_by_the_clock():
    gone = specs.Missing(periods=3)
    assert not judging.is_missing(gone, T0, T0 + timedelta(seconds=900), 300)
    assert judging.is_missing(gone, T0, T0 + timedelta(seconds=901), 300)
    daily = specs.Late(by="08:30", since="07:00", days=(1, 2, 3, 4, 5))
    friday = T0.replace(hour=8, minute=30)
    assert not judging.is_late(daily, None, friday - timedelta(minutes=1))
    assert judging.is_late(daily, friday - timedelta(days=1), friday)
    assert not judging.is_late(daily, friday.replace(hour=7, minute=0), friday)
    assert not judging.is_late(daily, None, friday + timedelta(days=1)), "周六不要求"


@pytest.mark.parametrize(
    ("raw", "level", "words"),
    [
        (
            {"when": {"kind": "threshold", "metric": "stage", "limit": "28.00", "margin": "0.2"}},
            "orange",
            "水位达到或高于28米（回落到27.8米以下解除）时，发布橙色预警。",
        ),
        (
            {"when": {"kind": "trend", "metric": "stage", "readings": 4, "least": "0.3"}},
            "yellow",
            "水位连续4次上升且累计0.3米及以上时，发布黄色预警。",
        ),
        (
            {"when": {"kind": "rate", "metric": "stage", "change": "0.5", "within_s": 3600}},
            "yellow",
            "水位1小时内上升0.5米及以上时，发布黄色预警。",
        ),
        (
            {"when": {"kind": "missing", "periods": 3}},
            "blue",
            "该对象连续3个周期没有新数据时，发布蓝色预警。",
        ),
        (
            {"when": {"kind": "late", "metric": "rain", "by": "08:30", "since": "07:00", "days": [5, 1]}},
            "blue",
            "每周一、五08:30仍未收到1小时雨量当日07:00以后的数据时，发布蓝色预警。",
        ),
        (
            {
                "when": {
                    "kind": "combined",
                    "hour_from": 22,
                    "hour_to": 6,
                    "parts": [
                        {"kind": "threshold", "metric": "stage", "limit": 27},
                        {"kind": "threshold", "metric": "rain", "op": ">", "limit": 30},
                    ],
                },
                "fold": {"need": 2, "of": 3, "within_s": 7200},
            },
            "red",
            "2小时内最近3次中有2次出现每天22时至6时，水位达到或高于27米，且1小时雨量高于30毫米时，发布红色预警。",
        ),
        (
            {
                "when": {"kind": "threshold", "metric": "flow", "op": "<", "limit": 3},
                "fold": {"more_than": 5},
            },
            "blue",
            "1小时内超过5次出现流量低于3立方米每秒时，发布蓝色预警。",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(raw, level, words):
    assert sentence(specs.read(raw), level, NAMES) == words


def test_a_limit_reads_as_a_sentence():
    assert band_sentence(RIVER[0], NAMES["stage"]) == (
        "水位达到或高于警戒水位28米时，发布橙色预警，回落到27.8米以下解除。"
    )
    assert plain(Decimal("1E+2")) == "100"
    assert span(90) == "90秒"
    assert span(1800) == "30分钟"


@pytest.mark.parametrize(
    "raw",
    [
        {"when": {"kind": "threshold", "metric": "stage", "limit": "NaN"}},
        {"when": {"kind": "threshold", "metric": "Stage 1", "limit": 1}},
        {"when": {"kind": "combined", "parts": []}},
        {"when": {"kind": "missing"}, "fold": {"more_than": 1}},
        {"when": {"kind": "rate", "metric": "a", "change": 1}, "fold": {"need": 3, "of": 2}},
        {"when": {"kind": "rate", "metric": "a", "change": 1}, "fold": {"need": 3}},
        {"when": {"kind": "late", "by": "07:00", "since": "08:00"}},
        {"when": {"kind": "magic"}},
        "words",
    ],
)
def test_what_cannot_be_meant_is_refused(raw):
    with pytest.raises(ValidationError):
        specs.read(raw)
