from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.editions import Change, Entry, compare, counts


def entry(seq, name, budget=100, lead="市民政局", category="数字化治理", key=None):
    return Entry(key or (seq, name), seq, name, category, Decimal(budget), lead)


OLD = [
    entry(1, "区块链赋能平台"),
    entry(2, "智慧病房"),
    entry(3, "咸宁市智慧养老服务平台"),
    entry(4, "市智慧工地云监管平台系统"),
]


def told(differences):
    return [
        (one.change.value, one.old and one.old.seq, one.new and one.new.seq, one.fields)
        for one in differences
    ]


def test_the_same_edition_changes_nothing():
    assert counts(compare(OLD, OLD)) == {"added": 0, "changed": 0, "removed": 0, "same": 4}


def test_a_newer_edition():
    new = [
        entry(1, "区块链赋能平台", budget=900),
        entry(2, "智慧病房（二期）"),
        entry(4, "市智慧工地云监管平台系统", lead="市住建局"),
        entry(5, "网上金融服务平台"),
    ]
    assert told(compare(OLD, new)) == [
        ("changed", 1, 1, ("budget_wan",)),
        ("changed", 2, 2, ("name",)),
        ("changed", 4, 4, ("lead",)),
        ("added", None, 5, ()),
        ("removed", 3, None, ()),
    ]


def test_renumbering_follows_the_name():
    new = [entry(2, "区块链赋能平台"), entry(1, "智慧病房"), *OLD[2:]]
    assert told(compare(OLD, new))[:2] == [("changed", 1, 2, ("seq",)), ("changed", 2, 1, ("seq",))]


def test_marks_and_width_in_a_name_are_a_change_of_words_not_of_project():
    (difference,) = compare([entry(1, "“智慧长江”建设项目")], [entry(1, '"智慧长江" 建设项目')])
    assert (difference.change, difference.fields) == (Change.CHANGED, ("name",))


def test_another_project_under_an_old_number_is_another_project():
    assert told(compare([entry(1, "智慧病房")], [entry(1, "渔政执法综合管理")])) == [
        ("added", None, 1, ()),
        ("removed", 1, None, ()),
    ]


def test_without_numbers_only_a_slip_is_believed():
    long = "咸宁市西凉湖流域渔政执法综合管理系统"
    slip = compare([entry(None, long)], [entry(None, long.replace("渔政", "渔正"))])
    other = compare([entry(None, "智慧社区服务平台")], [entry(None, "智慧养老服务平台")])
    assert [one.change for one in slip] == [Change.CHANGED]
    assert [one.change for one in other] == [Change.ADDED, Change.REMOVED]


ENTRIES = st.lists(
    st.builds(
        entry, st.one_of(st.none(), st.integers(1, 6)), st.text("甲乙丙丁 “", max_size=6), st.integers(0, 3)
    ),
    max_size=8,
)


@given(ENTRIES, ENTRIES)
def test_every_entry_of_both_editions_is_told_exactly_once(old, new):
    differences = compare(old, new)
    assert [one.new for one in differences if one.new] == new
    told_old = [id(one.old) for one in differences if one.old]
    assert sorted(told_old) == sorted(id(one) for one in old)


@given(ENTRIES)
def test_an_edition_against_itself_loses_and_adds_nothing(entries):
    nameless = [one for one in entries if not one.name.strip(" “")]
    found = counts(compare(entries, entries))
    assert found["added"] == found["removed"] == len(nameless)


def test_two_long_lists_without_a_common_name_are_compared_at_once():
    old = [entry(None, f"旧项目第{number}号建设工程", key=("old", number)) for number in range(3000)]
    new = [entry(None, f"新清单甲乙丙丁{number}", key=("new", number)) for number in range(3000)]
    assert counts(compare(old, new)) == {"added": 3000, "changed": 0, "removed": 3000, "same": 0}


def test_a_list_that_repeats_one_name_does_not_explode():
    many = [entry(None, "智慧病房", key=number) for number in range(3000)]
    assert counts(compare(many, many))["same"] == 3000
