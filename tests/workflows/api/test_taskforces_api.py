"""The REST door of task forces, items and imports: status, bodies, refusals, number of queries."""

import pytest

from tests.workflows.conftest import SAMPLE, UNITS
from workflows.models import Item

UNKNOWN = "01980000-0000-7000-8000-000000000000"
NEW = {"title": "甲", "lead_unit_id": UNKNOWN, "due_on": "2027-01-01"}


@pytest.fixture
def body(city):
    return {
        "name": "数字政府建设专班",
        "goal": "三年建成19个数字政府项目",
        "basis": "咸政办发〔2026〕7号",
        "unit_ids": [str(city.units[word].pk) for word in UNITS],
        "ends_on": "2027-06-30",
        "office_unit_id": str(city.units["data"].pk),
    }


def test_the_main_job(call, body):
    """Found, import, dispatch, sign for, report, extend, close: as the web client does it."""
    leader, liaison = call("leader"), call("daily_liaison")
    founded = leader.post("/taskforces", body, key="found")
    assert founded.status_code == 201, founded.content
    force = founded.json()
    assert (len(force["units"]), force["lead"]["name"]) == (13, "贺临川")
    preview = leader.upload(f"/taskforces/{force['id']}/imports", SAMPLE)
    assert preview.status_code == 201, preview.content
    assert preview.json()["totals"]["budget_wan"] == 36847
    assert leader.post(f"/imports/{preview.json()['id']}/apply").json()["state"] == "applied"
    sent = leader.post(f"/taskforces/{force['id']}/dispatch", {"all": True})
    assert sent.json() == {"message": "已交办19项。", "numbers": list(range(1, 20))}

    waiting = liaison.get("/pending").json()
    assert (waiting["total"], waiting["sources"][0]["source"]) == (1, "sign_for")
    item = waiting["sources"][0]["items"][0]["subject"]
    assert liaison.get(f"/items/{item}").json()["abilities"]["sign_for"] is True
    signed = liaison.post(f"/items/{item}/sign-for", key="s")
    assert (signed.status_code, signed.json()["message"]) == (200, "已签收第19项“5G智能融媒体平台”")
    reported = liaison.post(f"/items/{item}/reports", {"percent": 60, "text": "完成招标"})
    assert (reported.status_code, reported.json()["item"]["percent"]) == (201, 60)
    asked = liaison.post(f"/items/{item}/extension", {"due_on": "2027-09-30", "reason": "设备推迟"})
    assert asked.status_code == 201, asked.content
    agreed = leader.post(f"/items/{item}/extension/decide", {"agree": True})
    assert agreed.json()["item"]["due_on"] == "2027-09-30"
    liaison.post(f"/items/{item}/reports", {"percent": 100})
    closed = leader.post(f"/items/{item}/close")
    assert (closed.json()["item"]["colour"], closed.json()["item"]["state"]) == ("done", "closed")

    wall = leader.get(f"/taskforces/{force['id']}/wall").json()
    assert wall["kpi"]["counts"] == {"red": 0, "yellow": 0, "green": 18, "grey": 0, "done": 1}
    assert [one["number"] for one in wall["items"]][-1] == 19
    detail = leader.get(f"/items/{item}").json()
    assert [line["act"] for line in detail["history"] if line["act"] != "colour"] == [
        "register",
        "dispatch",
        "sign_for",
        "report",
        "ask_extension",
        "agree_extension",
        "report_done",
        "close",
    ]
    assert (len(detail["reports"]), len(detail["extensions"])) == (2, 1)


