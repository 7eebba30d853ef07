"""Ledgers of units at the REST door: items without a task force, lists, numbers, parts, checks, splitting."""

from datetime import date
from types import SimpleNamespace

import pytest

from workflows.models import FormalNumber, Item, Ledger

DUE = "2026-08-31"


@pytest.fixture
def office(city, appoint):
    """The government's office and its supervision ledger with formal numbers."""
    appoint("gov_office", "杜若谦", city.government, "office", "督查室主任")
    appoint("gov_checker", "安知远", city.government, "supervision_officer", "督查专员")
    return city.government


@pytest.fixture
def at(call, office, city):
    chief = call("gov_office")
    ledger = chief.post("/ledgers", {"name": "重点督办", "kind": "supervision", "organ_code": "咸政督"})
    assert ledger.status_code == 201, ledger.content
    return SimpleNamespace(
        chief=chief,
        checker=call("gov_checker"),
        civil=call("civil_liaison"),
        land=call("land_liaison"),
        outside=call("outside_head"),
        ledger=ledger.json()["id"],
        units={word: str(unit.pk) for word, unit in city.units.items()},
        city=city,
    )


def make(at, title="整治占道经营", unit="civil", **more):
    body = {"title": title, "lead_unit_id": at.units[unit], "due_on": DUE, **more}
    answer = at.chief.post(f"/ledgers/{at.ledger}/items", body)
    assert answer.status_code == 201, answer.content
    return answer.json()["item"]


def deed(who, item, path, body=None, status=200):
    answer = who.post(f"/items/{item['id']}/{path}", body)
    assert answer.status_code == status, answer.content
    return answer.json()


def run_to_report(at, item, **report):
    deed(at.civil, item, "sign-for")
    return deed(at.civil, item, "reports", {"percent": 100, "text": "已完成", **report}, 201)


def test_an_item_of_a_ledger_has_a_short_and_a_formal_number(at):
    first, second = make(at), make(at, "清理河道")
    assert [first["number"], second["number"]] == [1, 2]
    assert [one["formal_number"] for one in (first, second)] == ["咸政督〔2026〕1号", "咸政督〔2026〕2号"]
    assert first["home"]["kind"] == "ledger"
    assert first["taskforce"] is None
    assert first["supervised"]
    assert first["milestones"] == []


