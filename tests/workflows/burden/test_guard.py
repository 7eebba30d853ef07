"""The guard at the doors where such things could be made: items, orders, polls, forms of cards, indicators."""

from datetime import date

import pytest

from chatops.models import Event
from chatops.services import messages, rooms
from tests.support.world import make_person, make_unit
from workflows.burden.guard import WORDS, BurdenRefusedError, check
from workflows.models import Indicator, Item, ItemPart, Order
from workflows.rules.burden import rules
from workflows.services import acts, items


def told(answer, rule, field):
    body = answer.json()
    assert answer.status_code == 422, body
    assert (body["code"], body["field"], body["facts"]["rule"]) == ("burden_refused", field, rule)
    assert body["facts"]["reason"] in body["message"]
    assert body["facts"]["way_out"] in body["message"]
    assert body["message"].endswith("。")


def test_every_rule_says_why_and_what_to_do():
    assert set(WORDS) == {rule.code for rule in rules()}
    with pytest.raises(BurdenRefusedError) as refusal:
        check("完成后拍照上传", where="order", field="text")
    assert refusal.value.user_message() == (
        "“拍照上传”：要求照片、截图或轨迹须写明依据。"
        "请在同一句中写明依据的文件或事由，例如“根据《…》”；没有依据的请删去。"
    )


ITEMS = [
    ("干部每日打卡", "check_in"),
    ("党员学习积分管理", "points"),
    ("经办人排名通报", "person_ranking"),
    ("平台登录率通报", "use_ranking"),
    ("在线时长统计", "online_time"),
    ("全员必须每天登录", "forced_login"),
    ("现场照片上传", "photo_track"),
]


@pytest.mark.parametrize(("title", "rule"), ITEMS)
def test_an_item_is_refused_with_the_reason(force, city, call, title, rule):
    body = {"title": title, "lead_unit_id": str(city.units["civil"].pk), "due_on": "2026-12-31"}
    told(call("leader").post(f"/taskforces/{force.id}/items", body), rule, "title")
    assert not Item.objects.exists()


def test_pasted_rows_are_told_by_line_and_put_right_there(force, call):
    rows = "事项名称\t牵头单位\n核查低洼点位\t市民政局\n干部每日打卡\t市民政局\n"
    shown = call("leader").post(f"/taskforces/{force.id}/rows", {"text": rows}).json()
    [wrong] = [row for row in shown["rows"] if row["problems"]]
    [problem] = wrong["problems"]
    assert (wrong["line"], problem["column"]) == (3, "name")
    assert problem["message"].startswith("“每日打卡”：平台不用于打卡签到。")
    assert call("leader").post(f"/imports/{shown['id']}/apply", {}).status_code == 400
    row = f"/imports/{shown['id']}/rows/3"
    refused = call("leader").patch(row, {"name": "党员学习积分管理"})
    assert (refused.status_code, refused.json()["field"]) == (400, "name")
    assert "平台不对人员记积分" in refused.json()["message"]
    assert call("leader").patch(row, {"name": "核查值班情况"}).json()["totals"]["error"] == 0
    assert call("leader").post(f"/imports/{shown['id']}/apply", {}).status_code == 200
    assert Item.objects.count() == 2


def test_a_part_that_asks_for_it_is_refused(add, act, call, force, city):
    item = add("智慧养老平台", due_on=date(2026, 12, 31))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    ask = {"unit_id": str(city.units["health"].pk), "ask": "请组织干部每日打卡", "due_on": "2026-12-01"}
    told(call("civil_liaison").post(f"/items/{item.id}/parts", ask), "check_in", "ask")
    assert not ItemPart.objects.exists()


