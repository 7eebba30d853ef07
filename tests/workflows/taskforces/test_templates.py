"""A force from a template has its goals, groups, roster, report times and meeting day at once."""

from datetime import datetime
from uuid import UUID

import pytest

from chatops.models import Membership
from common import clock
from common.models import Timer
from workflows.events import DigestDue
from workflows.models import ForceGroup, ForceMeeting, TaskForce
from workflows.services import digests


@pytest.fixture
def body(city):
    units = [str(city.units[word].pk) for word in ("data", "civil", "farm")]
    return {
        "name": "淦河防汛指挥部",
        "basis": "咸汛〔2026〕3号",
        "unit_ids": units,
        "ends_on": "2026-10-31",
        "template": "flood",
    }


def test_the_flood_command(call, body):
    made = call("leader").post("/taskforces/from-template", body, key="t")
    assert made.status_code == 201, made.content
    assert call("leader").post("/taskforces/from-template", body, key="t").json() == made.json()
    force = made.json()
    assert force["goal"].startswith("确保人员不伤亡")
    setup = call("civil_liaison").get(f"/taskforces/{force['id']}/setup").json()
    assert [one["name"] for one in setup["groups"]] == ["综合组", "抢险组", "医疗组", "物资组", "宣传组"]
    assert [one["shift"] for one in setup["roster"]] == ["白班", "夜班"]
    assert setup["report_times"] == ["07:30", "17:30"]
    sheet = call("civil_liaison").get(f"/taskforces/{force['id']}/goals").json()
    assert (len(sheet["goals"]), sheet["orphans"]["unmeasured"]) == (2, [])
    rooms = list(ForceGroup.objects.values_list("room_id", flat=True))
    assert len(set(rooms)) == 5
    inside = Membership.objects.filter(room__room_id=rooms[0], membership="join")
    assert inside.filter(staff__staff_number="civil_liaison").exists()
    assert str(TaskForce.objects.get().digest_at) == "07:30:00"


def test_each_report_time_of_a_template_brings_a_digest(call, body, heard):
    made = call("leader").post("/taskforces/from-template", body).json()
    force, due = UUID(made["id"]), []
    for moment in ("2026-07-03T07:30", "2026-07-03T17:45", "2026-07-06T07:30"):
        with clock.travel(datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI)):
            digests.post_daily(force)
        due.append(f"{clock.local(Timer.objects.get(key=f'digest:{force}').due_at):%m-%d %H:%M}")
    assert due == ["07-03 17:30", "07-06 07:30", "07-06 17:30"]
    keys = [event.key.rpartition(":")[2] for event in heard.of(DigestDue)]
    assert keys == ["20260703", "20260703-1730", "20260706"]


def test_the_day_it_begins_is_said_as_for_any_force(call, body):
    made = call("leader").post("/taskforces/from-template", {**body, "starts_on": "2026-07-10"}).json()
    assert made["starts_on"] == "2026-07-10"
    wrong = call("leader").post(
        "/taskforces/from-template", {**body, "name": "另一个", "starts_on": "2026-11-10"}
    )
    assert (wrong.status_code, wrong.json()["field"]) == (400, "ends_on")


@pytest.mark.parametrize("key", ["reform", "project"])
def test_the_others_meet_weekly(call, body, key):
    force = call("leader").post("/taskforces/from-template", {**body, "template": key}).json()
    assert ForceMeeting.objects.filter(taskforce_id=force["id"], state="planned").count() == 1


def test_refusals(call, body):
    wrong = call("leader").post("/taskforces/from-template", {**body, "template": "party"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "template")
    assert "防汛指挥部（flood）" in wrong.json()["message"]
    assert call("civil_handler").post("/taskforces/from-template", body).status_code == 403
    assert not TaskForce.objects.exists()
    assert len(call("civil_handler").get("/force-templates").json()["items"]) == 3


def test_no_force_without_its_founding_document(call, body):
    """Neither by hand nor from a template; the sentence stands at the field, and nothing is founded."""
    by_hand = {name: value for name, value in body.items() if name != "template"} | {"goal": "安全度汛"}
    for path, given in (("/taskforces", by_hand), ("/taskforces/from-template", body)):
        wrong = call("leader").post(path, {**given, "basis": " "})
        assert wrong.json()["field"] == "basis", wrong.content
        assert "成立文件的标题和文号" in wrong.json()["message"]
    assert not TaskForce.objects.exists()
