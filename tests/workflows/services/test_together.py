"""Several people at once: numbers without gap or double, one deed per key, one winner per state."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from common import clock
from common.errors import DomainError
from tests.workflows.conftest import START
from workflows.errors import NotAllowedNowError
from workflows.models import ColourSnapshot, Item, ProgressReport, Reminder
from workflows.services import acts, extensions, items, nightly, registering, reminders
from workflows.services.items import NewItem

pytestmark = pytest.mark.django_db(transaction=True)


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run all at once in threads of their own; returns results or the errors raised, in order."""
    results: list[object] = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(place: int, job: Callable[[], object]) -> None:
        start.wait(10)
        try:
            with clock.travel(START):
                results[place] = job()
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def test_numbers_rise_without_gap_or_double(force, city, act):
    actor = act("leader")

    def create(number):
        new = NewItem(f"事项{number}", city.units["civil"].pk, date(2026, 7, 1), date(2026, 12, 31))
        return lambda: registering.check_create_item(actor=actor, taskforce_id=force.id, new=new)

    answers = together(*(create(number) for number in range(12)))
    assert not [one for one in answers if isinstance(one, DomainError)]
    assert sorted(Item.objects.values_list("number", flat=True)) == list(range(1, 13))


def test_two_people_sign_at_once_and_one_deed_is_done(dispatched, act):
    actors = [act("civil_head"), act("civil_liaison"), act("civil_handler")]
    answers = together(
        *(lambda actor=actor: acts.check_sign_for(actor=actor, item_id=dispatched.id) for actor in actors)
    )
    refused = [one for one in answers if isinstance(one, NotAllowedNowError)]
    assert len(refused) == 2
    for one in refused:
        assert "已于07月01日 10:00签收。事项已经签收，可直接反馈进展。" in one.user_message()


def test_one_key_sent_twice_at_once_is_one_deed(signed, act):
    actor = act("civil_liaison")
    answers = together(
        *[lambda: acts.check_report(actor=actor, item_id=signed.id, percent=30, text="甲", key="k")] * 4
    )
    assert ProgressReport.objects.count() == 1
    assert answers[1:] == answers[:-1]


def test_two_decide_at_once_and_one_decides(signed, act):
    extensions.check_ask_extension(
        actor=act("civil_head"), item_id=signed.id, due_on=date(2027, 3, 31), reason="推迟"
    )
    leader, office = act("leader"), act("data_office")
    answers = together(
        lambda: extensions.check_decide_extension(actor=leader, item_id=signed.id, agree=True),
        lambda: extensions.check_decide_extension(
            actor=office, item_id=signed.id, agree=False, reason="可以压缩"
        ),
    )
    refused = [one for one in answers if isinstance(one, NotAllowedNowError)]
    assert len(refused) == 1
    assert "无需再次处理" in refused[0].user_message()


def test_dispatching_and_the_night_do_not_block_each_other_for_ever(force, add, act):
    for number in range(6):
        add(f"事项{number}")
    actor = act("leader")
    together(
        lambda: items.check_dispatch(actor=actor, taskforce_id=force.id, item_ids=None),
        nightly.recolour_all,
        lambda: items.check_dispatch(actor=actor, taskforce_id=force.id, item_ids=None),
        nightly.recolour_all,
    )
    assert Item.objects.filter(state="dispatched").count() == 6
    assert ColourSnapshot.objects.count() == 6


def test_two_workers_send_each_reminder_once(dispatched):
    Reminder.objects.filter(rule="wd3").update(slot_at=START)
    assert set(together(reminders.send_due, reminders.send_due)) == {0, 1}


def test_deeds_of_one_due_day_do_not_wait_for_each_others_timers(force, add, act, city):
    made = [add(f"事项{number}") for number in range(6)]
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    actor = act("civil_liaison")
    answers = together(
        *(lambda item=item: acts.check_sign_for(actor=actor, item_id=item.id) for item in made)
    )
    assert not [one for one in answers if isinstance(one, DomainError)]
    assert Item.objects.filter(state="signed_for").count() == 6
