"""What cases leave behind: items with their origin, archives; clues without an owner turn red."""

from datetime import timedelta

import pytest

from common import clock
from common.errors import BadInputError
from tests.workflows.processes.walking import begun, do, filled, walk
from workflows.pending import list_pending
from workflows.processes.receipts import describe
from workflows.store.models import Case, CaseCc, CaseItem, Item

pytestmark = pytest.mark.django_db


def test_decisions_of_a_meeting_become_supervised_items(town, fixture_of):
    fixture = fixture_of("meeting")
    case = begun(town, "meeting", fixture)
    walk(town, case, fixture["steps"])
    first, second = Item.objects.order_by("number")
    assert (first.title, first.lead_unit.code, first.is_supervised) == (
        "完成三个社区养老服务设施选址",
        "civil",
        True,
    )
    assert f"{first.due_on}" == "2026-07-31"
    assert first.dispatched_at is not None
    assert first.details["minutes_number"] == "咸政会〔2026〕第1次"
    assert second.origin_text == "咸政会〔2026〕第1次《市政府专题会议》第2项"
    shown = describe(town.actor("office.office"), case.pk)
    assert [one.lead_unit for one in shown.items] == ["咸宁市民政局", "咸宁市卫生健康委员会"]
    told = set(CaseCc.objects.filter(case=case).values_list("staff__staff_number", flat=True))
    assert {"civil.liaison", "health.liaison", "gov.vice"} <= told


def test_a_decision_whose_date_has_gone_by_is_refused_by_its_row(town, fixture_of):
    fixture = fixture_of("meeting")
    case = begun(town, "meeting", fixture)
    late = [{**one} for one in fixture["steps"][4]["data"]["decisions"]]
    late[1]["due_on"] = "2026-06-01"
    steps = [*fixture["steps"]]
    steps[4] = steps[4] | {"data": steps[4]["data"] | {"decisions": late}}
    walk(town, case, steps[:-1])
    with pytest.raises(BadInputError, match="第2项") as refused:
        do(town, "office.office", "agree", case)
    assert refused.value.field == "decisions.1.due_on"
    assert Item.objects.count() == 0
    case.refresh_from_db()
    assert case.number is None


def test_winners_stay_linked_to_the_suggestions_they_go_back_to(town, fixture_of):
    fixture = fixture_of("livelihood")
    case = begun(town, "livelihood", fixture)
    walk(town, case, fixture["steps"])
    (made,) = CaseItem.objects.filter(case=case)
    assert made.item.title == "新建三处社区食堂"
    assert made.links == [{"no": 1, "text": "社区没有食堂"}, {"no": 2, "text": "老人吃饭不便"}]
    (shown,) = describe(town.actor("office.office"), case.pk).items
    assert [one["text"] for one in shown.links] == ["社区没有食堂", "老人吃饭不便"]


def test_a_suggestion_that_nobody_made_is_refused(town, fixture_of):
    fixture = fixture_of("livelihood")
    case = begun(town, "livelihood", fixture)
    walk(town, case, fixture["steps"][:1])
    wrong = [{**one, "suggestions": [9]} for one in fixture["steps"][2]["data"]["candidates"]]
    voted = [{**one, "won": True} for one in wrong]
    do(town, "office.office", "agree", case, data=filled(town, {"candidates": wrong}))
    with pytest.raises(BadInputError, match="编号9不存在"):
        do(
            town,
            "npc.liaison",
            "agree",
            case,
            opinion="通过",
            data=filled(town, {"candidates": voted, "vote_day": "2026-07-01"}),
        )
    assert Item.objects.count() == 0


def test_a_clue_without_an_owner_is_red_after_four_hours(town, fixture_of):
    fixture = fixture_of("clue")
    begun(town, "clue", fixture)
    office = town.actor("market.office")

    def entry():
        (source,) = [one for one in list_pending(office).sources if one.source == "decide_case"]
        return source.items[0]

    assert entry().code == "none"
    with clock.travel(clock.now() + timedelta(hours=4, minutes=1)):
        assert (entry().code, entry().chip) == ("red", "已超时限")


def test_a_field_that_a_node_needs_is_asked_for(town, fixture_of):
    fixture = fixture_of("clue")
    case = begun(town, "clue", fixture)
    with pytest.raises(BadInputError) as refused:
        do(town, "market.office", "agree", case)
    assert refused.value.field == "owner_unit"


def test_countersigning_names_the_head_of_each_unit(town, fixture_of):
    fixture = fixture_of("memo", 1)
    case = begun(town, "memo", fixture)
    walk(town, case, fixture["steps"][:1])
    tasks = case.tasks.filter(node="countersign")
    holders = {task.assignee and task.assignee.staff_number for task in tasks}
    assert holders == {"health.head", "data.head"}


def test_who_was_granted_the_same_entry_hears_of_the_correction(town, fixture_of):
    first = fixture_of("data_request", 0)
    other = begun(town, "data_request", first | {"starter": "market.handler"})
    case = begun(town, "data_request", fixture_of("data_request", 1))
    walk(town, case, fixture_of("data_request", 1)["steps"])
    told = set(CaseCc.objects.filter(case=case).values_list("staff__staff_number", flat=True))
    assert "market.handler" in told
    assert Case.objects.get(pk=other.pk).state == "running"
