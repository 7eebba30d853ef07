"""Orders on the live line, and people who press at once. These tests commit."""

import threading
from contextvars import copy_context
from datetime import timedelta

import pytest
from django.db import connection

from common import clock
from common.aio import call_service
from common.errors import DomainError
from directory.services import devices
from directory.store.models import Staff
from tests.support.live import LiveClient, opened_delivery
from workflows.orders import issuing, receipts
from workflows.store.models import Order, OrderRecipient, OrderUnit

pytestmark = pytest.mark.django_db(transaction=True)


def secret_of(number):
    staff = Staff.objects.get(staff_number=number)
    return devices.open_device(staff, kind="web", device_id=f"d-{number}").secret


def is_order(frame):
    return frame["type"] == "person" and frame.get("kind") == "order"


def state_of(order, number):
    return OrderRecipient.objects.get(order_id=order.id, staff__staff_number=number).state


async def until(look, wanted):
    import asyncio

    async with asyncio.timeout(20):
        while await call_service(look) != wanted:  # noqa: ASYNC110 - the app writes it
            await asyncio.sleep(0.05)


async def test_an_order_is_on_the_screen_at_once_and_delivered_when_the_client_has_taken_it(issue, organs):
    secrets = {n: await call_service(secret_of, n) for n in ("xayj_head", "xayj_office", "cbyj_head")}
    async with opened_delivery() as delivery:
        open_one = await LiveClient(delivery, secrets["xayj_head"]).start()
        mute = await LiveClient(delivery, secrets["xayj_office"], reports=False).start()
        order = await call_service(issue)
        frame = await open_one.wait(is_order)
        assert (frame["number"], frame["urgency"], frame["state"]) == (order.number, "top", "pending")
        assert "请按名单转移" not in str(frame)
        await mute.wait(is_order)
        await until(lambda: state_of(order, "xayj_head"), "delivered")
        assert await call_service(state_of, order, "xayj_office") == "pending"  # sent, not known to be taken
        # Who was away takes it with the position of the next hello.
        late = await LiveClient(delivery, secrets["cbyj_head"]).start(person=0)
        await late.wait(is_order)
        await until(lambda: state_of(order, "cbyj_head"), "delivered")
        back = await LiveClient(delivery, secrets["xayj_office"]).start(person=frame["pos"] + 100)
        await until(lambda: state_of(order, "xayj_office"), "delivered")
        for client in (open_one, mute, late, back):
            await client.stop()


def at_once(*deeds):
    """Run the deeds together; what each answered or how it was refused."""
    gate = threading.Barrier(len(deeds))
    said: list[str | DomainError | None] = [None] * len(deeds)

    def run(place, deed):
        gate.wait()
        try:
            said[place] = deed().message
        except DomainError as refusal:
            said[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=copy_context().run, args=(run, *pair)) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_two_who_sign_for_a_unit_at_once_are_one_deed_and_the_other_is_told(issue, be):
    order = issue()
    duty, office = be("xayj_duty_officer"), be("xayj_office")
    said = at_once(
        lambda: receipts.check_substitute(actor=duty, order_id=order.id, reason="局长外出"),
        lambda: receipts.check_substitute(actor=office, order_id=order.id, reason="局长外出"),
    )
    refused = [one for one in said if isinstance(one, DomainError)]
    assert len(refused) == 1
    by = OrderUnit.objects.get(order_id=order.id, unit_name__contains="咸安").by_name
    assert by in refused[0].user_message()
    assert clock.local(clock.now()).strftime("%m月%d日") in refused[0].user_message()


@pytest.mark.parametrize("user_id", ["", "xayj_head"])
def test_signing_and_signing_in_place_at_once_are_one_receipt_of_the_unit(issue, be, user_id):
    """For the unit, and for the person. Who comes late for another is told; one's own hand is always kept."""
    order = issue()
    head, duty = be("xayj_head"), be("xayj_duty_officer")
    signed, instead = at_once(
        lambda: receipts.check_sign_for(actor=head, order_id=order.id),
        lambda: receipts.check_substitute(actor=duty, order_id=order.id, user_id=user_id, reason="局长外出"),
    )
    unit = OrderUnit.objects.get(order_id=order.id, unit_name__contains="咸安")
    assert isinstance(signed, str)
    assert state_of(order, "xayj_head") == "signed_for"
    if isinstance(instead, DomainError):
        assert (unit.how, unit.by_name) == ("signed", head.name)
        assert head.name in instead.user_message()
        assert clock.local(clock.now()).strftime("%m月%d日") in instead.user_message()
    else:
        assert (unit.how, unit.by_name) == ("substitute", duty.name)
    with pytest.raises(DomainError) as late:
        receipts.check_substitute(actor=duty, order_id=order.id, user_id=user_id, reason="局长外出")
    assert (head.name if user_id else unit.by_name) in late.value.user_message()


def test_the_same_person_on_two_screens_signs_once(issue, be):
    order = issue()
    head = be("xayj_head")
    said = at_once(*[lambda: receipts.check_sign_for(actor=head, order_id=order.id)] * 4)
    assert sum(isinstance(one, str) for one in said) == 1
    assert all("已于" in one.user_message() for one in said if isinstance(one, DomainError))


def test_fifty_issued_at_once_have_numbers_without_gap_or_double(draft, be):
    made = [draft(sign_by=clock.now() + timedelta(hours=2)) for _ in range(50)]
    head, office = be("yjj_head"), be("yjj_office")
    for one in made:
        issuing.check_approve(actor=head, order_id=one.id)
    deeds = [lambda one=one: issuing.check_issue(actor=office, order_id=one.id) for one in made]
    said = at_once(*deeds)
    assert [one for one in said if not isinstance(one, str)] == []
    numbers = {Order.objects.get(pk=one.id).number for one in made}
    year = clock.today().year
    assert numbers == {f"指令〔{year}〕{n}号" for n in range(1, 51)}
