"""Rankings are a pure function of frozen facts: the table by hand, and what must hold for any facts."""

import csv
import json
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.ranking import Facts, Formula, facts_from, facts_json, next_allowed, rank

ROWS = list(csv.DictReader((Path(__file__).parent / "ranking.csv").read_text(encoding="utf-8").splitlines()))
CASES = {case: list(rows) for case, rows in groupby(ROWS, key=lambda row: row["case"])}
DEFAULT = Formula(1, 50, 20, 30)


def facts_of(row, order):
    numbers = {name: int(row[name]) for name in ("due", "on_time", "done", "actual", "planned")}
    return Facts(unit=row["unit"], name=row["unit"], level=row["level"], order=order, **numbers)


@pytest.mark.parametrize("case", CASES)
def test_as_written_down_by_hand(case):
    rows = CASES[case]
    formula = Formula(1, *map(int, rows[0]["weights"].split("/")))
    lines = {line.unit: line for line in rank([facts_of(row, n) for n, row in enumerate(rows)], formula)}
    for row in rows:
        if row["level"] not in {"prefecture", "county"}:
            assert row["unit"] not in lines, row["reason"]
            continue
        line = lines[row["unit"]]
        assert (line.score or "", str(line.rank or "")) == (row["score"], row["rank"]), row["reason"]


@st.composite
def some_facts(draw):
    due = draw(st.integers(0, 12))
    done = draw(st.integers(0, due))
    return {
        "level": draw(st.sampled_from(["prefecture", "county", "township", "village"])),
        "order": draw(st.integers(0, 5)),
        "due": due,
        "done": done,
        "on_time": draw(st.integers(0, done)),
        "actual": draw(st.integers(0, 1000)),
        "planned": draw(st.integers(0, 1000)),
    }


many = st.lists(some_facts(), max_size=12).map(
    lambda rows: [Facts(unit=f"u{n}", name=f"单位{n}", **row) for n, row in enumerate(rows)]
)
formulas = st.integers(0, 100).flatmap(
    lambda one: st.integers(0, 100 - one).map(lambda two: Formula(3, one, two, 100 - one - two))
)


@given(many, formulas, st.randoms())
def test_recomputed_from_what_was_stored_it_is_the_same(facts, formula, random):
    stored = json.loads(json.dumps(facts_json(facts)))
    random.shuffle(stored)
    assert rank(facts_from(stored), formula) == rank(facts, formula)


def points_of(line):
    assert line.score is not None
    return float(line.score)


@given(many, formulas)
def test_what_holds_for_any_facts(facts, formula):
    lines, by_unit = rank(facts, formula), {one.unit: one for one in facts}
    assert {line.unit for line in lines} == {
        one.unit for one in facts if one.level in {"prefecture", "county"}
    }
    for group in ("city", "county"):
        ranked = [line for line in lines if line.group == group and line.rank is not None]
        assert {line.unit for line in lines if line.group == group and line.rank is None} == {
            line.unit for line in lines if line.group == group and not by_unit[line.unit].due
        }
        ranks = [line.rank for line in ranked if line.rank is not None]
        assert ranks == sorted(ranks)
        for one in ranked:
            better = sum(points_of(other) > points_of(one) for other in ranked)
            assert one.rank == better + 1  # so equal scores share a rank, and the next one skips
            assert 0 <= points_of(one) <= 100


def test_at_most_monthly_unless_the_basis_says_otherwise():
    assert next_allowed(None, None) is None
    assert next_allowed(date(2026, 7, 1), None) == date(2026, 8, 1)
    assert next_allowed(date(2026, 1, 31), None) == date(2026, 2, 28)
    assert next_allowed(date(2026, 12, 15), None) == date(2027, 1, 15)
    assert next_allowed(date(2026, 7, 1), 7) == date(2026, 7, 8)


def test_the_formula_can_be_read():
    assert "按时完成率×50＋完成率×20＋计划达成率×30" in DEFAULT.sentence()
