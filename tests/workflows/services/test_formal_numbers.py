"""督〔2026〕n号 under fifty people at once, without gap or double; a deed that fails gives its number back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from common import clock
from common.errors import BadInputError
from tests.workflows.conftest import START
from workflows.models import FormalNumber, FormalSeries, Item
from workflows.services import ledgers, registering
from workflows.services.items import NewItem
from workflows.services.registering import Home

pytestmark = pytest.mark.django_db(transaction=True)
CREATORS = 50


def test_fifty_creators_in_two_ledgers_of_one_organ_code(city, appoint, act):
    appoint("gov_office", "杜若谦", city.government, "office", "督查室主任")
    actor = act("gov_office")
    homes = [
        ledgers.check_create_ledger(actor=actor, name=name, kind="supervision", organ_code="咸政督").id
        for name in ("重大决策", "民生实事")
    ]
    start = threading.Barrier(10)

    def create(number: int) -> str:
        if number < 10:
            start.wait(30)
        try:
            with clock.travel(START):
                lead = city.units["civil"].pk
                # Every tenth one fails after its number was taken: an unknown supporting unit's row cannot be written.
                new = NewItem(f"事项{number}", lead, date(2026, 7, 1), date(2026, 12, 31))
                if number % 10 == 9:
                    new = NewItem("", lead, date(2026, 7, 1), date(2026, 12, 31))
                made = registering.check_register(
                    actor=actor, home=Home(ledger_id=homes[number % 2]), new=new, key=f"create-{number}"
                )
                return made.item.formal_number or ""
        except BadInputError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(CREATORS) as pool:
        given = [one for one in pool.map(create, range(CREATORS)) if one]
    wanted = [f"咸政督〔2026〕{number}号" for number in range(1, 46)]
    assert sorted(given) == sorted(wanted)
    assert [one.text for one in FormalNumber.objects.order_by("sequence")] == wanted
    assert FormalSeries.objects.get().next == 46
    for home in homes:
        numbers = sorted(Item.objects.filter(ledger_id=home).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_deed_that_fails_after_taking_its_number_leaves_no_gap(city, appoint, act, monkeypatch):
    appoint("gov_office", "杜若谦", city.government, "office", "督查室主任")
    actor = act("gov_office")
    home = Home(ledger_id=ledgers.check_create_ledger(actor=actor, name="督办", organ_code="咸政督").id)
    new = NewItem("清理河道", city.units["civil"].pk, date(2026, 7, 1), date(2026, 12, 31))

    def broken(_items: object) -> None:
        raise ConnectionError("after the numbers were taken")

    with monkeypatch.context() as patched:
        patched.setattr(registering, "pending_changed", broken)
        with pytest.raises(ConnectionError):
            registering.check_register(actor=actor, home=home, new=new)
    made = registering.check_register(actor=actor, home=home, new=new).item
    assert (made.number, made.formal_number) == (1, "咸政督〔2026〕1号")


def test_a_new_year_begins_with_one(city, appoint, act, later):
    appoint("gov_office", "杜若谦", city.government, "office", "督查室主任")
    actor = act("gov_office")
    home = Home(ledger_id=ledgers.check_create_ledger(actor=actor, name="督办", organ_code="咸政督").id)
    new = NewItem("清理河道", city.units["civil"].pk, date(2026, 7, 1), date(2027, 12, 31))
    first = registering.check_register(actor=actor, home=home, new=new)
    assert "暂定" in first.message
    assert first.item.due_provisional
    with later(on="2027-01-04T10:00"):
        assert (
            registering.check_register(actor=actor, home=home, new=new).item.formal_number
            == "咸政督〔2027〕1号"
        )
