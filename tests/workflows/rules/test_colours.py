"""The table was written by hand before the code; see colours.csv, one sentence of reason a row."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.colours import DEFAULT_RULE, Colour, CurvePoint, Facts, Node, colour_of, planned_percent
from workflows.rules.moves import ItemState
from workflows.rules.working_days import SHANGHAI

with (Path(__file__).parent / "colours.csv").open(encoding="utf-8") as lines:
    TABLE = list(csv.DictReader(lines))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def facts_of(row: dict[str, str]) -> Facts:
    curve = [point.split(":") for point in row["curve"].split(";") if point]
    nodes = [node.replace("=", "@").split("@") for node in row["nodes"].split(";") if node]
    return Facts(
        state=ItemState(row["state"]),
        starts_on=date.fromisoformat(row["starts_on"]),
        due_on=date.fromisoformat(row["due_on"]),
        percent=int(row["percent"]),
        curve=tuple(CurvePoint(date.fromisoformat(on), int(percent)) for on, percent in curve),
        nodes=tuple(Node(name, date.fromisoformat(due), state == "done") for name, due, state in nodes),
        reporting_since=day(row["reporting_since"]),
        last_change_on=day(row["last_change_on"]),
        behind_since=day(row["behind_since"]),
        rejected=int(row["rejected"]),
        serious_fact=row["serious"] == "yes",
        quality_finding=row["quality"] == "yes",
        data_contradict=row["contradicted"] == "yes",
    )


@pytest.mark.parametrize("row", TABLE, ids=[row["case"] for row in TABLE])
def test_table(calendar, row):
    verdict = colour_of(facts_of(row), DEFAULT_RULE, datetime.fromisoformat(row["now"]), calendar)
    expected = (row["colour"], row["reason_code"], row["because"])
    assert (verdict.colour, verdict.reason_code, verdict.because) == expected, row["why"]


def test_table_covers_every_reason_and_its_working_days_agree_with_chinesecalendar():
    codes = {(row["colour"], row["reason_code"]) for row in TABLE}
    assert len(codes) == 5 + 6 + 5 + 2, sorted(codes)  # grey, red, yellow, green
    for row in TABLE:
        if row["reason_code"] != "near_due" or "今日" in row["because"] or "未录入" in row["because"]:
            continue
        today = datetime.fromisoformat(row["now"]).astimezone(SHANGHAI).date()
        due = date.fromisoformat(row["due_on"])
        days = chinese_calendar.get_workdays(today + timedelta(days=1), due)
        assert f"距时限{len(days)}个工作日" in row["because"], row["case"]


STATES = st.sampled_from([ItemState.SIGNED_FOR, ItemState.IN_PROGRESS, ItemState.DISPATCHED])
START = date(2026, 3, 2)


@given(STATES, st.integers(0, 200), st.integers(-20, 250), st.integers(0, 100), st.integers(0, 100))
def test_more_progress_is_never_a_worse_colour(calendar, state, length, today, one, other):
    now = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI) + timedelta(days=today)
    rank = [Colour.RED, Colour.YELLOW, Colour.GREEN, Colour.GREY]
    less, more = (
        rank.index(
            colour_of(
                Facts(state, START, START + timedelta(days=length), percent), DEFAULT_RULE, now, calendar
            ).colour
        )
        for percent in sorted((one, other))
    )
    assert less <= more


@given(st.integers(0, 300), st.integers(-5, 320), st.lists(st.integers(0, 100), max_size=5))
def test_planned_progress_rises_from_0_to_100(length, offset, percents):
    due = START + timedelta(days=length)
    spread = len(percents) + 1
    curve = tuple(
        CurvePoint(START + timedelta(days=length * (n + 1) // spread), percent)
        for n, percent in enumerate(sorted(percents))
    )
    facts = Facts(ItemState.IN_PROGRESS, START, due, 0, curve)
    today = START + timedelta(days=offset)
    planned = planned_percent(facts, today)
    assert 0 <= planned <= planned_percent(facts, today + timedelta(days=1)) <= 100
    assert planned == 0 or today > START
    assert planned == 100 or today <= due
