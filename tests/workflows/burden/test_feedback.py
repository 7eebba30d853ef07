"""投诉建议 at the REST door: an owner, a limit, a public answer."""

from datetime import timedelta

import pytest

from common import clock
from common.models import AuditEntry
from workflows.models import Feedback
from workflows.pending.feedback import find
from workflows.pending.registry import PendingSource

SOURCE = PendingSource("answer_feedback", str, find=find)


@pytest.fixture
def digital(appoint, city):
    return appoint("data_digital", "张承志", city.units["data"], "digital_officer", "数字化转型专员")


@pytest.fixture
def owner(city, settings):
    settings.FEEDBACK_UNIT = "data"
    return city.units["data"]


def say(caller, text="群太多，建议合并", kind="suggestion", **more):
    return caller.post("/feedback", {"kind": kind, "text": text, "page": "/im"}, **more)


def test_said_by_anybody_owned_by_a_unit_with_a_limit(call, owner):
    answer = say(call("civil_handler"))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["message"] == "已提交，由咸宁市政务服务和大数据管理局在2026-07-08前公开答复。"
    assert body["feedback"]["because"].startswith("2026年7月1日10:00收到；收到当日不计，5个工作日")
    assert body["feedback"]["abilities"] == ["withdraw"]
    assert AuditEntry.objects.filter(verb="feedback.say").count() == 1


def test_the_same_twice_is_one(call, owner):
    caller = call("civil_handler")
    assert say(caller, key="k1").json() == say(caller, key="k1").json()
    assert Feedback.objects.count() == 1


def test_answered_in_public_without_the_askers_name(call, owner):
    key = say(call("civil_handler")).json()["feedback"]["id"]
    assert call("farm_head").get("/feedback").json()["items"] == []
    office = call("data_office")
    waiting = office.get("/feedback?of=owned").json()
    assert waiting["owned"] == 1
    assert "民政科" in waiting["items"][0]["by"]
    done = office.post(f"/feedback/{key}/answer", {"answer": "已合并为一个群。"})
    assert done.status_code == 200, done.content
    [shown] = call("farm_head").get("/feedback").json()["items"]
    assert (shown["answer"], shown["by"], shown["page"]) == ("已合并为一个群。", "", "")
    assert shown["answered_by"].startswith("咸宁市政务服务和大数据管理局")
    again = office.post(f"/feedback/{key}/answer", {"answer": "再答"})
    assert again.status_code == 409
    assert "周牧远已于07月01日 10:00答复" in again.json()["message"]


def test_only_the_owner_answers_and_only_the_asker_withdraws(call, owner):
    key = say(call("civil_handler")).json()["feedback"]["id"]
    assert call("farm_head").post(f"/feedback/{key}/answer", {"answer": "答"}).status_code == 404
    assert call("data_handler").post(f"/feedback/{key}/answer", {"answer": "答"}).status_code == 403
    assert call("farm_head").post(f"/feedback/{key}/withdraw").status_code == 404
    assert call("civil_handler").post(f"/feedback/{key}/withdraw").status_code == 200
    assert call("data_office").post(f"/feedback/{key}/answer", {"answer": "答"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "joke", "text": "甲"}, "kind"),
        ({"kind": "complaint", "text": " "}, "text"),
        ({"kind": "complaint", "text": "长" * 1001}, "text"),
    ],
)
def test_bad_input_names_its_field(call, owner, body, field):
    answer = call("civil_handler").post("/feedback", body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert call("civil_handler").get("/feedback?of=all").status_code == 400


def test_a_secrecy_mark_is_refused(call, owner):
    assert say(call("civil_handler"), text="见文件（机密★3年）").status_code == 422
    assert not Feedback.objects.exists()


def test_the_owner_is_the_nearest_unit_upward_with_a_digital_officer(call, city, appoint):
    assert "咸宁市民政局" in say(call("civil_handler")).json()["message"]
    appoint("gov_digital", "张承志", city.government, "digital_officer", "数字化转型专员")
    assert "咸宁市人民政府" in say(call("civil_handler")).json()["message"]


def test_it_waits_in_the_pending_list_of_the_owner(call, act, owner):
    say(call("civil_handler"))
    [entry] = SOURCE.page(act("data_office"), 10)
    assert entry.title == "建议：群太多，建议合并"
    assert SOURCE.tally(act("data_office")).count == 1
    assert SOURCE.tally(act("farm_head")).count == 0
    assert SOURCE.tally(act("data_handler")).count == 0


def test_the_list_is_paged(call, act, owner, city):
    now = clock.now()
    Feedback.objects.bulk_create(
        Feedback(
            kind="complaint", text=str(n), owner_unit=owner, state="answered", at=now, by_name="甲", due_at=now,
            answered_at=now + timedelta(minutes=n), answer="答",
        )
        for n in range(35)
    )  # fmt: skip
    first = call("farm_head").get("/feedback").json()
    second = call("farm_head").get(f"/feedback?cursor={first['next']}").json()
    assert [one["text"] for one in (*first["items"], *second["items"])] == [str(n) for n in range(34, -1, -1)]
    assert second["next"] is None
