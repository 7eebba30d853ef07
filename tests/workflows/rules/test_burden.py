"""What may not be asked; burden.csv was written by hand with one reason a row."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.burden import find, rules

with (Path(__file__).parent / "burden.csv").open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))
SAMPLE = Path(__file__).parents[3] / "demo" / "data" / "xianning_projects.csv"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['where']}-{row['text']}")
def test_vectors(row):
    found = find(row["text"], row["where"])
    assert (found[0] if found else "") == row["rule"]


def test_every_rule_has_a_vector():
    assert {rule.code for rule in rules()} == {row["rule"] for row in ROWS} - {""}


def test_the_projects_of_the_sample_list_pass():
    with SAMPLE.open(encoding="utf-8-sig", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert [cell for cell in cells if find(cell, "item")] == []


@given(st.text(max_size=60), st.sampled_from(["item", "order", "poll", "form", "indicator"]))
def test_any_text_is_judged(text, where):
    found = find(text, where)
    assert found is None or found[1]


@given(st.sampled_from([row for row in ROWS if row["rule"]]), st.sampled_from(["严禁", "不得", "取消"]))
def test_what_forbids_it_passes(row, word):
    assert find(f"{word}{row['text']}".replace("，", ""), row["where"]) is None
