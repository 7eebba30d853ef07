"""The night judges many items in a few statements. What it leaves is what each of them judged alone would leave."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import clock
from workflows.events import ItemChanged, ItemColourChanged
from workflows.models import ColourNotice, Item, ItemHistory
from workflows.rules.colours import DEFAULT_RULE
from workflows.rules.moves import ItemState
from workflows.services import colours, nightly
from workflows.store import items as store
from workflows.store.models import Slip, SlipLine, TaskForce

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 1)
RUNNING = [state.value for state in ItemState if state not in store.FINAL]


def some_day(least: int, most: int) -> st.SearchStrategy[date]:
    return st.integers(least, most).map(lambda days: TODAY + timedelta(days=days))


ONE = st.fixed_dictionaries(
    {
        "state": st.sampled_from(RUNNING),
        "starts_on": some_day(-120, 10),
        "due_on": some_day(-15, 200),
        "percent": st.integers(0, 100),
        "colour": st.sampled_from(["red", "yellow", "green", "grey"]),
        "colour_changes": st.integers(0, 3),
        "behind_since": st.none() | some_day(-90, -1),
        "rejected_in_a_row": st.integers(0, 3),
        "quality_finding": st.booleans(),
        "serious_fact": st.booleans(),
        "last_change_on": st.none() | some_day(-90, -1),
    }
)


def make(force_id, unit, fields) -> list[Item]:
    force = TaskForce.objects.get(pk=force_id)
    now = clock.now()
    return Item.objects.bulk_create(
        Item(
            taskforce=force, number=number, title=f"事项{number}", lead_unit=unit, first_due_on=one["due_on"],
            colour_since=now, created_at=now, signed_at=now - timedelta(days=20), rule_version=DEFAULT_RULE.version,
            **{**one, "starts_on": min(one["starts_on"], one["due_on"])},
        )
        for number, one in enumerate(fields, 1)
    )  # fmt: skip


def left() -> dict[str, list[Any]]:
    """Everything that a judgement writes, in an order of its own."""
    by_item = ("item__number", "change_no", "role", "staff_id", "old", "new", "because", "at", "deliver_at")
    return {
        "items": list(Item.objects.order_by("number").values(*colours.COLOUR_FIELDS, "version")),
        "history": list(
            ItemHistory.objects.filter(act="colour")
            .order_by("item__number")
            .values("item__number", "at", "by", "by_name", "text", "facts")
        ),
        "notices": list(ColourNotice.objects.order_by("item__number", "role").values(*by_item)),
        "slips": list(
            Slip.objects.order_by("staff_id", "slot_at").values("kind", "staff_id", "slot_at", "state")
        ),
        "lines": list(
            SlipLine.objects.order_by("slip__staff_id", "item__number").values(
                "slip__staff_id", "item__number", "code", "words", "for_name"
            )
        ),
    }


def undone(heard, do) -> tuple[dict[str, list[Any]], list[object]]:
    """What `do` leaves and tells; then it never happened."""
    heard.clear()
    with transaction.atomic():
        do()
        found = left(), [event for event in heard if type(event) in {ItemChanged, ItemColourChanged}]
        transaction.set_rollback(True)
    return found


def one_by_one(force_id) -> None:
    """As a deed does it: judged, saved, told, each item by itself."""
    now = clock.now()
    for key in store.unfinished_ids(force_id):
        item = store.lock(key)
        recoloured = colours.set_colour(item, store.milestones(item), now)
        if recoloured.reworded:
            item.version += recoloured.shown
            item.save()
            colours.tell_many([(item, recoloured)], now, by_clock=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.lists(ONE, min_size=1, max_size=8))
def test_what_the_night_leaves_is_what_one_by_one_would_leave(fields, force, city, heard):
    Item.objects.all().delete()
    made = make(force.id, city.units["civil"], fields)
    single, _ = undone(heard, lambda: one_by_one(force.id))
    batch, told = undone(heard, lambda: nightly.recolour_home(force.id))
    assert batch == single
    changed = [event for event in told if type(event) is ItemColourChanged]
    assert len({event.item_id for event in changed}) == len(changed) == len(batch["history"])
    assert len(batch["notices"]) == 3 * len(changed)
    assert {one["item__number"] for one in batch["notices"]} <= {item.number for item in made}


def test_a_night_of_many_changes_costs_no_more_statements_than_one_of_few(force, city, heard):
    late = {
        "state": "in_progress", "starts_on": TODAY - timedelta(days=60), "due_on": TODAY - timedelta(days=2),
        "percent": 10, "colour": "green",
    }  # fmt: skip

    def night(count: int) -> int:
        Item.objects.all().delete()
        make(force.id, city.units["civil"], [late] * count)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert nightly.recolour_home(force.id) == count
        return len(asked)

    assert night(40) <= night(2)
