"""Each bot's table of said and answered, against the real services. `*` stands for any words."""

import csv
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import bots.desk
from bots.desk import DUBAN, TIXING
from bots.models import CardPost
from bots.services import accounts, answering
from chatops.services import rooms
from common import clock, ids
from directory.services.acting import actor_of
from directory.store.models import Staff
from tests.workflows.conftest import END, START
from workflows.models import ItemHistory
from workflows.services import items as item_services
from workflows.services import taskforces

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def talk(desk, force, act):
    """`talk(bot, who, where, said)` → the answer's body or None."""

    def say(bot, who, where, said, **content):
        person = act(who)
        room_id = force.room_id
        if where == "direct":
            room_id = rooms.open_direct(actor=person, with_staff=accounts.bot_actor(bot).staff_id).room_id
        event = {
            "type": "m.room.message",
            "event_id": ids.new_event_id(),
            "sender": person.user_id,
            "content": {"msgtype": "m.text", "body": said, **content},
        }
        answer = answering.answer_event(bot, room_id, event)
        return answer.content["body"] if answer else None

    return say


def read_dialogue(name):
    path = Path(bots.desk.__file__).parent / name / "dialogue.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fits(pattern, words):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), words, re.DOTALL) is not None


@pytest.mark.parametrize("bot", bots.desk.DESK, ids=lambda bot: bot.number)
def test_dialogue(bot, talk, force, act, add):
    for title, unit in (
        ("咸宁市智慧社区服务平台", "civil"),
        ("农业大数据平台", "farm"),
        ("智慧交通", "transport"),
    ):
        add(title=title, unit=unit)
    failed = []
    for line in read_dialogue(bot.number.removeprefix("bot-")):
        if line["said"] == "*交办*":
            item_services.check_dispatch(actor=act(line["who"]), taskforce_id=force.id, item_ids=None)
            continue
        answered = talk(bot, line["who"], line["where"], line["said"])
        if not fits(line["answered"], answered or ""):
            failed.append(f"{line['who']}: {line['said']}\n  expected {line['answered']}\n  got {answered}")
    assert not failed, "\n".join(failed)


def test_plain_formal_words(talk, add):
    """No emoji, no exclamation marks, whatever is answered (domain §18)."""
    for said in ("帮助", "台账", "签收", "签收 9", "进展 1 60%"):
        answered = talk(DUBAN, "civil_liaison", "direct", said)
        assert answered
        assert not re.search("[!！\U0001f300-\U0001faff☀-➿]", answered)


def test_a_reply_to_a_card_needs_no_number(talk, force, act, add):
    """The card that is answered names the item; the same words without it do not."""
    item = add()
    item_services.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    CardPost.objects.create(bot=DUBAN.number, subject=str(item.id), room_id=force.room_id, event_id="$card")
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$card"}}}
    assert talk(DUBAN, "civil_liaison", "force", "签收") is None
    assert talk(DUBAN, "civil_liaison", "force", "签收", **reply).startswith("已签收第1项")
    assert talk(DUBAN, "civil_liaison", "force", "进展 30% 已进场", **reply).startswith("第1项")
    assert talk(TIXING, "civil_liaison", "force", "进展 30%", **reply) is None


def test_a_number_said_in_a_force_never_means_another_force(talk, force, act, add, city):
    """Numbers rise in each force; 3 exists only in the other one, which the leader heads too."""
    other = taskforces.check_found_taskforce(
        actor=act("leader"),
        name="防汛专班",
        goal="安全度汛",
        basis="咸政办发〔2026〕9号",
        unit_ids=[city.units["civil"].pk],
        ends_on=END,
    )
    for number in range(3):
        add(title=f"项目{number + 1}")
    room = other.room_id
    person = act("leader")
    event = {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": person.user_id,
        "content": {"msgtype": "m.text", "body": "@督办助手 催办 3"},
    }
    answer = answering.answer_event(DUBAN, room, event)
    assert answer is not None
    assert answer.content["body"] == "本专班没有第3项，请发送“台账”查看编号。"
    assert talk(DUBAN, "leader", "direct", "台账").startswith("您参加多个专班：")
    assert talk(DUBAN, "leader", "direct", "台账 《防汛》").startswith("防汛专班：共0项")
    assert talk(DUBAN, "leader", "force", "@督办助手 台账 《防汛》").startswith("其他专班的台账")


@pytest.mark.parametrize(
    ("sender", "content"),
    [
        ("bot-shuju", {"msgtype": "m.text", "body": "@督办助手 台账"}),
        ("bot-duban", {"msgtype": "m.text", "body": "@督办助手 台账"}),
        ("nobody", {"msgtype": "m.text", "body": "@督办助手 台账"}),
        ("civil_liaison", {"msgtype": "m.notice", "body": "@督办助手 台账"}),
        ("civil_liaison", "台账"),
    ],
)
def test_bots_strangers_and_notices_get_no_answer(desk, force, sender, content):
    event = {"type": "m.room.message", "event_id": "$1", "sender": ids.user_id(sender), "content": content}
    assert answering.answer_event(DUBAN, force.room_id, event) is None


def test_a_locked_account_commands_nothing(desk, force):
    assert actor_of("civil_liaison", "matrix") is not None
    Staff.objects.filter(staff_number="civil_liaison").update(locked_until=START + timedelta(hours=1))
    assert actor_of("civil_liaison", "matrix") is None


def test_a_handler_that_breaks_is_answered_and_logged(talk, caplog):
    broken = replace(DUBAN, answer=lambda _ask: str(1 / 0))
    words = talk(broken, "civil_liaison", "force", "@督办助手 台账")
    assert words == "此指令未能办理，已记录，请稍后再试；如急需办理，请在专班页面操作。"
    assert "ZeroDivisionError" in caplog.text


def test_talk_that_is_not_for_the_bot_costs_no_query(talk, force, django_assert_num_queries):
    person = ids.user_id("civil_liaison")
    chatter = {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": person,
        "content": {"msgtype": "m.text", "body": "下午三点开会"},
    }
    assert answering.answer_event(DUBAN, force.room_id, chatter) is None
    with django_assert_num_queries(0):
        assert answering.answer_event(DUBAN, force.room_id, chatter) is None


def test_the_same_event_twice_is_one_deed_and_one_answer(desk, force, act, add):
    item_services.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=[add().id])
    event = {
        "type": "m.room.message",
        "event_id": "$same",
        "sender": ids.user_id("civil_liaison"),
        "content": {"msgtype": "m.text", "body": "@督办助手 签收 1"},
    }
    first = answering.answer_event(DUBAN, force.room_id, event)
    again = answering.answer_event(DUBAN, force.room_id, event)  # crashed before it was settled
    assert first is not None
    assert again is not None
    assert (again.content, again.txn) == (first.content, first.txn)
    answering.settle(DUBAN, force.room_id, "$same")
    assert answering.answer_event(DUBAN, force.room_id, event) is None
    assert ItemHistory.objects.filter(item__taskforce_id=force.id, act="sign_for").count() == 1
