"""The side of the workbench: today's meetings of one's own task forces, who is on duty, and what wants a look."""

from datetime import date

import pytest

from workflows.models import ForceMeeting
from workflows.services import acts, items, reminders, slips
from workflows.services.day import describe_day


@pytest.fixture
def meets_today(force, call, later):
    """Wednesdays at 16:00, of which today is one; called by hand, as today's slot of the plan has gone by."""
    answer = call("leader").post(
        f"/taskforces/{force.id}/meetings",
        {"meets_at": "2026-07-01T16:00:00+08:00", "place": "市政务中心502"},
    )
    assert answer.status_code == 201, answer.content
    return answer.json()["meeting"]


def test_todays_meetings_are_those_of_ones_own_forces(meets_today, call, act):
    day = call("civil_liaison").get("/day").json()
    [line] = day["meetings"]
    assert (line["id"], line["place"], line["state"]) == (meets_today["id"], "市政务中心502", "planned")
    assert line["taskforce"] == "数字政府建设专班"
    assert describe_day(act("outside_head")).meetings == []


def test_a_cancelled_meeting_and_one_of_another_day_are_not_in_it(meets_today, act, later):
    with later(on="2026-07-02T08:00"):
        assert describe_day(act("civil_liaison")).meetings == []
    ForceMeeting.objects.update(state="cancelled")
    assert describe_day(act("civil_liaison")).meetings == []


def test_duty_is_that_of_ones_unit_and_of_those_above_and_beside_them(city, appoint, act):
    appoint("gov_duty", "值班甲", city.government, "duty_officer", "总值班员")
    appoint("health_duty", "值班乙", city.units["health"], "duty_officer", "值班员")
    lines = [(one.person.name, one.post, one.unit) for one in describe_day(act("civil_liaison")).duty]
    assert lines == [("值班甲", "总值班员", "市政府"), ("值班乙", "值班员", "市卫健委")]
    assert [one.person.name for one in describe_day(act("leader")).duty] == ["值班甲", "值班乙"]


def test_what_one_was_reminded_of_stands_there_until_it_is_done(add, act, force, later):
    item = add("智慧社区", due_on=date(2026, 7, 22))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    with later(on="2026-07-22T09:00"):
        reminders.send_due()
        slips.hand()
        [note] = describe_day(act("civil_liaison")).notes
        assert (note.kind, note.link) == ("item", f"/sup/{item.id}")
        assert note.text == "“智慧社区”7月22日到期"
        assert describe_day(act("civil_head")).notes == []
        acts.check_report(
            actor=act("civil_liaison"), item_id=item.id, percent=100, text="已全部完成并上线运行"
        )
        assert describe_day(act("civil_liaison")).notes == []
