"""The pending list: one order over all sources, pages that neither skip nor repeat, the same counts everywhere."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadInputError
from directory.actors import Actor
from workflows.models import Item
from workflows.pending import count_pending, list_pending, lists, nth_page, page_pending, registry
from workflows.pending.order import Place, cursor_of, due_moment, place_of
from workflows.pending.registry import PendingEntry, PendingSource
from workflows.rules.working_days import SHANGHAI
from workflows.services import absences, acts, items

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(add, force, act):
    """Twelve items of one unit: some to sign for, some signed and late."""
    for day in range(12):
        add(title=f"事项{day}", due_on=date(2026, 7, 3 + day // 2))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    for item in Item.objects.order_by("number")[:6]:
        acts.check_sign_for(actor=act("civil_liaison"), item_id=item.pk)


def walk(actor, **more):
    found, cursor = [], None
    while True:
        page = page_pending(actor, cursor=cursor, **more)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_of_all_sources_are_one_list_due_first(busy, act, later, limit):
    with later(days=9):
        rows = walk(act("civil_liaison"), limit=limit)
        counted = count_pending(act("civil_liaison"))
    assert len(rows) == counted.total == 12
    assert len({row.subject for row in rows}) == 12
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows)
    assert {row.source for row in rows} == {"sign_for", "report"}


def test_a_page_goes_on_where_it_was_when_something_is_done_meanwhile(busy, act, later):
    liaison = act("civil_liaison")
    with later(days=9):
        everything = walk(liaison, limit=100)
        first = page_pending(liaison, limit=5)
        for row in first.items:
            if row.source == "sign_for":
                acts.check_sign_for(actor=liaison, item_id=row.subject)
            else:
                acts.check_report(actor=liaison, item_id=row.subject, percent=100)
        rest = page_pending(liaison, cursor=first.next, limit=100)
    assert [row.subject for row in (*first.items, *rest.items)] == [row.subject for row in everything]


def test_source_and_words_filter_rows_and_counts(busy, act, later):
    liaison = act("civil_liaison")
    with later(days=9):
        assert {row.source for row in walk(liaison, source="sign_for", limit=4)} == {"sign_for"}
        assert [row.title for row in walk(liaison, words="事项7 数字政府")] == ["8 事项7"]
        assert count_pending(liaison, words="事项7").total == 1
        assert count_pending(liaison, words="没有").total == 0


def test_urgent_is_what_is_due_today_or_before(busy, act, later):
    with later(on="2026-07-06T10:00"):
        counted = count_pending(act("civil_liaison"))
        rows = walk(act("civil_liaison"))
    assert counted.urgent == sum(row.due_on <= date(2026, 7, 6) for row in rows) == 8


def test_who_stands_in_sees_what_waits_for_the_absent_person_and_no_longer(busy, act, later, call):
    liaison, handler = act("civil_liaison"), act("civil_handler")
    # Whose the signer was made the handler of are not on another handler's list.
    first, last = date(2026, 7, 9), date(2026, 7, 10)
    absences.check_set(actor=liaison, user_id="", acting="civil_handler", starts_on=first, ends_on=last)
    with later(days=9):
        rows = walk(handler, limit=3)
        counted = count_pending(handler)
        mine = {row.subject for row in rows if row.source != "stand_in"}
        stands = [row for row in rows if row.source == "stand_in"]
        assert [row.title for row in stands] == [f"（代民政联）{n} 事项{n - 1}" for n in range(1, 7)]
        assert {row.subject for row in stands} & mine == set()
        assert mine | {row.subject for row in stands} == {row.subject for row in walk(liaison)}
        assert counted.total == len(rows) == call("civil_handler").get("/pending/counts").json()["total"]
        assert stands[0].detail.startswith("待反馈 · ")
        assert all(row.deed is None for row in stands)
        assert "stand_in" not in {row.source for row in walk(act("civil_head"))}
    with later(days=12):
        assert "stand_in" not in {row.source for row in walk(handler)}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("cursor", {"cursor": "abc"}),
        ("cursor", {"cursor": "WyJ4IiwieSIsInoiXQ=="}),
        ("cursor", {"cursor": "bnVsbA=="}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": 101}),
        ("source", {"source": "nothing"}),
        ("q", {"words": "长" * 101}),
    ],
)
def test_refusals_name_the_field(act, field, wrong):
    with pytest.raises(BadInputError) as refused:
        page_pending(act("civil_liaison"), **wrong)
    assert refused.value.field == field


def test_queries_do_not_grow_with_rows(busy, act, later, django_assert_max_num_queries):
    liaison = act("civil_liaison")
    with later(days=9):
        page_pending(liaison, limit=100)  # the cached tree of units
        most = 4 * len(registry.sources())
        with django_assert_max_num_queries(most):
            page_pending(liaison, limit=100)
        with django_assert_max_num_queries(most):
            count_pending(liaison)
        # One for each source, and what some must know first: absences, posts, forces that one leads.
        with django_assert_max_num_queries(len(registry.sources()) + 4):
            list_pending(liaison)


def test_forces_and_ledgers_are_read_once_for_all_sources(busy, act):
    """Five sources ask which forces a leader leads; outside of one list they are read anew."""
    leader = act("leader")
    for read in (page_pending, list_pending, count_pending):
        with CaptureQueriesContext(connection) as asked:
            read(leader)
        forces = [
            one
            for one in asked.captured_queries
            if re.search(r'FROM "workflows_taskforce" WHERE', one["sql"])
        ]
        assert forces
        assert len({one["sql"] for one in forces}) == len(forces)
    assert page_pending(leader, source="check_report").items == []
    acts.check_report(actor=act("civil_liaison"), item_id=Item.objects.order_by("number")[0].pk, percent=100)
    assert len(page_pending(leader, source="check_report").items) == 1


def test_what_is_more_than_is_shown_is_counted(busy, act):
    found = {one.source: one for one in list_pending(act("civil_liaison"), 2).sources}
    assert (found["sign_for"].count, len(found["sign_for"].items)) == (6, 2)
    none = {one.source: one for one in list_pending(act("civil_liaison"), 0).sources}
    assert (none["sign_for"].count, none["sign_for"].items) == (6, [])
    exact = {one.source: one for one in list_pending(act("civil_liaison"), 6).sources}
    assert (exact["sign_for"].count, len(exact["sign_for"].items)) == (6, 6)


def test_rest_pages_and_refusals(busy, call, later):
    with later(days=9):
        liaison = call("civil_liaison")
        first = liaison.get("/pending/entries?limit=5").json()
        rest = liaison.get(f"/pending/entries?limit=100&cursor={first['next']}").json()
        assert len(first["items"]) + len(rest["items"]) == 12
        assert rest["next"] is None
        signing = next(one for one in (*first["items"], *rest["items"]) if one["source"] == "sign_for")
        assert liaison.post(signing["deed"]["path"]).status_code == 200
        counted = {one["source"]: one["count"] for one in liaison.get("/pending/counts").json()["sources"]}
        assert (counted["sign_for"], counted["report"]) == (5, 7)  # it is late as soon as it is signed for
        assert call("outside_head").get("/pending/entries").json() == {"items": [], "next": None}
        refused = liaison.get("/pending/entries?source=x")
        assert (refused.status_code, refused.json()["field"]) == (400, "source")


def test_a_source_that_is_no_query_takes_its_place_in_the_order(monkeypatch, busy, act, later):
    late = datetime(2026, 7, 4, 9, 0, tzinfo=SHANGHAI)

    def look(_actor, _limit):
        entries = [
            PendingEntry(
                subject=UUID(int=number), title=f"指令{number}", detail="", due_on=day, code="red", link="/",
                due_at=at,
            )
            for number, (day, at) in enumerate([(late.date(), late), (None, None)])
        ]  # fmt: skip
        return 2, entries

    monkeypatch.setitem(registry._sources, "orders", PendingSource("orders", lambda: "指令", look))
    with later(days=9):
        rows = walk(act("civil_liaison"), limit=3)
        assert count_pending(act("civil_liaison")).total == len(rows) == 14
        assert nth_page(act("civil_liaison"), 3, size=5) == rows[10:]
        assert list_pending(act("civil_liaison")).total == 14
    assert [row.title for row in rows if row.source == "orders"] == ["指令0", "指令1"]
    assert [row.title for row in rows].index("指令0") == 2
    assert rows[-1].title == "指令1"


DAYS = st.dates(date(2026, 6, 1), date(2026, 6, 5)) | st.none()
NAMED = st.tuples(DAYS, st.integers(0, 5), st.sampled_from(["a", "b", "c"]))


@given(rows=st.lists(NAMED, unique=True), size=st.integers(1, 4))
def test_walking_by_cursors_sees_each_entry_once_and_in_order(rows, size):
    def source(name):
        entries = [
            PendingEntry(subject=UUID(int=number), title="", detail="", due_on=day, code="", link="")
            for day, number, of in rows
            if of == name
        ]
        return PendingSource(name, str, lambda _actor, _limit: (len(entries), entries))

    anyone = Actor(staff_id=1, staff_number="n", name="某人")
    names, seen, place = [source(name) for name in "abc"], [], None
    while page := lists._merged(anyone, size, names, place, ""):
        seen += [Place(due_moment(one.due_on), one.subject, one.source) for one in page]
        place = place_of(cursor_of(seen[-1]))
    assert seen == sorted(Place(due_moment(day), UUID(int=number), of) for day, number, of in rows)


def test_every_source_has_a_word_and_an_icon_on_the_workbench():
    home = Path(__file__).parents[3] / "web" / "src" / "features" / "home"
    named = {source.name for source in registry.sources()}
    for language in ("zh-CN", "en"):
        words = json.loads((home / "locales" / f"{language}.json").read_text())["act"]
        assert set(words) == named
    icons = re.findall(r"(\w+): '", (home / "sources.ts").read_text().split("ICONS", 1)[1])
    assert set(icons) == named
