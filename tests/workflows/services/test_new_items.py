"""What a new item takes from its type, from its whole, and from how often it is to be reported."""

import pytest

from workflows.models import Item, Milestone
from workflows.pending import page_pending
from workflows.services import acts, nightly

pytestmark = pytest.mark.django_db
DETAILS = {"meeting": "第3次例会", "held_on": "2026-06-30"}


@pytest.fixture
def register(call, city, force):
    def post(by="leader", key=None, **fields):
        body = {
            "title": "建设社区服务平台",
            "lead_unit_id": str(city.units["civil"].pk),
            "due_on": "2026-12-31",
            "taskforce_id": str(force.id),
            **fields,
        }
        return call(by).post("/items", body, key=key)

    return post


def test_only_a_project_gets_the_phases_of_a_project(register):
    project = register().json()["item"]
    decision = register(kind="meeting_decision", details=DETAILS).json()["item"]
    message = register(kind="message").json()["item"]
    assert [one["name"] for one in project["milestones"]] == ["立项", "招标", "建设", "试运行", "验收"]
    assert (decision["milestones"], message["milestones"]) == ([], [])
    assert Milestone.objects.exclude(item_id=project["id"]).count() == 0


def test_the_fields_of_a_type_are_asked_for_by_name(register):
    answer = register(kind="instruction", details={"leader": "贺临川"})
    assert (answer.status_code, answer.json()["field"]) == (400, "details.instructed_on")
    assert "批示日期" in answer.json()["message"]
    wrong = register(kind="instruction", details={"leader": "贺临川", "instructed_on": "2026-02-30"})
    assert (wrong.json()["field"], "2026-07-01" in wrong.json()["message"]) == ("details.instructed_on", True)
    made = register(kind="instruction", details={"leader": "贺临川", "instructed_on": "2026-06-30"})
    assert made.json()["item"]["details"] == {"leader": "贺临川", "instructed_on": "2026-06-30"}


def test_an_item_is_registered_under_its_whole_or_not_at_all(register):
    whole = register(due_on="2026-10-30").json()["item"]
    part = register(parent_id=whole["id"], due_on="2026-10-15", key="k").json()["item"]
    assert part["parent_id"] == whole["id"]
    assert register(parent_id=whole["id"], due_on="2026-10-15", key="k").json()["item"]["id"] == part["id"]
    before = Item.objects.count()
    late = register(parent_id=whole["id"], due_on="2026-12-31")
    assert (late.status_code, late.json()["field"]) == (400, "parent_id")
    assert "2026年10月30日" in late.json()["message"]
    assert Item.objects.count() == before
    elsewhere = register(by="data_office", taskforce_id=None, parent_id=whole["id"])
    assert elsewhere.status_code in {400, 403}
    assert Item.objects.count() == before
    assert register(by="outside_head").status_code == 404


@pytest.mark.parametrize("days", [0, 367, -1])
def test_how_often_to_report_is_a_number_of_days(register, days):
    answer = register(report_every_days=days)
    assert (answer.status_code, answer.json()["field"]) == (400, "report_every_days")


def test_an_item_with_a_period_of_its_own_is_asked_for_and_yellow_by_it(register, act, later):
    """Every two days for the one, fourteen for the other: on the fourth day the one is late, the other is not."""
    often = register(kind="message", report_every_days=2, dispatch=True).json()["item"]
    plain = register(kind="message", dispatch=True).json()["item"]
    assert (often["report_every_days"], plain["report_every_days"]) == (2, None)
    for item in (often, plain):
        acts.check_sign_for(actor=act("civil_liaison"), item_id=item["id"])
    with later(days=3):
        nightly.recolour_all()
        colours = {item.number: (item.colour, item.colour_because) for item in Item.objects.all()}
        asked = [row.title for row in page_pending(act("civil_liaison")).items if row.source == "report"]
    assert colours[1][0] == "yellow"
    assert "应每2天反馈一次" in colours[1][1]
    assert colours[2][0] == "green"
    assert asked == ["1 建设社区服务平台"]
