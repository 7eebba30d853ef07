"""Winding a task force up: nobody's work is left without a unit, and the room is closed with a word."""

import pytest

from chatops.models import Event, Membership, Room
from common.models import AuditEntry, Timer
from tests.workflows.api.test_taskforces_api import UNKNOWN
from workflows.models import Item, TaskForce
from workflows.services import acts
from workflows.services.items import check_dispatch


@pytest.fixture
def path(force):
    return f"/taskforces/{force.id}/wind-up"


def notices(force):
    rows = Event.objects.filter(type="m.room.message", room_id=Room.objects.get(room_id=force.room_id).pk)
    return [row.content["body"] for row in rows.order_by("seq")]


def test_with_nothing_open_it_is_dissolved_and_its_room_archived(call, force, path):
    assert Timer.objects.filter(key=f"digest:{force.id}").exists()
    answer = call("leader").post(path, {})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["taskforce"]["state"], body["taskforce"]["state_words"]) == ("dissolved", "已撤销")
    assert Room.objects.get(room_id=force.room_id).archived_at is not None
    assert notices(force) == [body["message"]]
    assert not Timer.objects.filter(key=f"digest:{force.id}").exists()
    entry = AuditEntry.objects.get(verb="taskforce.wind_up")
    assert entry.old == {"state": "running"}
    assert entry.new == {
        "state": "dissolved",
        "through": "closing",
        "signed_over": None,
        "items": [],
        "problems": [],
    }
    assert AuditEntry.objects.filter(verb="room.archive", subject_id=force.room_id).exists()
    assert call("leader").get(f"/taskforces/{force.id}/wall").status_code == 200


def test_open_items_are_named_and_nothing_happens(call, force, path, add):
    add("第一项")
    add("第二项")
    answer = call("leader").post(path, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "items_open")
    for part in ("2项", "第1项“第一项”", "第2项“第二项”", "请先办结或取消", "接收"):
        assert part in answer.json()["message"]
    assert answer.json()["facts"]["items"] == [[1, "第一项"], [2, "第二项"]]
    assert TaskForce.objects.get(pk=force.id).state == "running"
    assert Room.objects.get(room_id=force.room_id).archived_at is None
    assert notices(force) == []


def test_what_is_open_goes_to_the_unit_that_takes_it(call, act, city, force, path, signed, add):
    """An item under way and one not yet dispatched; the receiving unit signs for the first anew."""
    kept = add("大数据局自己的", unit="data")
    add("没有交办的")
    check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=[kept.id])
    data = city.units["data"]
    answer = call("leader").post(path, {"signed_over": str(data.pk)}, key="w")
    assert answer.status_code == 200, answer.content
    assert "3项移交咸宁市政务服务和大数据管理局" in answer.json()["message"]
    assert call("leader").post(path, {"signed_over": str(data.pk)}, key="w").json() == answer.json()
    assert {item.lead_unit_id for item in Item.objects.all()} == {data.pk}
    assert list(Item.objects.order_by("number").values_list("state", flat=True)) == [
        "dispatched", "dispatched", "registered",
    ]  # fmt: skip
    history = call("data_liaison").get(f"/items/{signed.id}").json()["history"]
    assert history[-1]["text"].startswith("专班撤销")
    waiting = call("data_liaison").get("/pending").json()["sources"]
    assert {one["subject"] for source in waiting for one in source["items"]} >= {str(signed.id), str(kept.id)}
    # The work goes on without the task force.
    assert call("data_liaison").post(f"/items/{signed.id}/sign-for").status_code == 200


def test_what_cannot_change_hands_is_decided_first(call, act, city, path, signed):
    acts.check_report(actor=act("civil_liaison"), item_id=signed.id, percent=100, text="")
    answer = call("leader").post(path, {"signed_over": str(city.units["data"].pk)})
    assert (answer.status_code, answer.json()["code"]) == (409, "items_open")
    assert "待核查" in answer.json()["message"]
    assert Item.objects.get(pk=signed.id).lead_unit_id == city.units["civil"].pk
    acts.check_close(actor=act("leader"), item_id=signed.id)
    assert call("leader").post(path, {}).status_code == 200


def test_who_may(call, force, path):
    assert call("civil_liaison").post(path, {}).json()["code"] == "forbidden"
    assert call("outside_head").post(path, {}).status_code == 404
    assert TaskForce.objects.get(pk=force.id).state == "running"
    assert call("data_office").post(path, {}).status_code == 200


def test_an_office_that_is_not_in_the_room_still_says_so_there(call, act, force, path):
    room = Room.objects.get(room_id=force.room_id)
    Membership.objects.filter(room=room.pk, staff_id=act("data_office").staff_id).delete()
    answer = call("data_office").post(path, {})
    assert answer.status_code == 200, answer.content
    assert notices(force) == [answer.json()["message"]]


def test_twice_is_refused_with_the_state(call, path):
    call("leader").post(path, {})
    again = call("leader").post(path, {})
    assert (again.status_code, again.json()["code"]) == (409, "not_allowed_now")
    assert "已撤销" in again.json()["message"]


@pytest.mark.parametrize("body", [{"signed_over": UNKNOWN}, {"signed_over": "市民政局"}])
def test_an_unknown_unit(call, path, add, body):
    add("第一项")
    answer = call("leader").post(path, body)
    assert (answer.status_code, answer.json()["field"]) == (400, "signed_over")
    assert "请" in answer.json()["message"]
    assert Item.objects.get().state == "registered"
