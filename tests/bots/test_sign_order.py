"""An order is signed for by its number, without a reply to its card."""

import pytest

from bots.desk import DUBAN
from bots.services import accounts, answering
from chatops.services import rooms
from common import ids
from tests.workflows.orders.conftest import be, draft, issue, organs
from workflows.store.models import OrderRecipient

__all__ = ["be", "draft", "issue", "organs"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def say(organs, be):
    accounts.ensure_bots()

    def speak(who, said):
        person = be(who)
        room = rooms.open_direct(actor=person, with_staff=accounts.bot_actor(DUBAN).staff_id)
        event = {
            "type": "m.room.message",
            "event_id": ids.new_event_id(),
            "sender": person.user_id,
            "content": {"msgtype": "m.text", "body": said},
        }
        answer = answering.answer_event(DUBAN, room.room_id, event)
        assert answer is not None
        return answer.content["body"]

    return speak


@pytest.mark.parametrize(
    "said",
    [
        "签收 指令〔{year}〕{n}号",
        "签收指令[{year}]{n}",
        "请签收 指令（{year}）{n}号",
        "签收 指令 {year} 第{n}号",
    ],
)
def test_by_its_number_in_any_brackets(say, issue, said):
    order = issue(organ_code="")
    year, n = order.number.removesuffix("号").split("〔")[1].split("〕")
    answer = say("xayj_head", said.format(year=year, n=n))
    assert "签收" in answer
    row = OrderRecipient.objects.get(order_id=order.id, staff__staff_number="xayj_head")
    assert row.state == "signed_for"


def test_what_is_not_ones_own_or_has_no_number_is_told(say, issue):
    order = issue(organ_code="")
    assert "没有发给您的" in say("yjj_office", f"签收 {order.number}")
    assert "没有发给您的" in say("xayj_head", "签收 指令〔2026〕999号")
    assert "例如" in say("xayj_head", "签收 指令 那一份")


def test_two_organs_with_one_number_are_named(say, issue):
    plain, coded = issue(organ_code=""), issue(organ_code="咸应急")
    assert plain.number in coded.number
    answer = say("xayj_head", f"签收 {plain.number}")
    assert plain.number in answer
    assert coded.number in answer
    assert not OrderRecipient.objects.filter(state="signed_for").exists()
