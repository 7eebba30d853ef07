"""From an alert to an order or a task by a template: once, by those who may, and a refusal is told."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from connectors.items import Reading, Record
from connectors.services import intake, manage
from connectors.store.models import Alert, Connector
from directory.actors import system_actor
from directory.services.acting import actor_of
from directory.store.models import Appointment, Post, PostRole, Staff
from tests.connectors.gauge import config
from tests.workflows.conftest import START
from workflows.models import Item, Order, Trigger, TriggerRun
from workflows.triggers import applying, services
from workflows.triggers.contents import Happening, TriggerCondition, filled, fits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def river(city) -> Connector:
    source = manage.Source("gauges", "市水文监测系统", config("http://127.0.0.1:9"))
    connector = manage.connect(actor=system_actor("测试"), owner=city.units["civil"], source=source)
    connector.stages = {"01": {"state": "open", "name": "立案"}, "09": {"state": "closed"}}
    connector.save()
    return connector


@pytest.fixture
def duty(city, appoint, act):
    """A duty officer who drafts and the unit's head who approves."""
    appoint("duty_one", "值班甲", city.units["civil"], PostRole.DUTY_OFFICER, "值班员")
    return act("duty_one")


@pytest.fixture
def head(city, appoint, act):
    appoint("head_one", "局长乙", city.units["civil"], PostRole.HEAD, "局长")
    return act("head_one")


def rise(river: Connector, value: str, minutes: int) -> None:
    at = START + timedelta(minutes=minutes)
    with clock.travel(at):
        reading = Reading(
            "1", "西河桥站", "淦河", "stage", Decimal(value), at, warning=Decimal(28), guarantee=Decimal("29.5"),
            metric_name="水位", unit="米",
        )  # fmt: skip
        intake.take(river.pk, [reading])


def work(at: datetime = START) -> list[TriggerRun]:
    """Run the jobs that wait, twice each: a job may be repeated."""
    done = []
    with clock.travel(at + timedelta(minutes=30)):
        for job in ProcrastinateJob.objects.filter(task_name__startswith="workflows.apply_to").order_by("id"):
            for _ in range(2):
                if "alert_id" in job.args:
                    done += applying.apply_to_alert(job.args["alert_id"])
                else:
                    done += applying.apply_to_record(job.args["record_id"])
    return done


def order_template(unit, **changes) -> services.TriggerIn:
    content = {
        "title": "{对象}{级别}预警处置",
        "text": "{时间}{对象}{指标}{数值}：{原因}。请立即组织巡查并反馈。来源：{来源}。",
        "urgency": "urgent",
        "scope": {"units": [str(unit)], "everyone": True},
        "sign_minutes": 60,
    }
    about = {"name": "水位预警转指令", "watches": "alert", "makes": "order", "condition": {"least": "red"}}
    return services.TriggerIn(**(about | {"content": content} | changes))


def test_an_approved_template_issues_one_order_per_alert(river, city, duty, head):
    trigger = services.put_trigger(actor=duty, new=order_template(city.units["civil"].pk))
    services.check_approve_trigger(actor=head, trigger_id=trigger.pk)
    rise(river, "28.5", 0)
    assert work() == [], "橙色不到条件"
    rise(river, "29.6", 5)
    rise(river, "29.2", 6)
    rise(river, "29.9", 7)
    [run] = work()
    order = Order.objects.get()
    assert (run.error, run.made) == ("", f"order:{order.pk}")
    assert (order.state, order.title) == ("issued", "西河桥站红色预警处置")
    assert "西河桥站水位29.9米" in order.text
    assert "来源：市水文监测系统" in order.text
    assert order.approved_by_id == head.staff_id
    assert work() == []
    rise(river, "20", 40)
    rise(river, "30", 45)
    assert len(work(START + timedelta(minutes=40))) == 1, "新的一次预警另发一次"
    assert Order.objects.count() == 2


def test_who_heads_two_offices_approves_in_the_post_that_the_template_belongs_to(river, city, duty, appoint):
    """Their primary post is elsewhere; the order is of the office whose template it is."""
    mine = appoint("head_two", "主任丙", city.units["health"], PostRole.HEAD, "主任")
    unit = city.units["civil"]
    post = Post.objects.create(code="civil.second", unit=unit, role=PostRole.HEAD, title="局长")
    here = Appointment.objects.create(
        staff=mine.staff, post=post, is_primary=False, valid_from=mine.valid_from
    )
    trigger = services.put_trigger(actor=duty, new=order_template(unit.pk))
    approver = actor_of("head_two", "web", unit_id=unit.pk)
    assert approver is not None
    assert approver.appointment_id == here.pk
    services.check_approve_trigger(actor=approver, trigger_id=trigger.pk)
    rise(river, "29.6", 0)
    [run] = work()
    assert (run.error, Order.objects.get().state) == ("", "issued")


