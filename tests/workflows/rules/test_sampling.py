"""Drawing by a seed: reproducible, fair, and nobody inspects their own."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.sampling import NobodyUnrelatedError, assign, digest_of, draw

NAMES = st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=12)


@given(seed=st.text(max_size=8), pool=NAMES, count=st.integers(0, 12))
def test_the_same_seed_and_pool_give_the_same_draw_in_whatever_order_the_pool_comes(seed, pool, count):
    drawn = draw(seed, pool, count)
    assert drawn == draw(seed, reversed(pool), count)
    assert len(drawn) == len(set(drawn)) == min(count, len(pool))
    assert set(drawn) <= set(pool)
    assert draw(seed, pool, count + 1)[:count] == drawn[:count]
    assert digest_of(pool) == digest_of(reversed(pool))


def test_a_known_draw():
    """Written down, so that no later version of the code may draw otherwise."""
    pool = [f"item-{number}" for number in range(10)]
    assert draw("2026-07", pool, 3) == KNOWN


KNOWN = ["item-3", "item-1", "item-6"]  # by sha256sum and sort


def test_each_is_drawn_about_as_often_as_any_other():
    pool = [str(number) for number in range(10)]
    hits = Counter(one for seed in range(2000) for one in draw(str(seed), pool, 3))
    assert all(500 < hits[one] < 700 for one in pool)


@given(
    seed=st.text(max_size=8),
    subjects=NAMES,
    inspectors=st.lists(st.sampled_from("uvwxyz"), min_size=1, unique=True),
)
def test_no_inspector_is_related_and_who_was_passed_over_is_told(seed, subjects, inspectors):
    def related(inspector, subject):
        return inspector in "uvw" and len(subject) % 2 == 1

    if any(len(subject) % 2 for subject in subjects) and not set(inspectors) - set("uvw"):
        with pytest.raises(NobodyUnrelatedError):
            assign(seed, subjects, inspectors, related)
        return
    found = assign(seed, subjects, inspectors, related)
    assert [one.subject for one in found] == subjects
    assert not any(related(one.inspector, one.subject) for one in found)
    assert all(one.instead_of is None or related(one.instead_of, one.subject) for one in found)
    assert found == assign(seed, subjects, list(reversed(inspectors)), related)
