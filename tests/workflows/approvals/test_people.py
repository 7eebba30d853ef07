"""Who is found, who stands in, and what happens when somebody is gone."""

import re
from datetime import timedelta

import pytest

from common import clock, ids, timers
from common.errors import BadInputError, ForbiddenError
from common.models import Timer
from directory.store.models import Appointment, Post, RelationKind, Unit, UnitRelation
from tests.workflows.approvals.conftest import chain, flow, head, person, user
from workflows import tasks
from workflows.approvals import delegations, leavings, reading, timeouts
from workflows.errors import NotAllowedNowError
from workflows.models import Absence
from workflows.store.models import Case, CaseTask, Delegation

pytestmark = pytest.mark.django_db
ONE = chain(user("a", "审核", head()))


def holder(case, node="a"):
    return CaseTask.objects.get(case=case, node=node, state__in=("open", "opened"))


def why_of(publish, begin, assignee, **data):
    publish(chain(user("a", "审核", assignee)), key="w")
    case = begin(process="w", **data)
    task = holder(case)
    return task.assignee_name, task.why, task.is_fallback


def test_each_rule_finds_its_person_and_says_why(publish, begin, city, appoint):
    appoint("gov_office", "文秘书", city.government, "office", "办公室主任")
    boss = appoint("civil_deputy", "分管人", city.units["civil"], "deputy_head", "副局长")
    UnitRelation.objects.create(
        unit=city.units["civil"], kind=RelationKind.LEADER_IN_CHARGE, post=boss.post, field_of_work="社会救助"
    )
    cases = {
        'assignee kind="role" role="head"': "民政局",
        'assignee kind="role" role="leader" unit="gov"': "贺临川",
        f'assignee kind="role" role="leader" unit="{city.government.pk}"': "贺临川",
        'assignee kind="relation" relation="superior_head"': "贺临川",
        'assignee kind="relation" relation="leader_in_charge"': "分管人",
        'assignee kind="relation" relation="liaison"': "民政联",
        'assignee kind="relation" relation="office" unit="gov"': "文秘书",
        'assignee kind="relation" relation="same_field" field="field"': "分管人",
        'assignee kind="relation" relation="unit_head" of="field:unit"': "卫健局",
        'assignee kind="field" field="people"': "卫健局",
        'assignee kind="post" post="civil.civil_head"': "民政局",
    }
    for assignee, name in cases.items():
        found, why, is_fallback = why_of(
            publish,
            begin,
            assignee,
            unit=str(city.units["health"].pk),
            people=[ids.user_id("health_head")],
            field="社会救助",
        )
        assert why, assignee
        assert not is_fallback, assignee
        assert found == name, assignee
        assert "people" not in why, "a field is called as the form calls it"


def test_a_vacant_post_goes_to_the_office_with_the_reason_and_is_only_handed_on(
    publish, begin, do, look, city, appoint
):
    appoint("civil_office", "民政办", city.units["civil"], "office", "办公室主任")
    Appointment.objects.filter(staff__staff_number="civil_head").update(valid_to=clock.today())
    publish(ONE)
    case = begin()
    task = holder(case)
    assert (task.assignee_name, task.is_fallback) == ("民政办", True)
    assert "岗位空缺" in task.why
    assert look("civil_office", case).abilities[0] == "transfer"
    with pytest.raises(NotAllowedNowError):
        do("civil_office", "agree", case)
    do("civil_office", "transfer", case, to=["health_head"])
    assert do("health_head", "agree", case).state == "finished"


def test_the_vacancy_is_listed_before_anything_is_sent(publish, act):
    from workflows.approvals import processes

    Appointment.objects.filter(staff__staff_number="civil_head").update(valid_to=clock.today())
    publish(ONE)
    (step,) = processes.simulate(act("civil_handler"), "p", {"reason": "试"})
    assert (step.who, "岗位空缺" in (step.unresolved or "")) == ([], True)


def test_an_absent_persons_stand_in_decides_with_both_names(publish, begin, do, act, look):
    publish(ONE)
    case = begin()
    absence = Absence(
        staff_id=act("civil_head").staff_id, acting_id=act("civil_liaison").staff_id, starts_on=clock.today(),
        ends_on=clock.today(), at=clock.now(), by_name="x",
    )  # fmt: skip
    absence.save()
    page = look("civil_liaison", case)
    assert page.as_who == "民政局"
    assert [one.as_who for one in reading.list_cases(act("civil_liaison")).items] == ["民政局"]
    do("civil_liaison", "agree", case)
    (task,) = look("civil_handler", case).tasks
    assert (task.decided_by, task.decided_for) == ("民政联", "民政局")
    assert look("civil_handler", case).trail[1].act_for == "民政局"


def give(act, number, to, **more):
    now = clock.now()
    return delegations.check_delegate(
        actor=act(number),
        to=to,
        starts_at=None,
        ends_at=now + timedelta(days=2),
        reason="出差",
        processes=[],
        **more,
    )


def test_a_delegation_holds_for_its_time_and_never_for_ones_own_request(publish, begin, do, act, later, look):
    publish(ONE)
    give(act, "civil_head", "civil_liaison")
    mine, theirs = begin("civil_liaison"), begin()
    with pytest.raises(ForbiddenError):
        do("civil_liaison", "agree", mine)
    assert [one.id for one in reading.list_cases(act("civil_liaison")).items] == [theirs]
    with later(days=3):
        assert reading.list_cases(act("civil_liaison")).items == []
        for task in (None, holder(theirs).pk):
            with pytest.raises(ForbiddenError) as refused:
                do("civil_liaison", "agree", theirs, task=task)
            assert re.search(
                r"民政局对您的委托已于\d{4}-\d\d-\d\d \d\d:\d\d结束，该事项由民政局本人办理",
                str(refused.value.user_message()),
            )
        assert len(reading.list_cases(act("civil_head")).items) == 2
    do("civil_liaison", "agree", theirs)
    assert Case.objects.get(pk=theirs).state == "finished"