def test_a_retry_with_the_same_key_gets_the_same_answer(call, dispatched):
    liaison = call("civil_liaison")
    first = liaison.post(f"/items/{dispatched.id}/sign-for", key="k")
    liaison.post(f"/items/{dispatched.id}/reports", {"percent": 10})
    retry = liaison.post(f"/items/{dispatched.id}/sign-for", key="k")
    fresh = liaison.post(f"/items/{dispatched.id}/sign-for", key="other")
    assert (retry.status_code, retry.json()) == (first.status_code, first.json())
    assert (fresh.status_code, fresh.json()["code"]) == (409, "not_allowed_now")


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("get", "/taskforces/{force}", None),
        ("get", "/taskforces/{force}/wall", None),
        ("get", "/taskforces/{force}/items", None),
        ("get", "/taskforces/{force}/items.csv", None),
        (
            "post",
            "/taskforces/{force}/items",
            {"title": "甲", "lead_unit_id": UNKNOWN, "due_on": "2027-01-01"},
        ),
        ("post", "/taskforces/{force}/dispatch", {"all": True}),
        ("post", "/taskforces/{force}/digest", {}),
        ("get", "/items/{item}", None),
        ("post", "/items/{item}/sign-for", {}),
        ("post", "/items/{item}/reports", {"percent": 10}),
        ("post", "/items/{item}/extension", {"due_on": "2027-09-30", "reason": "推迟"}),
        ("post", "/items/{item}/extension/decide", {"agree": True}),
        ("post", "/items/{item}/return", {"reason": "不属我办"}),
        ("post", "/items/{item}/close", {}),
        ("post", "/items/{item}/remind", {}),
        ("post", "/items/{item}/suspend", {"reason": "上级要求"}),
        ("post", "/items/{item}/resume", {"reason": "上级要求"}),
        ("post", "/items/{item}/cancel", {"reason": "上级要求"}),
    ],
)
def test_not_there_and_not_yours_look_alike(call, force, dispatched, method, path, sent):
    outsider = call("outside_head")
    answers = []
    for force_id, item_id in ((force.id, dispatched.id), (UNKNOWN, UNKNOWN)):
        target = path.format(force=force_id, item=item_id)
        answers.append(outsider.get(target) if method == "get" else outsider.post(target, sent))
    mine, unknown = answers
    assert mine.status_code == unknown.status_code == 404
    assert mine.json() == unknown.json()


def test_nobody_comes_in_without_signing_in(client, force):
    answer = client.get(f"/api/v1/taskforces/{force.id}")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("/items/{item}/reports", {"percent": "六十"}, "percent"),
        ("/items/{item}/reports", {"percent": 120}, "percent"),
        ("/items/{item}/reports", {"percent": 10, "txet": "打错的字段"}, "txet"),
        ("/items/{item}/extension", {"due_on": "2026-02-30", "reason": "推迟"}, "due_on"),
        ("/items/{item}/extension", {"due_on": "2026-08-01", "reason": "推迟"}, "due_on"),
        ("/items/{item}/extension", {"due_on": "2027-09-30", "reason": " "}, "reason"),
        ("/items/{item}/return", {}, "reason"),
    ],
)
def test_bad_bodies_name_the_field(call, signed, path, sent, field):
    answer = call("civil_liaison").post(path.format(item=signed.id), sent)
    assert answer.status_code in {400, 422}
    assert field in answer.json()["field"]
    assert answer.json()["message"].endswith("。")


def test_dispatch_says_which_or_all_but_not_both(call, force, dispatched):
    leader = call("leader")
    for sent in ({}, {"all": True, "item_ids": [str(dispatched.id)]}):
        answer = leader.post(f"/taskforces/{force.id}/dispatch", sent)
        assert (answer.status_code, answer.json()["field"]) == (400, "item_ids")


def test_a_refusal_by_right_says_who_may(call, dispatched):
    answer = call("land_head").post(f"/items/{dispatched.id}/sign-for")
    assert answer.status_code == 403
    assert "签收事项" in answer.json()["message"]