def test_a_decision_of_a_meeting_is_refused(call, force, city):
    planned = (
        call("leader")
        .post(f"/taskforces/{force.id}/meetings", {"meets_at": "2026-07-01T16:00:00+08:00", "place": "502"})
        .json()["meeting"]
    )
    path = f"/force-meetings/{planned['id']}"
    call("leader").post(f"{path}/hold")
    decision = {
        "text": "平台登录率通报",
        "lead_unit_id": str(city.units["civil"].pk),
        "due_on": "2026-07-20",
    }
    body = {"minutes": "会议听取了进展汇报。", "decisions": [decision]}
    told(call("data_office").post(f"{path}/issue", body), "use_ranking", "decisions")
    assert not Item.objects.exists()


def test_a_task_that_comes_with_an_order_is_refused(force, call):
    task = {"title": "全员必须每天登录", "due_on": "2026-12-31"}
    answer = call("leader").post("/orders", {"taskforce": str(force.id), "tasks": [task]})
    told(answer, "forced_login", "tasks.0.title")
    assert not Order.objects.exists()


def test_an_item_that_forbids_it_is_taken(force, city, call):
    body = {
        "title": "清理打卡签到和工作留痕",
        "lead_unit_id": str(city.units["civil"].pk),
        "due_on": "2026-12-31",
    }
    assert call("leader").post(f"/taskforces/{force.id}/items", body).status_code == 201


@pytest.mark.parametrize("field", ["title", "text"])
@pytest.mark.parametrize(("words", "rule"), ITEMS)
def test_an_order_is_refused_already_as_a_draft(city, call, field, words, rule):
    told(call("leader").post("/orders", {field: words}), rule, field)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("name", "rule"), [("个人办结数排行", "person_ranking"), ("平台使用率", "use_ranking")]
)
def test_an_indicator_is_refused(force, act, name, rule):
    from workflows.taskforces import goals

    sheet = goals.check_add_goal(
        actor=act("leader"), taskforce_id=force.id, title="三年建成", due_on=date(2027, 6, 30)
    )
    with pytest.raises(BurdenRefusedError) as refusal:
        goals.check_add_indicator(actor=act("leader"), goal_id=sheet.goals[0].id, name=name, target="100%")
    assert (refusal.value.facts["rule"], refusal.value.field) == (rule, "name")
    assert not Indicator.objects.exists()


@pytest.fixture
def room(db):
    unit = make_unit()
    owner = make_person("周牧远", unit=unit, role="office")
    made = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[])
    return owner.actor(), made.room_id


def said(text):
    return {"m.text": [{"body": text}]}


@pytest.mark.parametrize(
    ("question", "answers", "rule", "field"),
    [
        ("请填报联系人姓名和电话", ["已报", "未报"], "asks_known", "question"),
        ("今天上班打卡了吗", ["是", "否"], "check_in", "question"),
        ("您的情况", ["已每日打卡", "否"], "check_in", "answers"),
    ],
)
def test_a_poll_is_refused(room, question, answers, rule, field):
    actor, room_id = room
    content = {
        "m.poll": {
            "question": said(question),
            "answers": [{"m.id": str(n), **said(text)} for n, text in enumerate(answers)],
        },
        "m.text": [{"body": question}],
    }
    with pytest.raises(BurdenRefusedError) as refusal:
        messages.send(actor=actor, room_id=room_id, type="m.poll.start", content=content)
    assert (refusal.value.facts["rule"], refusal.value.field) == (rule, field)
    assert not Event.objects.filter(type="m.poll.start").exists()


def form(label):
    return {
        "msgtype": "m.notice",
        "body": "请填写",
        "org.tongzhou.card": {
            "v": 1, "kind": "form", "subject": "s", "version": 1, "title": "情况表",
            "actions": [{"name": "fill", "label": "填写", "input": [{"key": "a", "label": label, "type": "text"}]}],
        },
    }  # fmt: skip


def test_a_form_that_asks_what_is_known_is_refused(room):
    actor, room_id = room
    with pytest.raises(BurdenRefusedError) as refusal:
        messages.send(actor=actor, room_id=room_id, type="m.room.message", content=form("手机号"))
    assert refusal.value.facts["rule"] == "asks_known"
    messages.send(actor=actor, room_id=room_id, type="m.room.message", content=form("现场存在的问题"))
