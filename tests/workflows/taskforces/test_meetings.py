"""例会: by the calendar, with an agenda that makes itself, decisions that become items, numbered minutes."""

from datetime import date

import pytest

from common import timers
from workflows.models import ForceMeeting, Item
from workflows.rules.meetings import meeting_day, slot_on_or_after
from workflows.services import nightly
from workflows.services.calendar import work_calendar
from workflows.taskforces import meeting_plans


@pytest.fixture
def base(force):
    return f"/taskforces/{force.id}"


@pytest.fixture
def planned(call, base):
    """Mondays at nine; the first one is 6 July 2026."""
    answer = call("data_office").post(f"{base}/meeting-plan", {"is_on": True, "weekday": 0, "at": "09:00"})
    assert answer.status_code == 200, answer.content
    return call("leader").get(f"{base}/meetings").json()["items"][0]


@pytest.fixture
def held(call, planned):
    return call("leader").post(f"/force-meetings/{planned['id']}/hold").json()["meeting"]


def decide(city, text="完成供电改造", unit="civil", due_on="2026-07-20"):
    return {"text": text, "lead_unit_id": str(city.units[unit].pk), "due_on": due_on}


def test_weekly_and_moved_by_holidays(db, city):
    assert slot_on_or_after(date(2026, 7, 1), 0) == date(2026, 7, 6)
    days = work_calendar()
    assert meeting_day(date(2026, 7, 6), days) == date(2026, 7, 6)
    # National Day 2026 falls on a Thursday; the holiday lasts until 7 October.
    assert meeting_day(date(2026, 10, 5), days) == date(2026, 10, 8)
    # Spring Festival takes the whole week: the next meeting is the next week's.
    assert meeting_day(date(2026, 2, 16), days) is None


def test_the_timer_plans_the_next_one_once(force, planned, later):
    with later(on="2026-07-06T09:00"):
        timers.tick()
        for _ in range(2):
            meeting_plans.plan_after(force.id)
    assert list(ForceMeeting.objects.order_by("slot").values_list("slot", flat=True)) == [
        date(2026, 7, 6),
        date(2026, 7, 13),
    ]


def test_the_agenda_is_open_problems_and_what_is_red_or_yellow(call, base, planned, signed, later, add):
    add(title="一切正常", unit="farm")
    call("civil_liaison").post(f"{base}/problems", {"title": "供电未批复"})
    with later(on="2027-01-04T10:00"):
        nightly.recolour_all()
        lines = call("leader").get(f"/force-meetings/{planned['id']}").json()["agenda"]
    assert [(line["kind"], line["colour"]) for line in lines] == [("problem", ""), ("item", "red")]
    assert lines[1]["because"]


def test_decisions_become_dispatched_items_with_provenance(call, held, city, force):
    path = f"/force-meetings/{held['id']}/issue"
    body = {
        "minutes": "会议听取了进展汇报。",
        "decisions": [decide(city), decide(city, "核销退网清单", "finance")],
    }
    done = call("data_office").post(path, body, key="m")
    assert done.status_code == 200, done.content
    assert done.json()["message"] == "〔2026〕第1次会议纪要已印发，2项议定事项已交办。"
    assert call("data_office").post(path, body, key="m").json() == done.json()
    first, second = Item.objects.order_by("number")
    assert (first.kind, first.state, first.lead_unit_id) == (
        "meeting_decision",
        "dispatched",
        city.units["civil"].pk,
    )
    assert first.origin_text == "数字政府建设专班〔2026〕第1次例会纪要，议定事项1"
    assert (second.title, second.due_on) == ("核销退网清单", date(2026, 7, 20))
    shown = call("civil_liaison").get(f"/force-meetings/{held['id']}").json()
    assert [one["item_number"] for one in shown["decisions"]] == [1, 2]
    waiting = call("civil_liaison").get("/pending").json()["sources"]
    assert str(first.pk) in {one["subject"] for source in waiting for one in source["items"]}
    assert call("data_office").post(path, body).json()["message"] == "纪要已印发，无需重复印发。"


def test_a_draft_is_kept_and_seen_by_its_makers_only(call, held, city):
    path = f"/force-meetings/{held['id']}"
    assert (
        call("leader").post(f"{path}/draft", {"minutes": "草稿", "decisions": [decide(city)]}).status_code
        == 200
    )
    assert call("data_office").get(path).json()["minutes"] == "草稿"
    seen = call("civil_liaison").get(path).json()
    assert (seen["minutes"], seen["decisions"]) == ("", [])
    assert not Item.objects.exists()


def test_who_and_what_is_refused(call, base, planned, held, city):
    plan = {"is_on": True, "weekday": 0}
    assert call("civil_liaison").post(f"{base}/meeting-plan", plan).status_code == 403
    assert call("outside_head").get(f"{base}/meetings").status_code == 404
    assert (
        call("leader").post(f"{base}/meeting-plan", {"is_on": True, "weekday": 7}).json()["field"]
        == "weekday"
    )
    path = f"/force-meetings/{held['id']}/issue"
    assert call("leader").post(path, {"minutes": ""}).json()["field"] == "minutes"
    late = call("leader").post(path, {"minutes": "x", "decisions": [decide(city, due_on="2026-06-30")]})
    assert (late.status_code, late.json()["field"]) == (400, "decisions")
    assert "第1项议定事项的时限早于今天" in late.json()["message"]
    assert not Item.objects.exists()


def test_numbers_of_minutes_rise_without_gap(call, base, city):
    numbers = []
    for day in ("2026-07-02", "2026-07-03"):
        made = (
            call("leader").post(f"{base}/meetings", {"meets_at": f"{day}T09:00:00+08:00"}).json()["meeting"]
        )
        call("leader").post(f"/force-meetings/{made['id']}/hold")
        done = call("leader").post(f"/force-meetings/{made['id']}/issue", {"minutes": "纪要"})
        numbers.append(done.json()["meeting"]["minutes_number"])
    assert numbers == ["〔2026〕第1次", "〔2026〕第2次"]
