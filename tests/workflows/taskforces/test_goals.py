"""The four linked lists, and what hangs loose in them."""

import pytest


@pytest.fixture
def sheet(call, force):
    return lambda who="civil_head": call(who).get(f"/taskforces/{force.id}/goals").json()


def test_orphans_are_listed_until_everything_is_linked(call, force, add, sheet):
    item, base = add(), f"/taskforces/{force.id}"
    lead = call("leader")
    first = lead.post(f"{base}/goals", {"title": "群众办事少跑腿", "due_on": "2026-12-31"})
    assert first.status_code == 201, first.content
    goal = first.json()["goals"][0]
    lead.post(
        f"{base}/policies", {"title": "关于加快数字政府建设的意见", "document_number": "鄂政发〔2020〕6号"}
    )
    loose = sheet()["orphans"]
    assert (loose["works"], loose["unmeasured"], loose["unserved"]) == (
        [item.id.__str__()],
        [goal["id"]],
        [goal["id"]],
    )
    assert (len(loose["policies"]), loose["count"]) == (1, 3)
    lead.post(f"/goals/{goal['id']}/indicators", {"name": "一网通办率", "target": "≥95", "measure": "%"})
    lead.post(f"{base}/goal-links", {"item_ids": [str(item.id)], "goal_id": goal["id"]})
    lead.post(f"/goal-lists/policy/{sheet()['policies'][0]['id']}/strike")
    done = lead.post(f"{base}/policies", {"title": "实施方案", "goal_ids": [goal["id"]]})
    assert done.status_code == 201, done.content
    done = done.json()
    assert done["orphans"]["count"] == 0
    one = done["goals"][0]["indicators"][0]
    late = lead.post(f"/indicators/{one['id']}/value", {"value": "80", "as_of": "2026-07-02"})
    assert (late.status_code, late.json()["field"]) == (400, "as_of")
    value = lead.post(f"/indicators/{one['id']}/value", {"value": "80", "as_of": "2026-06-30"}).json()
    assert value["goals"][0]["indicators"][0]["value"] == "80"
    assert lead.post(f"/goal-lists/goal/{goal['id']}/strike").json()["orphans"]["works"] == [str(item.id)]


def test_members_read_and_lead_or_office_write(call, force, sheet):
    path = f"/taskforces/{force.id}/goals"
    assert sheet("civil_liaison")["may_edit"] is False
    assert call("civil_liaison").post(path, {"title": "x"}).status_code == 403
    assert call("outside_head").get(path).status_code == 404
    assert call("data_office").post(path, {"title": "目标"}).status_code == 201
    assert call("leader").post(path, {"title": " "}).json()["field"] == "title"


def test_the_sheet_costs_a_fixed_number_of_queries(act, force, add, sheet, django_assert_max_num_queries):
    from workflows.taskforces.goals import describe_goals

    for number in range(5):
        add(title=f"项目{number}")
    with django_assert_max_num_queries(9):
        describe_goals(act("leader"), force.id)
