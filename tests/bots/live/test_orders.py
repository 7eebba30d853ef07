"""An order's card in a task force's room: once, with the bar of this room, edited as receipts come."""

from datetime import timedelta

import pytest

from common import clock
from common.aio import call_service
from tests.bots.live.conftest import eventually
from workflows.orders import drafts, issuing, receipts, ticks
from workflows.orders.views import OrderScopeIn

pytestmark = pytest.mark.django_db(transaction=True)


def issue(scene):
    lead = scene.lead.actor()
    fields = {
        "title": "今晚完成转移", "text": "请按名单转移。", "urgency": "top", "taskforce": scene.force.id,
        "sign_by": clock.now() + timedelta(hours=1), "scope": OrderScopeIn(units=[scene.unit.pk], everyone=True),
        "rungs": [],
    }  # fmt: skip
    order = drafts.check_draft_order(actor=lead, fields=fields).order
    issuing.check_approve(actor=lead, order_id=order.id)
    return issuing.check_issue(actor=lead, order_id=order.id).order


async def test_the_card_stands_once_and_its_bar_moves(scene, bots_running):
    order = await call_service(issue, scene)
    async with bots_running():
        (card,) = await eventually(scene.cards, lambda found: len(found) == 1)
        assert (card["kind"], card["number"], card["subject"]) == ("order", order.number, str(order.id))
        assert {"key": "receipts", "label": "本群回执", "value": "已确认 0　已读 0　未触达 1"} in card[
            "fields"
        ]
        await call_service(lambda: receipts.check_sign_for(actor=scene.liaison.actor(), order_id=order.id))
        await call_service(ticks.tell)
        (card,) = await eventually(scene.cards, lambda found: found[0]["progress"]["percent"] == 100)
        await call_service(lambda: issuing.check_close(actor=scene.lead.actor(), order_id=order.id))
        (card,) = await eventually(scene.cards, lambda found: found[0]["state"]["code"] == "done")
    assert card["actions"] == []


async def test_a_reply_to_the_card_signs(scene, bots_running):
    order = await call_service(issue, scene)
    async with bots_running():
        await eventually(scene.cards, lambda found: len(found) == 1)

        def reply():
            from chatops.models import Event

            event = Event.objects.filter(content__has_key="org.tongzhou.card").get()
            relation = {"m.in_reply_to": {"event_id": event.event_id}}
            scene.say(scene.liaison, "@督办助手 签收", **{"m.relates_to": relation})

        await call_service(reply)
        answers = await eventually(scene.answers, bool)
    assert f"签收{order.number}" in answers[0]
