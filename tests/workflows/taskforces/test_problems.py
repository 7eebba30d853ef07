"""攻关: the ledger from found to struck off, who may do what, and what holds a dissolution."""

import pytest

from common.models import AuditEntry
from workflows.models import HardProblem, ProblemStep, TaskForce
from workflows.rules.hard_problems import PROBLEMS


@pytest.fixture
def problems(force):
    return f"/taskforces/{force.id}/problems"


@pytest.fixture
def found(call, problems):
    answer = call("civil_liaison").post(problems, {"title": "机房双路供电未批复", "detail": "第二路市电"})
    assert answer.status_code == 201, answer.content
    return answer.json()["problem"]


@pytest.fixture
def go(call):
    def act(who, problem, path, body=None, key=None):
        return call(who).post(f"/problems/{problem['id']}/{path}", body or {}, key=key)

    return act


@pytest.fixture
def solved(found, go, city):
    unit = str(city.units["civil"].pk)
    assert go("leader", found, "own", {"unit_id": unit, "due_on": "2026-07-20"}).status_code == 200
    assert go("civil_handler", found, "measures", {"measures": "协调供电公司"}).status_code == 200
    answer = go("civil_handler", found, "solve", {"result": "7月15日送电"})
    assert answer.json()["problem"]["state"] == "solved", answer.content
    return answer.json()["problem"]


def test_from_found_to_struck_off(call, found, solved, go):
    assert (found["number"], found["state_words"]) == (1, "已发现")
    assert go("leader", solved, "verify", {"text": "现场核实"}).json()["problem"]["state"] == "verified"
    done = go("data_office", solved, "strike-off").json()["problem"]
    assert (done["state"], done["struck_off_at"] is not None) == ("struck_off", True)
    steps = call("civil_liaison").get(f"/problems/{found['id']}").json()["steps"]
    assert [step["act"] for step in steps] == ["find", "own", "measure", "solve", "verify", "strike_off"]
    assert AuditEntry.objects.filter(subject="problem").count() == 6
    again = go("civil_handler", solved, "solve", {"result": "又解决了"})
    assert (again.status_code, again.json()["message"]) == (409, "该难题已销号；如再次出现，请另行登记。")


def test_each_deed_has_its_hands(found, go, call, problems):
    assert call("outside_head").post(problems, {"title": "外单位"}).status_code == 404
    assert (
        go("civil_liaison", found, "own", {"unit_id": found["id"], "due_on": "2026-07-20"}).status_code == 403
    )
    assert go("outside_head", found, "measures", {"measures": "x"}).status_code == 404
    assert go("farm_liaison", found, "measures", {"measures": "x"}).status_code == 403


def test_the_solver_does_not_verify(solved, go, act, city, appoint):
    """Whoever reported the solution cannot confirm it, even from a post that may verify others'."""
    HardProblem.objects.update(solved_by=act("data_office").staff_id)
    refused = go("data_office", solved, "verify")
    assert (refused.status_code, refused.json()["facts"]["reason"]) == (403, "solver")
    assert "解决人不能核验" in refused.json()["message"]
    assert go("leader", solved, "verify").status_code == 200


def test_a_rejected_solution_goes_back_with_its_reason(solved, go):
    assert go("leader", solved, "reject", {"reason": ""}).json()["field"] == "reason"
    back = go("leader", solved, "reject", {"reason": "没有验收单"}).json()["problem"]
    assert (back["state"], back["solved_by"]) == ("measures", None)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("own", {"due_on": "2026-07-20", "unit_id": "00000000-0000-7000-8000-000000000000"}, "unit_id"),
        ("own", {"due_on": "2026-06-20"}, "due_on"),
    ],
)
def test_what_cannot_be_taken_names_the_field(found, go, city, path, body, field):
    body = {"unit_id": str(city.units["civil"].pk), **body}
    refused = go("leader", found, path, body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


def test_marks_of_secrecy_are_refused(call, problems):
    assert call("leader").post(problems, {"title": "机密★3年 供电"}).json()["code"] == "secrecy_refused"
    assert not HardProblem.objects.exists()


def test_the_same_press_twice_is_one_deed(call, problems):
    both = [call("leader").post(problems, {"title": "供电"}, key="k").json() for _ in range(2)]
    assert both[0] == both[1]
    assert ProblemStep.objects.count() == 1


def test_acts_outside_the_table_say_what_is_possible(found, go, call):
    HardProblem.objects.update(unit=None)
    refused = go("leader", found, "verify")
    assert refused.status_code == 409
    assert "现在可以：明确责任单位" in refused.json()["message"]
    assert refused.json()["facts"]["allowed"] == list(PROBLEMS.allowed("found"))


def test_it_waits_for_those_whose_turn_it_is(call, found, solved):
    def sources(who):
        return {
            one["source"]: one["count"] for one in call(who).get("/pending").json()["sources"] if one["count"]
        }

    assert sources("leader")["problem_check"] == 1
    assert sources("data_office")["problem_check"] == 1
    assert "problem_handle" not in sources("civil_liaison")
    HardProblem.objects.update(state="measures")
    assert sources("civil_liaison")["problem_handle"] == 1
    assert "problem_handle" not in sources("farm_liaison")


def test_no_dissolution_over_open_problems_unless_signed_over(call, force, found, go, city):
    path, farm = f"/taskforces/{force.id}/wind-up", city.units["farm"]
    refused = call("leader").post(path, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "problems_open")
    assert "难题1“机房双路供电未批复”" in refused.json()["message"]
    assert TaskForce.objects.get().state == "running"
    done = call("leader").post(path, {"signed_over": str(farm.pk)})
    assert "1个难题移交咸宁市农业农村局" in done.json()["message"]
    problem = HardProblem.objects.get()
    assert (problem.state, problem.unit_id, problem.accepted_at) == ("owned", farm.pk, None)
    waiting = call("farm_liaison").get("/pending").json()["sources"]
    assert [one["count"] for one in waiting if one["source"] == "problem_handle"] == [1]
    assert go("civil_liaison", found, "accept").status_code == 403
    taken = go("farm_liaison", found, "accept").json()["problem"]
    assert taken["handover_waits"] is False
    assert go("farm_liaison", found, "accept").status_code == 400
    # The work goes on without the force; new problems cannot be added.
    assert go("farm_liaison", found, "measures", {"measures": "继续协调"}).status_code == 200
    assert call("leader").post(f"/taskforces/{force.id}/problems", {"title": "新"}).status_code == 409
