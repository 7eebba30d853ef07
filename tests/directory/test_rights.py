"""docs/rights.md, the CSV and `may` say the same, in every cell."""

import csv
from uuid import UUID

import pytest
from django.conf import settings

from common.errors import ForbiddenError
from directory.actors import Actor, system_actor
from directory.management.commands.rights_page import table_lines
from directory.services import rights
from directory.services.rights import Scope
from directory.services.verbs import SCOPES, VERBS
from directory.store.models import PostRole
from directory.store.tree import Tree


def unit(number: int) -> UUID:
    return UUID(int=number)


OURS, BELOW, GUIDED, NEIGHBOUR, ELSEWHERE = map(unit, range(1, 6))
TREE = Tree(
    block={BELOW: OURS, NEIGHBOUR: None, GUIDED: ELSEWHERE},
    line={GUIDED: OURS},
    city={OURS: "421200", BELOW: "421200", NEIGHBOUR: "421200", ELSEWHERE: "420100", GUIDED: "420100"},
)
POST = UUID(int=77)

# What each subject is to an actor of unit OURS in POST: the scopes that hold, worked out by hand.
SUBJECTS = {
    "a stranger's": (Scope(unit_id=ELSEWHERE), set()),
    "nobody's": (Scope(), set()),
    "our unit's": (Scope(unit_id=OURS), {"own_unit", "subtree", "line", "city"}),
    "led by our unit": (Scope(lead_unit_ids=(ELSEWHERE, OURS)), {"own_unit", "subtree", "line", "city"}),
    "below us": (Scope(unit_id=BELOW), {"subtree", "city"}),
    "guided by us in another city": (Scope(lead_unit_ids=(GUIDED,)), {"line"}),
    "in our city": (Scope(unit_id=NEIGHBOUR), {"city"}),
    "mine by post": (Scope(owner_post_id=POST), {"self"}),
    "mine in person": (Scope(owner_staff_id=5), {"self"}),
    "of the force that I lead by post": (Scope(taskforce_lead_post_id=POST), {"lead"}),
    "of the force that I lead": (Scope(taskforce_lead_staff_id=5, unit_id=ELSEWHERE), {"lead"}),
    "of the force that our unit runs": (Scope(taskforce_unit_id=OURS), {"task_force", "member"}),
    "of a force with our unit in it": (Scope(member_unit_ids=(ELSEWHERE, OURS)), {"member"}),
}
ROLES = [*PostRole.values, "bot"]


def someone(role: str) -> Actor:
    if role == "bot":
        return Actor(staff_id=5, staff_number="b", name="督办助手", kind="bot", post_id=POST, unit_id=OURS)
    return Actor(
        staff_id=5, staff_number="n", name="某人", post_id=POST, post_role=role, post_title=role, unit_id=OURS
    )


def given() -> set[tuple[str, str, str]]:
    """The CSV read without the code under test."""
    cells = set()
    with (settings.BASE_DIR / "directory" / "rights.csv").open(encoding="utf-8", newline="") as file:
        for verb, role, scope in list(csv.reader(file))[1:]:
            for each in PostRole.values if role == "*" else [role]:
                cells.add((verb, each, scope))
    return cells


@pytest.mark.parametrize("verb", VERBS)
def test_every_cell(verb, monkeypatch):
    monkeypatch.setattr(rights, "cached_tree", lambda: TREE)
    monkeypatch.setattr(rights, "read_branches", lambda _units: TREE)
    for role in ROLES:
        walk_cell(verb, role)


def walk_cell(verb, role):
    scopes = {scope for known, whose, scope in given() if (known, whose) == (verb, role)}
    for words, (subject, holds) in SUBJECTS.items():
        expected = bool(scopes & (holds | {"any"}))
        assert rights.may(someone(role), verb, subject) is expected, f"{role} {verb} what is {words}"
        if expected:
            rights.require(someone(role), verb, subject)
        else:
            with pytest.raises(ForbiddenError) as refused:
                rights.require(someone(role), verb, subject)
            assert str(VERBS[verb]) in refused.value.user_message()


def test_every_verb_is_given_to_somebody():
    assert {verb for verb, _, _ in given()} == set(VERBS)


def test_without_a_post_nothing_is_allowed():
    former = Actor(staff_id=5, staff_number="n", name="某人")
    assert rights.verbs_of(former) == []
    with pytest.raises(ForbiddenError, match="没有有效任职"):
        rights.require(former, "room.create")


def test_without_a_subject_relations_do_not_count():
    assert not rights.may(someone("office"), "item.dispatch")
    assert rights.may(someone("office"), "room.create")
    assert rights.may(someone("digital_officer"), "account.manage")


def test_the_system_may_and_an_unknown_verb_is_a_mistake():
    assert rights.may(system_actor("定时任务"), "item.close", Scope())
    with pytest.raises(ValueError, match=r"item\.fly"):
        rights.may(someone("head"), "item.fly")


def test_a_loop_in_the_tree_ends():
    loop = Tree(block={OURS: BELOW, BELOW: OURS})
    assert not loop.is_under(OURS, ELSEWHERE, loop.block)


def test_page_and_table_are_equal():
    page = (settings.BASE_DIR / "docs" / "rights.md").read_text(encoding="utf-8")
    assert "".join(table_lines()) in page, "run `manage.py rights_page`"
    for scope in SCOPES:
        assert f"- `{scope}`: " in page
