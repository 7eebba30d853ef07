"""A case from sending to its end."""

from typing import Any
from uuid import uuid4

import pytest

from benchmarks.running_cases import copy_case
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import Timer
from tests.workflows.approvals.conftest import chain, head, person, user
from workflows.errors import NotAllowedNowError
from workflows.store.models import Case, CaseEntry, CaseTask

pytestmark = pytest.mark.django_db
TWO = chain(user("a", "部门审核", head()), user("b", "分管审批", person("leader"), 'opinion required="true"'))


def test_a_case_goes_its_way_and_ends_once(publish, begin, do, look):
    publish(TWO)
    case = begin()
    page = look("civil_handler", case)
    assert page.serial == "2026-000001"
    assert [task.assignee.name for task in page.tasks] == ["民政局"]
    assert page.tasks[0].why == "拟稿人所在单位（咸宁市民政局）主要负责人"
    assert [step.name for step in page.route] == ["部门审核", "分管审批"]
    assert do("civil_head", "agree", case).to == ["贺临川"]
    with pytest.raises(BadInputError) as refused:
        do("leader", "agree", case)
    assert refused.value.field == "opinion"
    answer = do("leader", "agree", case, opinion="同意")
    assert (answer.state, answer.to) == ("finished", [])
    page = look("civil_handler", case)
    assert [entry.deed for entry in page.trail] == ["start", "agree", "agree", "finish"]
    with pytest.raises(NotAllowedNowError):
        do("leader", "agree", case, opinion="同意")


def test_the_same_key_is_one_deed(publish, begin, do):
    publish(TWO)
    case = begin()
    first = do("civil_head", "agree", case, key="k1")
    assert do("civil_head", "agree", case, key="k1") == first
    assert CaseTask.objects.filter(case=case, node="b").count() == 1
    with pytest.raises(ForbiddenError):
        do("civil_head", "agree", case, key="k2")


def test_who_has_no_part_sees_nothing(publish, begin, do, look):
    publish(TWO)
    case = begin()
    for deed in ("agree", "refuse", "return", "comment", "withdraw", "urge"):
        with pytest.raises(NotFoundError):
            do("outside_head", deed, case, opinion="看看")
    with pytest.raises(NotFoundError):
        look("outside_head", case)


def test_a_refusal_ends_it_where_the_drawing_says_nothing(publish, begin, do, look):
    publish(TWO)
    case = begin()
    with pytest.raises(BadInputError):
        do("civil_head", "refuse", case)
    assert do("civil_head", "refuse", case, opinion="预算不足").state == "refused"
    assert look("civil_handler", case).trail[-1].reason == "部门审核未同意"
    with pytest.raises(NotAllowedNowError):
        do("civil_head", "agree", case)


def test_the_form_is_held_to_its_schema(publish, begin):
    publish(TWO)
    for data, field in (
        ({"reason": ""}, "reason"),
        ({"reason": "x", "amount": "many"}, "amount"),
        ({"reason": "x", "other": 1}, "other"),
        ({"reason": "x", "note": "不是我的"}, "note"),
        ({"reason": "x" * 51}, "reason"),
    ):
        with pytest.raises(BadInputError) as refused:
            begin(**data)
        assert refused.value.field == field, refused.value.user_message()
    assert not Case.objects.exists()


def test_calculated_fields_are_worked_out_here(publish, begin):
    publish(TWO)
    case = Case.objects.get(pk=begin(price=2.5, count=4, sum=999))
    assert case.data["sum"] == 10


def test_what_violates_the_form_is_named_and_the_draft_is_kept(publish, call):
    publish(chain(user("a", "审核", head())))
    starter, path = call("civil_handler"), f"/case-drafts/{uuid4()}"
    starter.put(path, {"process": "p", "data": {"reason": "x" * 60, "amount": -1}})
    body: dict[str, Any] = {
        "process": "p",
        "draft": path.rpartition("/")[2],
        "data": {"reason": "x" * 60, "amount": -1},
    }
    refused = starter.post("/cases", body)
    assert (refused.status_code, refused.json()["field"]) == (400, "amount")
    body["data"] = {"reason": "x" * 60, "amount": 1}
    assert starter.post("/cases", body).json()["field"] == "reason"
    huge = {"reason": "x", "note": "长" * 400_000}
    assert starter.put(path, {"process": "p", "data": huge}).status_code in {400, 413}
    assert starter.get(path).json()["data"]["amount"] == -1
    body["data"]["reason"] = "购置桌椅"
    assert starter.post("/cases", body).status_code == 201
    assert starter.get(path).status_code == 404


def test_copies_for_measuring_are_like_their_pattern_and_go_on_by_themselves(publish, begin, do, look):
    """What is measured with thousands of copies is measured with cases that could have been begun."""
    publish(TWO, clocks={"a": {"limit": "P3D", "remind": ["P1D"]}})
    pattern = Case.objects.get(pk=begin(amount=7))
    copy_case(pattern, 3)
    copies = list(Case.objects.exclude(pk=pattern.pk))
    assert len({one.serial for one in (pattern, *copies)}) == 4

    def shape(model, rows, *own):
        names = [one.attname for one in model._meta.concrete_fields if one.attname not in own]
        return [{name: getattr(row, name) for name in names} for row in rows]

    task = pattern.tasks.get()
    for copy in copies:
        assert shape(Case, [copy], "id", "serial") == shape(Case, [pattern], "id", "serial")
        mine = copy.tasks.get()
        assert shape(CaseTask, [mine], "id", "group", "case_id") == shape(
            CaseTask, [task], "id", "group", "case_id"
        )
        trails = [CaseEntry.objects.filter(case=one).order_by("seq") for one in (copy, pattern)]
        assert shape(CaseEntry, trails[0], "id", "case_id") == shape(CaseEntry, trails[1], "id", "case_id")
        timers = [Timer.objects.get(key=f"casetask:{one.pk}") for one in (mine, task)]
        assert len({(one.due_at, one.task, tuple(one.args)) for one in timers}) == 1
        assert timers[0].args == {"task_id": str(mine.pk)}
    groups = {one.group for one in CaseTask.objects.all()}
    assert len(groups) == 4
    do("civil_head", "agree", copies[0].pk)
    assert do("leader", "agree", copies[0].pk, opinion="同意").state == "finished"
    assert {one.state for one in (pattern, *copies[1:])} == {look("civil_handler", copies[1].pk).state}
    assert not Timer.objects.filter(key=f"casetask:{copies[0].tasks.get(node='a').pk}").exists()
