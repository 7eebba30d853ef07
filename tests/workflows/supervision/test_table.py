"""The one table: from stored snapshots, both clocks, the period before, reproducible, within one's sight."""

from datetime import date

import pytest

from common.errors import BadInputError, ForbiddenError
from workflows.models import ColourSnapshot, Item
from workflows.services import acts, extensions, items, nightly
from workflows.supervision import table
from workflows.supervision.table import TableAsk

pytestmark = pytest.mark.django_db


@pytest.fixture
def month(add, force, act, later):
    """Four items of two units through July: one closed late by the first clock, one overdue, one silent, one new."""
    first = add(title="延期后按时办结", due_on=date(2026, 7, 10), category="民生")
    add(title="逾期未办", due_on=date(2026, 7, 15), category="民生")
    add(title="农业平台", unit="farm", due_on=date(2026, 12, 31), category="项目")
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    for item in Item.objects.all():
        head = act("farm_head") if item.title == "农业平台" else act("civil_head")
        acts.check_sign_for(actor=head, item_id=item.pk)
    nightly.recolour_all()
    with later(on="2026-07-09T10:00"):
        extensions.check_ask_extension(
            actor=act("civil_head"), item_id=first.id, due_on=date(2026, 7, 20), reason="材料未齐"
        )
        extensions.check_decide_extension(actor=act("leader"), item_id=first.id, agree=True)
    with later(on="2026-07-18T10:00"):
        acts.check_report(actor=act("civil_head"), item_id=first.id, percent=100)
        acts.check_close(actor=act("leader"), item_id=first.id)
    with later(on="2026-07-21T00:05"):
        nightly.recolour_all()
    return first


def row(told, name):
    return next(one for one in told.rows if one.name == name)


def test_figures_by_both_clocks(month, act, later):
    with later(on="2026-07-21T10:00"):
        told = table.describe_table(act("leader"), TableAsk())
        civil = row(told, "市民政局").figures
    assert (told.since, told.day, told.as_of) == (date(2026, 7, 1), date(2026, 7, 21), date(2026, 7, 21))
    assert (civil.total, civil.done, civil.closed, civil.red) == (2, 1, 1, 1)
    assert (civil.on_time, civil.on_time_first) == (1, 0)  # by the extended due date, and by the first one
    assert (civil.overdue, civil.overdue_first, civil.extended) == (1, 1, 1)
    assert told.total.figures.total == 3
    shares = [one.figures.red / one.figures.total for one in told.rows]
    assert shares == sorted(shares, reverse=True)


def test_comparison_with_the_period_before(month, act, later):
    with later(on="2026-07-21T10:00"):
        ask = TableAsk(since=date(2026, 7, 12), day=date(2026, 7, 21))
        told = table.describe_table(act("leader"), ask)
    assert (told.before_day, told.before_as_of) == (date(2026, 7, 11), date(2026, 7, 1))
    before = row(told, "市民政局").before
    assert before is not None
    assert (before.total, before.red, before.done) == (2, 0, 0)


def test_a_past_day_stays_what_it_was(month, act, later, city):
    ask = TableAsk(day=date(2026, 7, 21))
    with later(on="2026-07-21T10:00"):
        then = table.describe_table(act("leader"), ask)
    with later(on="2026-08-20T10:00"):
        acts.check_transfer(
            actor=act("leader"), item_id=Item.objects.get(number=2).pk, lead_unit_id=city.units["farm"].pk
        )
        nightly.recolour_all()
        again = table.describe_table(act("leader"), ask)
        today = table.describe_table(act("leader"), TableAsk())
    assert again == then
    assert row(today, "市农业农村局").figures.total == 2


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("unit", {"市民政局": 2, "市农业农村局": 1}),
        ("region", {"咸宁市": 3}),
        ("category", {"民生": 2, "项目": 1}),
        ("kind", {"项目任务": 3}),
    ],
)
def test_groupings(month, act, later, by, names):
    with later(on="2026-07-21T10:00"):
        told = table.describe_table(act("inspector"), TableAsk(by=by))
    assert {one.name: one.figures.total for one in told.rows} == names


def test_every_figure_opens_its_items(month, act, later):
    with later(on="2026-07-21T10:00"):
        told = table.describe_table(act("leader"), TableAsk())
        for one in told.rows:
            for name, value in one.figures.model_dump().items():
                if name in {"percent", "planned"}:
                    continue
                which = "all" if name == "total" else name
                found = table.list_supervised(act("leader"), TableAsk(), key=one.key, which=which)
                assert len(found.items) == value, (one.name, name)


def test_ahead_is_what_turns_if_nobody_does_anything(add, force, act, later):
    add(title="下月到期", due_on=date(2026, 7, 9))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    nightly.recolour_all()
    kept = ColourSnapshot.objects.get()
    assert (kept.colour, kept.ahead) == ("green", "red")
    risks = table.list_supervised(act("leader"), TableAsk(), which="risk")
    assert [one.ahead for one in risks.items] == ["red"]


def test_who_sees_what(month, act, call, later):
    with later(on="2026-07-21T10:00"):
        assert len(table.describe_table(act("inspector"), TableAsk()).rows) == 2
        assert [one.name for one in table.describe_table(act("farm_head"), TableAsk()).rows] == [
            "市农业农村局"
        ]
        with pytest.raises(ForbiddenError):
            table.describe_table(act("civil_handler"), TableAsk())
        path = "/supervision/table?by=category"
        assert call("inspector").get(path).json()["total"]["figures"]["total"] == 3
        assert call("civil_handler").get(path).status_code == 403
        other = row(table.describe_table(act("leader"), TableAsk()), "市民政局").key
        assert call("farm_head").get(f"/supervision/table/items?key={other}").json()["items"] == []


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("by", {"by": "person"}),
        ("day", {"day": date(2026, 7, 2)}),
        ("since", {"since": date(2026, 7, 2)}),
        ("since", {"since": date(1999, 1, 1)}),
    ],
)
def test_refusals_name_the_field(act, field, wrong):
    with pytest.raises(BadInputError) as refused:
        table.describe_table(act("leader"), TableAsk(**wrong))
    assert refused.value.field == field


def test_wrong_columns_and_keys(act):
    for field, wrong in (
        ("which", {"which": "nothing"}),
        ("key", {"key": "x"}),
        ("cursor", {"cursor": "-1"}),
    ):
        with pytest.raises(BadInputError) as refused:
            table.list_supervised(act("leader"), TableAsk(), **wrong)
        assert refused.value.field == field


def test_queries_do_not_grow(month, act, later, django_assert_num_queries):
    with later(on="2026-07-21T10:00"):
        table.describe_table(act("leader"), TableAsk())
        with django_assert_num_queries(7):
            table.describe_table(act("leader"), TableAsk())
