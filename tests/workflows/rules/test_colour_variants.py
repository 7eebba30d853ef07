"""colour_variants.csv, overrides.csv and override_rights.csv were written by hand before the code."""

import csv
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.colour_tables import RuleTableError, fields_of, table_of, words_of
from workflows.rules.colours import DEFAULT_RULE, Colour, Facts, colour_of
from workflows.rules.moves import ItemState
from workflows.rules.overrides import (
    Direction,
    Override,
    direction,
    override_of,
    shown_colour,
    worse,
)
from workflows.rules.working_days import SHANGHAI

HERE = Path(__file__).parent
TABLES = {
    "default": DEFAULT_RULE,
    "caught_up": table_of(2, {"caught_up_is_yellow": True}),
    "unstarted": table_of(3, {"unstarted_red_days": 90}),
    "strict": table_of(
        4,
        {
            "yellow_lag": 5,
            "red_lag": 20,
            "red_rejections": 1,
            "red_name": "红单",
            "yellow_name": "黄单",
            "green_name": "绿单",
        },
    ),
}


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize("row", rows("colour_variants.csv"), ids=lambda row: row["case"])
def test_variants(calendar, row):
    facts = Facts(
        state=ItemState(row["state"]),
        starts_on=date.fromisoformat(row["starts_on"]),
        due_on=date.fromisoformat(row["due_on"]),
        percent=int(row["percent"]),
        reporting_since=day(row["reporting_since"]),
        behind_since=day(row["behind_since"]),
        fell_behind_on=day(row["fell_behind_on"]),
        rejected=int(row["rejected"]),
        quality_finding=row["quality"] == "yes",
    )
    verdict = colour_of(facts, TABLES[row["rule"]], datetime.fromisoformat(row["now"]), calendar)
    expected = (row["colour"], row["reason_code"], row["because"])
    assert (verdict.colour, verdict.reason_code, verdict.because) == expected, row["why"]


@pytest.mark.parametrize("row", rows("overrides.csv"), ids=lambda row: row["case"])
def test_what_is_shown(row):
    override = None
    if row["colour"]:
        override = Override(
            Colour(row["colour"]), Colour(row["lowered_from"]) if row["lowered_from"] else None
        )
    assert shown_colour(Colour(row["computed"]), override) == row["shown"], row["why"]


@pytest.mark.parametrize("row", rows("override_rights.csv"), ids=lambda row: row["case"])
def test_who_is_needed(row):
    found = direction(Colour(row["computed"]), Colour(row["shown"]), Colour(row["wanted"]))
    assert found == row["direction"], row["why"]
    assert (found == Direction.LOWER) == (row["officer_needed"] == row["end_needed"] == "yes")


COLOURS = st.sampled_from([Colour.RED, Colour.YELLOW, Colour.GREEN])


@given(COLOURS, COLOURS, COLOURS)
def test_only_a_lowering_shows_less_than_the_figures(at_first, wanted, later):
    override = override_of(at_first, wanted)
    shown = shown_colour(later, override)
    if worse(later, shown):
        assert override is not None
        assert override.lowered_from is not None
        assert direction(at_first, at_first, wanted) == Direction.LOWER
        assert not worse(later, override.lowered_from)


FACTS = st.builds(
    Facts,
    state=st.sampled_from(list(ItemState)),
    starts_on=st.just(date(2026, 6, 1)),
    due_on=st.integers(0, 200).map(lambda days: date(2026, 6, 1) + timedelta(days=days)),
    percent=st.integers(0, 100),
    rejected=st.integers(0, 3),
    fell_behind_on=st.sampled_from([None, date(2026, 6, 10)]),
    quality_finding=st.booleans(),
)


@given(FACTS, st.integers(0, 250))
def test_the_variant_never_lowers_and_never_shows_green_to_what_fell_behind(calendar, facts, days):
    now = datetime(2026, 6, 1, 10, tzinfo=SHANGHAI) + timedelta(days=days)
    plain = colour_of(facts, DEFAULT_RULE, now, calendar)
    variant = colour_of(facts, TABLES["caught_up"], now, calendar)
    assert not worse(plain.colour, variant.colour)
    assert variant == colour_of(facts, TABLES["caught_up"], now, calendar)
    if facts.fell_behind_on:
        assert variant.colour != Colour.GREEN
    else:
        assert variant.colour == plain.colour


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"yellow_lag": 30}, "red_lag"),
        ({"red_lag": 0}, "red_lag"),
        ({"near_due_percent": "80"}, "near_due_percent"),
        ({"report_period_days": True}, "report_period_days"),
        ({"caught_up_is_yellow": 1}, "caught_up_is_yellow"),
        ({"red_name": ""}, "red_name"),
        ({"red_name": "绿"}, "green_name"),
        ({"blue": 3}, "blue"),
    ],
)
def test_a_bad_table_names_its_field(change, field):
    with pytest.raises(RuleTableError) as refused:
        table_of(9, change)
    assert refused.value.field == field


@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_as_it_was_stored(name):
    table = TABLES[name]
    assert table_of(table.version, fields_of(table)) == table
    assert len(words_of(table)) >= 4
    assert replace(table, version=1) == DEFAULT_RULE or name != "default"