def test_only_the_unit_of_a_ledger_adds_to_it_and_others_do_not_see_it(at, call):
    body = {"title": "甲", "lead_unit_id": at.units["civil"], "due_on": DUE}
    assert at.civil.post(f"/ledgers/{at.ledger}/items", body).status_code == 404
    assert at.outside.get(f"/ledgers/{at.ledger}").status_code == 404
    assert call("civil_head").post("/ledgers", {"name": "局内台账"}).status_code == 201
    refused = at.civil.post("/ledgers", {"name": "局内台账二"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    again = at.chief.post("/ledgers", {"name": "重点督办"})
    assert again.status_code == 409
    assert "换一个名称" in again.json()["message"]


def test_the_whole_way_of_a_supervised_item(at):
    item = make(at)
    assert deed(at.chief, item, "dispatch")["item"]["state"] == "dispatched"
    assert run_to_report(at, item)["item"]["state"] == "reported"
    early = at.chief.post(f"/items/{item['id']}/close")
    assert early.status_code == 409
    assert "先核查通过" in early.json()["message"]
    assert deed(at.checker, item, "check", {})["item"]["state"] == "checked"
    twice = at.chief.post(f"/items/{item['id']}/check", {})
    assert twice.status_code == 409
    assert "安知远已于07月01日 10:00核查通过" in twice.json()["message"]
    assert deed(at.chief, item, "close")["item"]["state"] == "closed"
    assert deed(at.checker, item, "strike-off", {})["item"]["state"] == "struck_off"
    assert deed(at.chief, item, "reopen", {"reason": "群众反映回潮"})["item"]["state"] == "in_progress"
    assert Item.objects.get(pk=item["id"]).percent == 99


def test_who_did_the_work_does_not_check_it(at, appoint, call):
    item = make(at, unit="civil")
    deed(at.chief, item, "dispatch")
    run_to_report(at, item)
    checker = Item.objects.get(pk=item["id"])
    from directory.store.models import Staff

    checker.handler = Staff.objects.get(staff_number="gov_checker")
    checker.save()
    refused = at.checker.post(f"/items/{item['id']}/check", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")
    assert "其他督查人员" in refused.json()["message"]
    assert deed(at.chief, item, "check", {})["item"]["state"] == "checked"


def test_parts_have_their_own_clock_and_must_be_answered(at):
    item = make(at, supporting_unit_ids=[at.units["land"]])
    deed(at.chief, item, "dispatch")
    deed(at.civil, item, "sign-for")
    refused = at.civil.post(f"/items/{item['id']}/reports", {"percent": 100, "text": "完成"})
    assert (refused.status_code, refused.json()["code"]) == (409, "parts_open")
    assert "无意见" in refused.json()["message"]
    [part] = at.land.get(f"/items/{item['id']}").json()["parts"]
    assert part["abilities"]["sign_for"]
    assert not part["abilities"]["answer"]
    path = f"parts/{part['id']}"
    wrong = at.civil.post(f"/items/{item['id']}/{path}/sign-for")
    assert wrong.status_code == 403
    deed(at.land, item, f"{path}/sign-for")
    deed(at.land, item, f"{path}/dissent", {"text": "范围应扩大到城东"})
    late = at.land.post(f"/items/{item['id']}/{path}/answer", {"text": "再答一次"})
    assert late.status_code == 409
    assert "已于07月01日 10:00答复" in late.json()["message"]
    assert at.civil.post(f"/items/{item['id']}/reports", {"percent": 100}).status_code == 409
    deed(at.civil, item, f"{path}/dissent/answer", {"text": "城东另行安排"})
    deed(at.civil, item, "reports", {"percent": 100, "text": "完成"}, 201)
    [kept] = at.chief.get(f"/items/{item['id']}").json()["parts"]
    assert (kept["dissent"], kept["dissent_answer"]) == ("范围应扩大到城东", "城东另行安排")


def test_a_part_may_not_be_due_after_the_whole_nor_be_the_leads(at):
    item = make(at)
    deed(at.chief, item, "dispatch")
    deed(at.civil, item, "sign-for")
    late = at.civil.post(
        f"/items/{item['id']}/parts",
        {"unit_id": at.units["land"], "ask": "提供红线图", "due_on": "2026-09-30"},
    )
    assert (late.status_code, late.json()["field"]) == (400, "due_on")
    own = at.civil.post(
        f"/items/{item['id']}/parts", {"unit_id": at.units["civil"], "ask": "提供名单", "due_on": DUE}
    )
    assert (own.status_code, own.json()["field"]) == (400, "unit_id")
    asked = {"unit_id": at.units["land"], "ask": "提供红线图", "due_on": "2026-07-20"}
    deed(at.civil, item, "parts", asked, 201)
    answer = at.land.get(f"/items/{item['id']}").json()
    deed(at.land, item, f"parts/{answer['parts'][0]['id']}/sign-for")
    deed(at.land, item, f"parts/{answer['parts'][0]['id']}/no-opinion")
    assert at.land.get(f"/items/{item['id']}").json()["parts"][0]["state"] == "no_opinion"


def test_rectification_is_ordered_planned_done_and_checked_again(at):
    item = make(at)
    deed(at.chief, item, "dispatch")
    run_to_report(at, item)
    refused = at.civil.post(f"/items/{item['id']}/rectification", {"order": "清理不彻底"})
    assert refused.status_code == 403
    ordered = deed(at.checker, item, "rectification", {"order": "清理不彻底"}, 201)
    assert ordered["item"]["state"] == "rectifying"
    [one] = at.civil.get(f"/items/{item['id']}").json()["rectifications"]
    assert one["plan_due_on"] == "2026-07-06"  # three working days after Wednesday 1 July
    early = at.civil.post(f"/items/{item['id']}/rectification/result", {"result": "好了"})
    assert early.status_code == 409
    assert "报送整改方案" in early.json()["message"]
    deed(at.civil, item, "rectification/plan", {"plan": "逐户清理", "due_on": "2026-07-15"})
    deed(at.civil, item, "rectification/result", {"result": "已清理完毕"})
    own = at.civil.post(f"/items/{item['id']}/rectification/recheck", {"passed": True})
    assert own.status_code == 403
    deed(at.checker, item, "rectification/recheck", {"passed": False, "reason": "北门仍有摊点"})
    found = at.civil.get(f"/items/{item['id']}").json()
    assert [one["state"] for one in found["rectifications"]] == ["failed", "ordered"]
    deed(at.civil, item, "rectification/plan", {"plan": "再清理", "due_on": "2026-07-15"})
    deed(at.civil, item, "rectification/result", {"result": "北门已清"})
    passed = deed(at.checker, item, "rectification/recheck", {"passed": True})
    assert passed["item"]["state"] == "checked"
    late = at.chief.post(f"/items/{item['id']}/rectification/recheck", {"passed": True})
    assert late.status_code == 409
    assert "安知远已于" in late.json()["message"]


def test_a_whole_is_split_and_its_progress_is_that_of_its_parts(at, city, appoint, call):
    from directory.store.models import Unit

    county = Unit.objects.create(
        code="xa-civil",
        name="咸安区民政局",
        short_name="区民政局",
        level="county",
        block_parent=city.units["civil"],
        region_id="421200",
    )
    appoint("xa_head", "周砚", county, "head", "局长")
    item = make(at)
    deed(at.chief, item, "dispatch")
    deed(at.civil, item, "sign-for")
    child = {"title": "城区部分", "lead_unit_id": str(county.pk), "due_on": "2026-08-20", "weight": 3}
    beyond = at.civil.post(f"/items/{item['id']}/children", {**child, "due_on": "2026-09-30"})
    assert (beyond.status_code, beyond.json()["field"]) == (400, "due_on")
    beside = at.civil.post(f"/items/{item['id']}/children", {**child, "lead_unit_id": at.units["land"]})
    assert (beside.status_code, beside.json()["field"]) == (400, "lead_unit_id")
    assert "会办" in beside.json()["message"]
    one = deed(at.civil, item, "children", child, 201)["item"]
    two = deed(
        at.civil,
        item,
        "children",
        {**child, "title": "机关部分", "lead_unit_id": at.units["civil"], "weight": 1},
        201,
    )["item"]
    assert one["state"] == "dispatched"
    xa = call("xa_head")
    deed(xa, one, "sign-for")
    deed(xa, one, "reports", {"percent": 60, "text": "过半"}, 201)
    assert at.chief.get(f"/items/{item['id']}").json()["percent"] == 45
    by_hand = at.civil.post(f"/items/{item['id']}/reports", {"percent": 80})
    assert (by_hand.status_code, by_hand.json()["field"]) == (400, "percent")
    for part, who in ((one, xa), (two, at.civil)):
        if part is two:
            deed(who, part, "sign-for")
        deed(who, part, "reports", {"percent": 100, "text": "完成"}, 201)
    open_child = at.civil.post(f"/items/{item['id']}/reports", {"percent": 100, "text": "完成"})
    assert (open_child.status_code, open_child.json()["code"]) == (409, "children_open")
    circle = at.chief.post(f"/items/{item['id']}/parent", {"parent_id": one["id"]})
    assert (circle.status_code, circle.json()["code"]) == (409, "circular_parent")
    for part in (one, two):
        deed(at.chief, part, "check", {})
        deed(at.chief, part, "close")
    deed(at.civil, item, "reports", {"percent": 100, "text": "完成"}, 201)
    detail = at.chief.get(f"/items/{item['id']}").json()
    assert detail["percent"] == detail["rolled_up"] == 100
    assert len(detail["children"]) == 2


def test_lists_filter_count_page_and_export(at):
    for number in range(5):
        make(at, f"事项{number}", kind="message", due_on=None if number == 0 else DUE)
    make(at, "批示件", kind="instruction", details={"leader": "贺临川", "instructed_on": "2026-06-30"})
    first = at.chief.get(f"/ledgers/{at.ledger}/items?limit=4").json()
    assert len(first["items"]) == 4
    rest = at.chief.get(f"/ledgers/{at.ledger}/items?limit=4&cursor={first['next']}").json()
    assert len(rest["items"]) == 2
    assert rest["next"] is None
    assert first["total"] == 6
    assert first["colours"]["grey"] == 6
    assert first["items"][0]["due_on"] == "2026-07-08"  # five working days, the limit of its kind
    only = at.chief.get(f"/ledgers/{at.ledger}/items?kind=instruction").json()["items"]
    assert [one["title"] for one in only] == ["批示件"]
    assert at.chief.get("/items?tab=supervised&q=批示").json()["total"] == 1
    assert at.civil.get("/items?tab=handled").json()["total"] == 0  # not handed out yet
    bad = at.chief.get(f"/ledgers/{at.ledger}/items?colour=purple")
    assert (bad.status_code, bad.json()["field"]) == (400, "colour")
    sheet = at.chief.get(f"/ledgers/{at.ledger}/items.csv").content.decode("utf-8-sig")
    assert "咸政督〔2026〕6号" in sheet
    deed(at.chief, only[0], "follow", {"on": True})
    assert at.chief.get("/items?tab=followed").json()["counts"] == {
        "supervised": 6,
        "handled": 0,
        "followed": 1,
    }


def test_a_cancelled_number_stays_void_with_its_reason(at):
    item = make(at)
    deed(at.chief, item, "cancel", {"reason": "重复立项"})
    make(at, "清理河道")
    numbers = at.chief.get(f"/ledgers/{at.ledger}/numbers").json()["items"]
    assert [one["text"] for one in numbers] == ["咸政督〔2026〕1号", "咸政督〔2026〕2号"]
    assert numbers[0]["void_reason"] == "重复立项"
    assert numbers[1]["void_at"] is None
    assert FormalNumber.objects.count() == 2


def test_without_a_home_the_item_goes_to_the_units_own_ledger(call, city):
    head = call("civil_head")
    body = {"title": "整理档案", "lead_unit_id": str(city.units["civil"].pk), "due_on": DUE, "dispatch": True}
    item = head.post("/items", body, key="one").json()["item"]
    assert head.post("/items", body, key="one").json()["item"]["id"] == item["id"]
    assert item["home"]["name"] == "工作台账"
    assert item["state"] == "dispatched"
    assert not item["supervised"]
    assert Ledger.objects.count() == 1


def test_pasted_rows_become_items_after_a_preview(at):
    rows = "序号\t事项名称\t牵头单位\n1\t清理河道\t市自然资源和规划局\n2\t修缮养老院\t市民政局\n"
    preview = at.chief.post(f"/ledgers/{at.ledger}/rows", {"text": rows, "due_on": DUE})
    assert preview.status_code == 201, preview.content
    assert preview.json()["totals"]["added"] == 2
    applied = at.chief.post(f"/imports/{preview.json()['id']}/apply")
    assert applied.json()["state"] == "applied"
    assert [item.formal_number for item in Item.objects.order_by("number")] == [
        "咸政督〔2026〕1号",
        "咸政督〔2026〕2号",
    ]
    assert at.civil.post(f"/ledgers/{at.ledger}/rows", {"text": rows}).status_code == 404
    empty = at.chief.post(f"/ledgers/{at.ledger}/rows", {"text": " "})
    assert (empty.status_code, empty.json()["field"]) == (400, "text")


def test_suspension_puts_the_due_date_off_and_keeps_the_first(at, later):
    item = make(at)
    deed(at.chief, item, "dispatch")
    deed(at.civil, item, "sign-for")
    deed(at.chief, item, "suspend", {"reason": "等待批复"})
    with later(on="2026-07-08T10:00"):
        found = deed(at.chief, item, "resume", {"reason": "批复已到"})["item"]
    assert found["first_due_on"] == DUE
    assert date.fromisoformat(found["due_on"]) == date(2026, 9, 7)  # five working days of 1 to 7 July
    assert found["suspended_days"] == 7
