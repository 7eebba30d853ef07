"""Any card can be worked from a stock Matrix client: a reply names its button, a nod is its first."""

import pytest

from bots.desk import DUBAN
from bots.services import accounts, answering
from chatops.cards import (
    Action,
    Card,
    CardResult,
    CardState,
    Input,
    card_content,
    register,
    registry,
    replace_content,
)
from chatops.services import messages
from common import clock, ids
from workflows.items.card import item_card
from workflows.services import items
from workflows.store import items as store

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(desk, force):
    """`post(content)`: 督办助手 says it in the force's room; the event's id."""

    def say(content):
        return messages.send(
            actor=accounts.bot_actor(DUBAN),
            room_id=force.room_id,
            type="m.room.message",
            content=content,
            txn_id=ids.new_event_id(),
        ).event_id

    return say


@pytest.fixture
def react(force, act):
    def make(who, event_id, key):
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return hear(act(who), force.room_id, "m.reaction", {"m.relates_to": relation})

    return make


@pytest.fixture
def reply(force, act):
    def make(who, event_id, said):
        content = {
            "msgtype": "m.text",
            "body": said,
            "m.relates_to": {"m.in_reply_to": {"event_id": event_id}},
        }
        return hear(act(who), force.room_id, "m.room.message", content)

    return make


def hear(person, room_id, kind, content):
    event = {"type": kind, "event_id": ids.new_event_id(), "sender": person.user_id, "content": content}
    answers = [answering.answer_event(DUBAN, room_id, event) for _twice in range(2)]
    assert (answers[0] is None) == (answers[1] is None)
    return answers[0].content if answers[0] else None


@pytest.fixture
def task(desk, add, force, act, post):
    """The card of a dispatched item; its buttons are 签收, then 不属我办 and 催办."""
    item = add()
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    return post(card_content(item_card(store.shown().get(pk=item.id))))


@pytest.mark.parametrize("nod", ["✅", "👍", "1️⃣", "签收"])
def test_a_nod_presses_the_first_button_once(task, react, nod):
    answer = react("civil_liaison", task, nod)
    assert answer["body"].startswith("已签收第1项")
    assert answer["m.relates_to"]["m.in_reply_to"]["event_id"] == task
    assert "已经签收" in react("civil_liaison", task, nod)["body"]


def test_other_reactions_and_those_to_other_messages_mean_nothing(task, react, post):
    assert react("civil_liaison", task, "😊") is None
    assert react("civil_liaison", task, "9️⃣") is None
    talk = post({"msgtype": "m.notice", "body": "签收"})
    assert react("civil_liaison", talk, "✅") is None


def test_who_may_not_is_told_so(task, react):
    assert "不能" in react("farm_liaison", task, "✅")["body"]


def test_a_button_that_asks_for_something_says_how(task, react, reply):
    react("civil_liaison", task, "✅")
    assert (
        reply("civil_liaison", task, "不属我办")["body"] == "请写明理由。\n请回复该卡片，格式：不属我办 理由"
    )
    assert "退回第1项" in reply("civil_liaison", task, "不属我办 应由市卫健委办理")["body"]


@pytest.fixture
def form(monkeypatch):
    """A kind of card that asks for everything; what was pressed is kept."""
    pressed = []

    def handle(*, actor, subject, action, params, key):
        pressed.append((actor.staff_number, subject, action, params))
        return CardResult(f"已收到{action}。")

    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    register("form", handle, lambda _actor, subjects: {one: CardState(1) for one in subjects})
    asks = [
        Input(key="done", label="进度", type="percent"),
        Input(key="until", label="日期", type="date"),
        Input(key="why", label="说明", type="text", required=False),
    ]
    card = Card(
        kind="form",
        subject="f1",
        version=1,
        title="巡查表",
        as_of=clock.now(),
        actions=[Action(name="fill", label="填报", input=asks)],
        menu=[Action(name="skip", label="无变化")],
        fallback="【表单】巡查表",
    )
    return card, pressed


def test_a_form_is_filled_by_a_reply(form, post, reply):
    card, pressed = form
    event = post(card_content(card))
    assert "填报 进度 日期 说明；无变化" in card_content(card)["body"]
    assert reply("civil_liaison", event, "填报 ６０％ 2026-07-20 设备已到货")["body"] == "已收到fill。"
    assert reply("civil_liaison", event, "无变化")["body"] == "已收到skip。"
    assert "请写明进度百分比" in reply("civil_liaison", event, "填报 全部完成")["body"]
    filled = {"done": 60, "until": "2026-07-20", "why": "设备已到货"}
    assert ("civil_liaison", "f1", "fill", filled) in pressed
    assert pressed[-1] == ("civil_liaison", "f1", "skip", {})


def test_the_newest_rendering_has_the_buttons(form, post, reply):
    card, pressed = form
    event = post(card_content(card))
    post(replace_content(card.model_copy(update={"actions": [], "menu": [], "version": 2}), event))
    answer = reply("civil_liaison", event, "无变化")
    assert answer["body"].startswith("未识别")
    assert not pressed
