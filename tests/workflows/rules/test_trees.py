"""Roll-up and circles as properties."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.trees import Share, rolled_up, would_cycle

shares = st.lists(
    st.builds(
        Share,
        percent=st.integers(0, 100),
        weight=st.integers(1, 1000),
        state=st.sampled_from(["in_progress", "closed", "cancelled"]),
    ),
    max_size=20,
)
IDS = [UUID(int=number) for number in range(12)]


@given(shares)
def test_the_whole_lies_between_its_parts_and_is_done_only_with_all_of_them(parts):
    counted = [one for one in parts if one.state != "cancelled"]
    whole = rolled_up(parts)
    if not counted:
        assert whole is None
        return
    assert min(one.percent for one in counted) <= whole <= max(one.percent for one in counted)
    assert (whole == 100) == all(one.percent == 100 for one in counted)


@given(shares, st.integers(1, 9))
def test_weights_count_only_against_each_other(parts, times):
    heavier = [Share(one.percent, one.weight * times, one.state) for one in parts]
    assert rolled_up(heavier) == rolled_up(parts)


@given(shares, st.randoms())
def test_the_order_of_parts_does_not_matter(parts, chance):
    mixed = list(parts)
    chance.shuffle(mixed)
    assert rolled_up(mixed) == rolled_up(parts)


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=60))
def test_whatever_is_tried_no_circle_comes_about(tries):
    parents: dict[UUID, UUID | None] = dict.fromkeys(IDS)
    for item, parent in tries:
        if not would_cycle(item, parent, parents):
            parents[item] = parent
    for item in IDS:
        seen: set[UUID] = set()
        at: UUID | None = item
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = parents[at]
