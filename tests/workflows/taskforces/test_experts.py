"""Outside experts: in until their day and not a morning longer; the declaration comes before the opinion."""

import pytest

from chatops.models import Membership
from common import timers
from common.models import AuditEntry
from directory.store.models import Appointment, Post, Staff
from workflows.taskforces import experts


@pytest.fixture
def expert(city):
    """An engineer with an account and a post in a unit that takes no part."""
    staff = Staff.objects.create(staff_number="engineer", name="钟问渠", password="!")
    post = Post.objects.create(
        code="outside.engineer", unit=city.units["outside"], role="member", title="工程师"
    )
    Appointment.objects.create(staff=staff, post=post, is_primary=True, valid_from="2020-01-01")
    return staff


@pytest.fixture
def base(force):
    return f"/taskforces/{force.id}"


def body(expires_on="2026-07-10", **more):
    fixed = {"user_id": "engineer", "kind": "company", "organisation": "某通信公司", "field": "传输"}
    return {**fixed, "expires_on": expires_on, **more}


@pytest.fixture
def inside(call, base, expert):
    answer = call("data_office").post(f"{base}/experts", body())
    assert answer.status_code == 201, answer.content
    return answer.json()["items"][0]


def joined(force, staff):
    return Membership.objects.filter(
        room__room_id=force.room_id, staff_id=staff.pk, membership="join"
    ).exists()


def test_marked_in_the_list_and_in_the_room_until_the_day(call, base, force, expert, inside, later):
    assert inside["mark"] == "外部成员 · 某通信公司 · 至2026-07-10"
    assert joined(force, expert)
    assert call("engineer").get(f"{base}/wall").status_code == 200
    assert [one["id"] for one in call("engineer").get("/taskforces").json()["items"]] == [str(force.id)]
    assert call("engineer").post(f"{base}/problems", {"title": "x"}).status_code == 403
    with later(on="2026-07-10T23:59"):
        timers.tick()
        experts.expire(inside["id"])
        assert joined(force, expert)
    with later(on="2026-07-11T00:00"):
        assert call("engineer").get(f"{base}/wall").status_code == 404  # at once, timer or not
        experts.expire(inside["id"])
        experts.expire(inside["id"])
        assert not joined(force, expert)
        assert call("leader").get(f"{base}/experts").json()["items"][0]["is_live"] is False
    assert AuditEntry.objects.filter(verb="expert.leave").count() == 1


def test_whoever_is_in_the_room_sees_who_comes_from_outside(call, base, force, inside, later):
    def marks(path):
        answer = call("civil_liaison").get(f"/rooms/{force.room_id}/{path}")
        assert answer.status_code == 200, answer.content
        return {one["name"]: one["mark"] for one in answer.json()["items"] if one["mark"]}

    mark = {"label": "外部专家", "note": "外部成员 · 某通信公司 · 至2026-07-10"}
    assert marks("members") == {"钟问渠": mark}
    assert marks("members/tree?q=钟") == {"钟问渠": mark}
    with later(on="2026-07-11T00:00"):
        assert marks("members") == {}  # the mark ends with the day, as the access does


def test_who_and_what_is_refused(call, base, expert):
    assert call("civil_liaison").post(f"{base}/experts", body()).status_code == 403
    assert call("outside_head").get(f"{base}/experts").status_code == 404
    assert call("leader").post(f"{base}/experts", body("2028-01-01")).json()["field"] == "expires_on"
    assert call("leader").post(f"{base}/experts", body(kind="friend")).json()["field"] == "kind"
    assert call("leader").post(f"{base}/experts", body(user_id="nobody")).json()["field"] == "user_id"


@pytest.fixture
def review(call, base, inside):
    asked = call("data_office").post(f"{base}/reviews", {"question": "割接窗口是否可行"}).json()["review"]
    path = f"/reviews/{asked['id']}"
    assert call("data_office").post(f"{path}/conclude", {"conclusion": "x"}).status_code == 409
    call("data_office").post(f"{path}/invite", {"expert_ids": [inside["id"]]})
    return path


def test_declaration_then_opinion_then_conclusion_then_decision(call, review):
    early = call("engineer").post(f"{review}/opine", {"opinion": "可行"})
    assert (early.status_code, early.json()["message"]) == (409, "请先申报利益关系，再提交意见。")
    waiting = call("engineer").get("/pending").json()["sources"]
    assert [one["count"] for one in waiting if one["source"] == "expert_review"] == [1]
    assert call("engineer").post(f"{review}/declare", {"has_conflict": False}).status_code == 200
    assert call("engineer").post(f"{review}/declare", {"has_conflict": False}).status_code == 409
    assert call("engineer").post(f"{review}/opine", {"opinion": "可行，须备回退方案"}).status_code == 200
    seen = call("civil_liaison").get(review).json()["invitations"][0]
    assert (seen["expert_name"], seen["opinion"]) == ("钟问渠", "")
    assert call("civil_liaison").post(f"{review}/conclude", {"conclusion": "可行"}).status_code == 403
    assert call("data_office").post(f"{review}/conclude", {"conclusion": "可行"}).status_code == 200
    assert call("leader").post(f"{review}/decide", {"adopt": False}).json()["field"] == "reason"
    done = (
        call("leader").post(f"{review}/decide", {"adopt": False, "reason": "与防汛响应重叠"}).json()["review"]
    )
    assert (done["state"], done["reason"]) == ("not_adopted", "与防汛响应重叠")


def test_who_has_a_conflict_gives_no_opinion(call, review):
    assert call("engineer").post(f"{review}/declare", {"has_conflict": True}).json()["field"] == "declaration"
    call("engineer").post(f"{review}/declare", {"has_conflict": True, "declaration": "本公司为投标人"})
    refused = call("engineer").post(f"{review}/opine", {"opinion": "可行"})
    assert (refused.status_code, refused.json()["facts"]["reason"]) == (403, "conflict")


def test_an_expert_whose_time_is_over_answers_no_more(call, review, later):
    with later(on="2026-07-11T08:00"):
        assert call("engineer").post(f"{review}/declare", {"has_conflict": False}).status_code == 404
