"""The table says whom an issuer commands; the rule must say the same, for every row and never more."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.command_scope import BODIES, INDEPENDENT, LEVELS, Acts, Organ, Ties, rule_on

TABLE = Path(__file__).with_name("command_scope.csv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
KINDS = ["party_committee", "government", "office", *INDEPENDENT, "coordinating", "department"]


def ties_of(words: str) -> Ties:
    return Ties(**{"same" if word == "self" else word: True for word in words.split("+") if word != "none"})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["because"])
def test_each_row_of_the_table(row):
    acts, _, mandate_of = row["acts"].partition(":")
    ruling = rule_on(
        Organ(row["issuer"], row["level"]),
        Organ(row["recipient"], row["recipient_level"], row["line_managed"] == "1"),
        ties_of(row["ties"]),
        acts=Acts(acts),
        mandate_of=mandate_of,
    )
    assert ruling.verdict == row["verdict"], ruling.reason
    assert ruling.commanded or "商请" in ruling.reason


def test_no_row_says_the_same_facts_twice():
    facts = [tuple(row[name] for name in list(row)[:7]) for row in ROWS]
    assert len(set(facts)) == len(facts)


organs = st.builds(Organ, st.sampled_from(KINDS), st.sampled_from(LEVELS), st.booleans())
ties = st.builds(Ties, *[st.booleans()] * 5)
outward = st.builds(Ties, st.just(value=False), *[st.booleans()] * 4)
mandates = st.sampled_from(["", "government", "party_committee", "department"])


@given(organs, organs, outward, st.sampled_from(Acts), mandates)
def test_independent_bodies_are_never_commanded_from_outside(issuer, recipient, tie, acts, mandate):
    ruling = rule_on(issuer, recipient, tie, acts=acts, mandate_of=mandate)
    if recipient.kind in INDEPENDENT:
        assert not ruling.commanded


@given(organs, organs, outward, st.sampled_from(Acts), mandates)
def test_a_party_committee_or_government_is_commanded_by_its_like_from_above_only(
    issuer, recipient, tie, acts, mandate
):
    ruling = rule_on(issuer, recipient, tie, acts=acts, mandate_of=mandate)
    if recipient.kind in BODIES and ruling.commanded:
        assert LEVELS.index(recipient.level) < LEVELS.index(issuer.level)
        assert issuer.kind in BODIES or (issuer.kind == "office" and acts == Acts.MANDATE)


@given(organs, organs, outward, st.sampled_from(Acts), mandates)
def test_line_managed_units_are_commanded_along_the_line_only(issuer, recipient, tie, acts, mandate):
    ruling = rule_on(issuer, recipient, tie, acts=acts, mandate_of=mandate)
    if recipient.line_managed and recipient.kind not in BODIES and ruling.commanded:
        assert tie.line


@given(organs, organs, st.sampled_from(Acts), mandates)
def test_without_any_tie_nobody_is_commanded(issuer, recipient, acts, mandate):
    assert not rule_on(issuer, recipient, Ties(), acts=acts, mandate_of=mandate).commanded


@given(organs, organs, ties, st.sampled_from(Acts), mandates)
def test_every_ruling_has_its_sentence(issuer, recipient, tie, acts, mandate):
    assert rule_on(issuer, recipient, tie, acts=acts, mandate_of=mandate).reason