def test_without_approval_it_stays_a_draft(river, city, duty):
    services.put_trigger(actor=duty, new=order_template(city.units["civil"].pk))
    rise(river, "30", 0)
    [run] = work()
    assert Order.objects.get().state == "draft"
    assert run.words == "已拟写草稿，待批准后签发"


def test_an_alert_that_is_over_starts_nothing(river, city, duty):
    services.put_trigger(actor=duty, new=order_template(city.units["civil"].pk))
    rise(river, "30", 0)
    rise(river, "20", 1)
    assert Alert.objects.get().closed_at is not None
    assert work() == []


def test_a_task_from_an_alert(river, city, act, force):
    content = {
        "title": "处置{对象}{级别}预警",
        "lead_unit": str(city.units["civil"].pk),
        "days": 3,
        "taskforce": str(force.id),
    }
    new = services.TriggerIn("转任务", "alert", "item", content, {"places": ["淦河"], "kinds": ["threshold"]})
    lead = act("leader")
    services.put_trigger(actor=lead, new=new)
    rise(river, "28.5", 0)
    [run] = work()
    item = Item.objects.get()
    assert (run.error, run.made) == ("", f"item:{item.pk}")
    assert (item.title, item.state, item.source) == ("处置西河桥站橙色预警", "dispatched", "alert")


def test_a_record_makes_one_task_however_often_it_is_imported(river, city, act, force):
    content = {"title": "办理{对象}", "lead_unit": str(city.units["civil"].pk), "taskforce": str(force.id)}
    new = services.TriggerIn("案件转任务", "record", "item", content, {"kinds": ["case"]})
    services.put_trigger(actor=act("leader"), new=new)
    case = Record("A-1", "case", "违章占道", "01", START, limit_days=2)
    for _ in range(3):
        intake.take(river.pk, [case, Record("A-2", "clue", "另一类", "01", START)])
    intake.take(river.pk, [Record("A-3", "case", "已经办完", "09", START)])
    assert len(work()) == 1
    item = Item.objects.get()
    assert item.title == "办理违章占道"
    assert (item.due_on - START.date()).days in range(2, 7), "按来源的时限二个工作日"


def test_who_has_left_starts_nothing_and_it_is_told(river, city, duty):
    services.put_trigger(actor=duty, new=order_template(city.units["civil"].pk))
    Staff.objects.filter(staff_number="duty_one").update(is_active=False)
    rise(river, "30", 0)
    [run] = work()
    assert (run.made, Order.objects.count()) == ("", 0)
    assert "已不在岗" in run.error


def test_a_change_takes_the_approval_back(river, city, duty, head):
    new = order_template(city.units["civil"].pk)
    trigger = services.put_trigger(actor=duty, new=new)
    services.check_approve_trigger(actor=head, trigger_id=trigger.pk)
    changed = services.put_trigger(actor=duty, new=new, trigger_id=trigger.pk)
    assert changed.approved_by_id is None


def test_rights(river, city, duty, head, act):
    new = order_template(city.units["civil"].pk)
    trigger = services.put_trigger(actor=duty, new=new)
    with pytest.raises(ForbiddenError):
        services.put_trigger(actor=act("farm_liaison"), new=new)
    with pytest.raises(ForbiddenError):
        services.check_approve_trigger(actor=duty, trigger_id=trigger.pk)
    with pytest.raises(NotFoundError):
        services.check_approve_trigger(actor=act("farm_liaison"), trigger_id=trigger.pk)
    with pytest.raises(ForbiddenError):
        services.delete_trigger(actor=act("farm_liaison"), trigger_id=trigger.pk)
    assert [one.pk for one in services.list_triggers(duty)] == [trigger.pk]
    services.delete_trigger(actor=duty, trigger_id=trigger.pk)
    assert not Trigger.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"watches": "moon"}, "watches"),
        ({"makes": "cake"}, "makes"),
        ({"condition": {"least": "pink"}}, "condition.least"),
        ({"content": {"title": "x"}}, "content.text"),
        ({"connector_id": "01900000-0000-7000-8000-000000000000"}, "connector_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(city, duty, changes, field):
    with pytest.raises(BadInputError) as refused:
        services.put_trigger(actor=duty, new=order_template(city.units["civil"].pk, **changes))
    assert refused.value.field == field


def test_conditions_and_words_are_pure():
    one = Happening(
        "alert:1",
        UUID(int=1),
        "threshold",
        "orange",
        "1",
        "桥",
        "淦河",
        "stage",
        "水位",
        "28米",
        "超",
        START,
        "局",
    )
    assert fits(TriggerCondition(), one)
    assert fits(TriggerCondition(least="yellow", codes=["1"], metrics=["stage"], places=["淦"]), one)
    for wrong in (
        {"least": "red"},
        {"codes": ["2"]},
        {"kinds": ["rate"]},
        {"places": ["长江"]},
        {"metrics": ["q"]},
    ):
        assert not fits(TriggerCondition(**wrong), one)
    assert filled("{对象}{指标}{数值}{级别}", one, START) == "桥水位28米橙色"