def test_items_can_be_added_edited_and_listed(call, force, city):
    leader = call("leader")
    new = {"title": "数据共享交换平台", "lead_unit_id": str(city.units["data"].pk), "due_on": "2027-01-31"}
    more = {"budget_wan": "400.50", "supporting_unit_ids": [str(city.units["land"].pk)]}
    made = leader.post(f"/taskforces/{force.id}/items", {**new, **more}, key="n")
    assert made.status_code == 201, made.content
    item = made.json()["item"]
    assert (item["budget_wan"], item["supporting_units"][0]["name"]) == (400.5, "咸宁市自然资源和规划局")
    moved = leader.patch(f"/items/{item['id']}", {"lead_unit_id": str(city.units["land"].pk)})
    assert (moved.json()["item"]["state"], moved.json()["item"]["lead_unit"]["name"]) == (
        "registered",
        "咸宁市自然资源和规划局",
    )
    assert leader.patch(f"/items/{item['id']}", {}).status_code == 400
    listed = leader.get(f"/taskforces/{force.id}/items?state=registered&sort=number").json()
    assert ([one["number"] for one in listed["items"]], listed["next"]) == ([1], None)
    assert leader.get(f"/taskforces/{force.id}/items?colour=blue").status_code == 400


def test_a_supporting_unit_sees_the_item_but_cannot_close_the_whole(call, force, add, city):
    item = add(supporting_unit_ids=(city.units["outside"].pk,))
    outside = call("outside_head")
    assert outside.get(f"/items/{item.id}").status_code == 200
    assert outside.get(f"/taskforces/{force.id}").status_code == 404
    assert outside.post(f"/items/{item.id}/close").status_code == 403


def test_the_export_is_a_csv_with_a_name(call, force, add, settings):
    add()
    answer = call("inspector").get(f"/taskforces/{force.id}/items.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "filename*=UTF-8''%E6%95%B0%E5%AD%97" in answer["Content-Disposition"]
    assert "智慧社区服务平台" in answer.content.decode("utf-8-sig")


def test_an_import_is_fixed_and_applied_over_rest(call, force, city):
    leader = call("leader")
    data = SAMPLE.decode().replace("咸宁日报社", "咸宁广播电视大楼筹建处").encode("gb18030")
    preview = leader.upload(f"/taskforces/{force.id}/imports", data, due_on="2027-05-31").json()
    assert (preview["totals"]["error"], preview["due_on"]) == (1, "2027-05-31")
    refused = leader.post(f"/imports/{preview['id']}/apply")
    assert (refused.status_code, refused.json()["facts"]["lines"]) == (400, [20])
    fix = {"lead_unit_id": str(city.units["daily"].pk), "budget_wan": "520"}
    assert leader.patch(f"/imports/{preview['id']}/rows/20", fix).json()["totals"]["error"] == 0
    assert leader.patch(f"/imports/{preview['id']}/rows/99", fix).status_code == 404
    assert leader.get(f"/imports/{preview['id']}").json()["rows"][18]["match"] == "fixed"
    assert leader.post(f"/imports/{preview['id']}/apply").status_code == 200
    assert Item.objects.count() == 19


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 xlsx", "另存为CSV"),
        (b"\x80\xff\xfe", "UTF-8或GB18030"),
        ("序号,项目名称\n1,甲\n".encode(), "缺少“牵头单位”列"),
        (b"a,b\n" * 700_000, "超过2MB"),
    ],
    ids=["empty", "xlsx", "binary", "no column", "too large"],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(call, force, data, part):
    answer = call("leader").upload(f"/taskforces/{force.id}/imports", data)
    assert (answer.status_code, answer.json()["field"]) == (400, "file")
    assert part in answer.json()["message"]


def test_lists_cost_the_same_for_one_and_for_many(call, force, add, django_assert_max_num_queries):
    leader = call("leader")
    paths = (
        f"/taskforces/{force.id}/items",
        "/taskforces",
        "/pending",
    )  # which asks each of its many sources
    most = (20, 20, 60)
    add("第一项")
    for path in paths:
        leader.get(path)
    costs = []
    for path, ceiling in zip(paths, most, strict=True):
        with django_assert_max_num_queries(ceiling) as few:
            assert leader.get(path).status_code == 200
        costs.append(len(few))
    for number in range(6):
        add(f"又一项{number}")
    for path, cost in zip(paths, costs, strict=True):
        with django_assert_max_num_queries(cost):
            leader.get(path)
