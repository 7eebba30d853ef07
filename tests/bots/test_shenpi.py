"""审批助手 with real cases: decided by command and by card in one's own chat; a group sees the state alone."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots.desk import SHENPI
from bots.desk.shenpi.forms import FORMS
from bots.services import accounts, answering, cases
from chatops.cards import card_content, registry
from chatops.services import rooms
from chatops.services.messages import send
from common import clock, ids
from common.errors import NotFoundError
from tests.workflows.conftest import START
from tests.workflows.processes.conftest import fixture_of, town
from tests.workflows.processes.walking import begun, filled
from workflows.approvals import cases as case_services
from workflows.approvals.deeds import Said
from workflows.approvals.talk import check_comment
from workflows.pending import count_pending, list_pending
from workflows.processes import card
from workflows.store.models import Case, CaseEntry

__all__ = ["fixture_of", "town"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def say(town, desk):
    """`say("civil.head", "同意 1")` → the answer's body, in the direct chat."""

    def speak(number, said, room_id="", **content):
        person = town.actor(number)
        room = room_id or direct(person)
        event = {
            "type": "m.room.message",
            "event_id": ids.new_event_id(),
            "sender": person.user_id,
            "content": {"msgtype": "m.text", "body": said, **content},
        }
        answer = answering.answer_event(SHENPI, room, event)
        return answer.content["body"] if answer else None

    return speak


def direct(person):
    bot = accounts.bot_actor(SHENPI)
    return rooms.open_direct(actor=bot, with_staff=person.staff_id).room_id


@pytest.fixture
def memo(town, fixture_of):
    """A report that waits for the office's review, then for the leader."""
    return begun(town, "memo", fixture_of("memo"))


def test_by_command_to_the_end(say, memo):
    line = "1 签报：关于增设社区老年食堂的请示　市民科员　办公室核稿　07月02日 17:30前"
    assert say("civil.office", "待批") == f"待您审批1件：\n{line}"
    assert say("civil.office", "同意 1").startswith("同意：签报：关于增设社区老年食堂的请示。现由")
    assert say("civil.deputy", "同意 1") == "“分管领导批示”须填写意见。"
    assert say("civil.deputy", "同意 1 请抓紧落实").startswith("同意：")
    memo.refresh_from_db()
    assert memo.state == "finished"
    last = CaseEntry.objects.filter(case=memo, deed="agree").latest("seq")
    assert (last.by_post, last.opinion) == ("副局长", "请抓紧落实")
    assert say("civil.deputy", "同意 1 再来一次") == "该申请已办结，不能再办理。"
    assert CaseEntry.objects.filter(case=memo, deed="agree").count() == 2


def test_return_and_refuse_need_a_reason(say, memo):
    assert "请写明理由" in say("civil.office", "退回 1")
    assert "拟稿" in say("civil.office", "退回 1 请补充预算")
    memo.refresh_from_db()
    assert memo.state == "running"
    assert [task.node for task in memo.tasks.filter(state="open")] == ["start"]


def test_who_has_no_part_is_told_so(say, memo):
    assert "没有编号为1的申请" in say("health.head", "同意 1")
    assert CaseEntry.objects.filter(case=memo).count() == 1


def test_what_must_be_read_first_is_answered_with_a_link(say, town, fixture_of):
    case = begun(town, "seal", fixture_of("seal"))
    answered = say("civil.deputy", "同意 1")
    assert "须先打开阅读" in answered
    assert f"/appr/{case.pk}" in answered
    case_services.check_open(actor=town.actor("civil.deputy"), case_id=case.pk)
    assert "同意" in say("civil.deputy", "同意 1")


def put_card(case, room_id):
    """The bot's card in the room, as it would be posted."""
    shown = cases.render(str(case.pk), room_id)
    assert shown is not None
    sent = send(
        actor=accounts.bot_actor(SHENPI),
        room_id=room_id,
        type="m.room.message",
        content=card_content(shown),
    )
    return shown, sent.event_id