def test_a_delegation_of_some_processes_and_its_end(publish, begin, do, act):
    publish(ONE)
    publish(ONE, key="q")
    now = clock.now()
    made = delegations.check_delegate(
        actor=act("civil_head"), to="civil_liaison", starts_at=now, ends_at=now + timedelta(hours=5), reason="",
        processes=["q"],
    )  # fmt: skip
    one, other = begin(), begin(process="q")
    assert [entry.id for entry in reading.list_cases(act("civil_liaison")).items] == [other]
    with pytest.raises(BadInputError):
        give(act, "civil_head", "health_head")
    with pytest.raises(BadInputError):
        give(act, "civil_head", "civil_head")
    delegations.check_call_off(actor=act("civil_head"), delegation_id=made.id)
    assert reading.list_cases(act("civil_liaison")).items == []
    assert Delegation.objects.get().ended_at is not None
    assert one


def leave(number):
    Appointment.objects.filter(staff__staff_number=number).update(valid_to=clock.today())


def test_who_leaves_is_followed_by_who_comes(publish, begin, act, city, look):
    publish(ONE)
    case = begin()
    task = holder(case)
    leave("civil_head")
    Appointment.objects.create(
        staff_id=act("health_head").staff_id, post_id=task.post_id, valid_from=clock.today()
    )
    assert leavings.reroute_all() == 1
    tasks.reroute_case_task.func(str(task.pk))
    tasks.reroute_case_task.func(str(task.pk))
    assert holder(case).assignee_name == "卫健局"
    entry = look("civil_handler", case).trail[-1]
    assert (entry.deed, "由现任" in entry.reason) == ("reroute", True)
    assert leavings.reroute_all() == 0


def test_a_post_left_empty_goes_to_the_office(publish, begin, city, appoint, look):
    publish(ONE)
    case = begin()
    appoint("civil_office", "民政办", city.units["civil"], "office", "办公室主任")
    task = holder(case)
    leave("civil_head")
    leavings.reroute(task.pk)
    assert (holder(case).assignee_name, holder(case).is_fallback) == ("民政办", True)


def test_a_merged_unit_is_asked_again(publish, begin, city, appoint):
    publish(chain(user("a", "审核", 'assignee kind="relation" relation="unit_head" of="field:unit"')))
    case = begin(unit="health")
    appoint("gov_office", "文秘书", city.government, "office", "办公室主任")
    task = holder(case)
    Unit.objects.filter(code="health").update(valid_to=clock.today())
    assert leavings.reroute_all() == 1
    leavings.reroute(task.pk)
    again = holder(case)
    assert again.pk != task.pk
    assert "已不在" in again.why


def test_limits_run_in_working_time_and_never_decide(publish, begin, look, later, city, appoint):
    publish(
        chain(user("a", "审核", person("civil_head"))),
        clocks={"a": {"limit": "P1D", "remind": ["PT4H"], "on_timeout": "escalate"}},
    )
    case = begin()
    task = holder(case)
    assert clock.local(task.due_at).isoformat() == "2026-07-02T17:30:00+08:00"
    timer = Timer.objects.get(key=f"casetask:{task.pk}")
    assert clock.local(timer.due_at).isoformat() == "2026-07-01T16:30:00+08:00"
    with later(on="2026-07-01T16:30"):
        timeouts.task_due(task.pk)
    with later(on="2026-07-02T17:31"):
        timeouts.task_due(task.pk)
        page = look("civil_handler", case)
        assert [(entry.deed, entry.reason) for entry in page.trail[1:]] == [
            ("remind", "即将到期"), ("escalate", "民政局超时未办"),
        ]  # fmt: skip
        assert page.state == "running"
        assert look("leader", case).copies[0].name == "贺临川"
        assert holder(case).pk == task.pk


def test_a_timer_of_the_drawing_is_durable(publish, begin, do, later):
    body = "".join([
        '<bpmn:startEvent id="s"/>', user("a", "审核", head()), '<bpmn:intermediateCatchEvent id="w">',
        "<bpmn:timerEventDefinition><bpmn:timeDuration>P2D</bpmn:timeDuration></bpmn:timerEventDefinition>",
        "</bpmn:intermediateCatchEvent>", user("b", "复核", person("leader")), '<bpmn:endEvent id="e"/>',
        flow("s", "a"), flow("a", "w"), flow("w", "b"), flow("b", "e"),
    ])  # fmt: skip
    publish(body, clocks={"w": {"working": True}})
    case = begin()
    assert do("civil_head", "agree", case).to == []
    timer = Timer.objects.get(key=f"case:{case}")
    assert clock.local(timer.due_at).isoformat() == "2026-07-03T17:30:00+08:00"
    timeouts.case_due(case)
    assert not CaseTask.objects.filter(case=case, node="b").exists()
    with later(on="2026-07-03T17:31"):
        assert timers.tick() == 1
        timeouts.case_due(case)
        assert holder(case, "b").assignee_name == "贺临川"
        timeouts.case_due(case)
    assert CaseTask.objects.filter(case=case, node="b").count() == 1
    assert Post.objects.exists()