def test_a_reply_to_the_card_decides_and_a_second_is_harmless(say, town, memo):
    room = direct(town.actor("civil.office"))
    shown, event = put_card(memo, room)
    assert [one.name for one in shown.actions] == ["agree", "refuse"]
    assert "可回复本条办理" in shown.fallback
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": event}}}
    first = say("civil.office", "同意 格式无误", room_id=room, **reply)
    assert first.startswith("同意")
    again = say("civil.office", "同意 格式无误", room_id=room, **reply)
    assert "没有由您办理的环节" in again
    assert CaseEntry.objects.filter(case=memo, deed="agree").count() == 1
    after = cases.render(str(memo.pk), room)
    assert after is not None
    assert after.version > shown.version
    assert after.actions == []
    assert "您的办理：同意" in after.fallback


def test_a_reaction_is_the_first_button(town, memo, desk):
    person = town.actor("civil.office")
    room = direct(person)
    _shown, event = put_card(memo, room)
    nod = {
        "type": "m.reaction",
        "event_id": ids.new_event_id(),
        "sender": person.user_id,
        "content": {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "👍"}},
    }
    answer = answering.answer_event(SHENPI, room, nod)
    assert answer is not None
    assert answer.content["body"].startswith("同意")
    again = answering.answer_event(SHENPI, room, nod)
    assert again is not None
    assert again.content["body"] == answer.content["body"]


def test_a_group_sees_the_state_and_nothing_that_was_written(town, memo, say):
    starter = town.actor("civil.handler")
    group = rooms.create_room(
        actor=starter, kind="work", name="民政工作群", purpose="协调", members=[], ends_on=date(2026, 12, 31)
    )
    say("civil.office", "同意 1 此件涉及人事，不外传")
    check_comment(actor=starter, case_id=memo.pk, said=Said(opinion="内部说明"))
    shown = cases.render(str(memo.pk), group.room_id)
    assert shown is not None
    assert shown.actions == shown.menu == []
    for words in ("不外传", "内部说明", "拟在三个社区", "列入下半年"):
        assert words not in shown.fallback
    assert "分管领导批示" in shown.fallback
    handler = registry.find_handler("case_state")
    assert handler is not None
    with pytest.raises(NotFoundError):
        handler(actor=starter, subject=str(memo.pk), action="agree", params={"reason": "x"}, key="k")
    assert registry.states(starter, "case_state", [str(memo.pk)]) == {}


def test_states_of_many_cards_cost_the_same(town, memo, fixture_of):
    subjects = [str(memo.pk), *(str(begun(town, "memo", fixture_of("memo")).pk) for _place in range(3))]
    person = town.actor("civil.office")
    found = registry.states(person, "case", subjects)
    assert {tuple(one.abilities) for one in found.values()} == {("agree", "refuse", "send_back", "read_mark")}
    with CaptureQueriesContext(connection) as few:
        registry.states(person, "case", subjects[:1])
    with CaptureQueriesContext(connection) as many:
        registry.states(person, "case", subjects)
    assert len(few) == len(many)


def test_the_pending_list_counts_the_same_everywhere(town, memo, say):
    person = town.actor("civil.office")
    (source,) = [one for one in list_pending(person).sources if one.source == "decide_case"]
    (count,) = [one for one in count_pending(person).sources if one.source == "decide_case"]
    assert source.count == count.count == 1
    assert source.items[0].link == f"/appr/{memo.pk}"
    assert "待审批申请1" in say("civil.office", "待办")
    assert say("civil.office", "待批").startswith("待您审批1件")


def test_every_command_is_on_the_page():
    page = (Path(__file__).parents[2] / "docs/bots/shenpi.md").read_text(encoding="utf-8")
    for form in FORMS:
        assert f"| `{form.form}` | `{form.example}` | {form.says} |" in page


def test_values_are_shown_in_words(town, fixture_of):
    case = begun(town, "data_request", fixture_of("data_request"))
    shown = card.person_card(case, town.actor("data.office").staff_id)
    assert "数据提供单位：咸宁市民政局" in shown.fallback
    assert filled(town, "@unit:civil") not in shown.fallback
    assert Case.objects.count() == 1
