"""Tasks that come with an order: one item for each unit, once, called off with what they came with."""

from datetime import date, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from common import clock
from common.errors import BadInputError, ForbiddenError
from directory.store.models import Unit
from tests.workflows.orders.conftest import NOW
from workflows.orders import drafts, errands, issuing, receipts
from workflows.orders.views import OrderScopeIn
from workflows.pending import list_pending
from workflows.rules.moves import ItemAct
from workflows.services import acts
from workflows.store.models import Item, Order, OrderItem

TASKS = [
    {"title": "报送人员转移清单", "due_on": date(2026, 7, 3), "evidence_required": True},
    {"title": "检查安置点", "due_on": date(2026, 7, 6)},
]


@pytest.fixture(autouse=True)
def _morning():
    with clock.travel(NOW):
        yield


def items(order):
    return list(Item.objects.filter(order_item__order_id=order.id).order_by("lead_unit__name", "due_on"))


def test_each_unit_has_its_items_from_the_issue_and_once(issue, organs, be):
    order = issue(tasks=TASKS)
    assert ProcrastinateJob.objects.filter(task_name=errands.TASK, args__order_id=str(order.id)).count() == 1
    assert [errands.settle(order.id), errands.settle(order.id)] == [2, 0]
    made = items(order)
    assert [(one.lead_unit_id, one.title, one.due_on, one.evidence_required, one.state) for one in made] == [
        (unit.pk, task["title"], task["due_on"], task.get("evidence_required", False), "dispatched")
        for unit in (organs.xayj, organs.cbyj)
        for task in TASKS
    ]
    assert {(one.kind, one.source, one.ledger.unit_id) for one in made} == {("order", "order", organs.yjj.pk)}
    seen = receipts.open_order(be("xayj_head"), order.id)
    assert [task.item for task in seen.tasks] == [
        one.pk for one in made if one.lead_unit_id == organs.xayj.pk
    ]
    assert "sign_for" in {one.source for one in list_pending(be("xayj_head")).sources if one.count}


def test_the_board_counts_those_that_are_closed(issue, organs, be):
    order = issue(tasks=TASKS[1:])
    errands.settle(order.id)
    item = Item.objects.get(order_item__unit_id=organs.xayj.pk)
    acts.check_sign_for(actor=be("xayj_head"), item_id=item.pk)
    acts.check_report(actor=be("xayj_head"), item_id=item.pk, percent=100)
    acts.check_close(actor=be("yjj_office"), item_id=item.pk)
    [task] = receipts.open_order(be("yjj_office"), order.id).tasks
    assert (task.made, task.done, task.item) == (2, 1, None)


def test_who_is_asked_has_the_items_when_it_has_signed(issue, organs, be):
    scope = OrderScopeIn(units=[organs.xayj.pk, organs.mzj.pk])
    order = issue(tasks=TASKS[:1], scope=scope, ask_others=True)
    errands.settle(order.id)
    assert {one.lead_unit_id for one in items(order)} == {organs.xayj.pk}
    receipts.check_sign_for(actor=be("mzj_head"), order_id=order.id)
    errands.settle(order.id)
    assert {one.lead_unit_id for one in items(order)} == {organs.xayj.pk, organs.mzj.pk}


def test_what_is_recalled_or_sent_back_is_called_off(issue, organs, be):
    order = issue(tasks=TASKS)
    errands.settle(order.id)
    receipts.check_decline(actor=be("xayj_head"), order_id=order.id, reason="职责已划转")
    errands.settle(order.id)
    assert {one.lead_unit_id: one.state for one in items(order)} == {
        organs.xayj.pk: "cancelled",
        organs.cbyj.pk: "dispatched",
    }
    issuing.check_recall(actor=be("yjj_head"), order_id=order.id, reason="汛情解除")
    errands.settle(order.id)
    assert {one.state for one in items(order)} == {"cancelled"}
    assert errands.settle(order.id) == 0


def test_a_unit_that_cannot_be_given_its_items_stands_aside_and_the_board_says_why(issue, organs, be):
    order = issue(tasks=TASKS)
    Unit.objects.filter(pk=organs.xayj.pk).update(valid_to=NOW.date() - timedelta(days=1))
    assert [errands.settle(order.id), errands.settle(order.id)] == [2, 0]
    assert {one.lead_unit_id for one in items(order)} == {organs.cbyj.pk}
    tasks = receipts.open_order(be("yjj_office"), order.id).tasks
    for task in tasks:
        assert (task.made, [one.unit_name for one in task.problems]) == (1, [organs.xayj.name])
        assert task.problems[0].reason.startswith("未能交办：")
        assert "请另行登记事项" in task.problems[0].reason
    Unit.objects.filter(pk=organs.xayj.pk).update(valid_to=None)
    assert [len(one.problems) for one in receipts.open_order(be("xayj_head"), order.id).tasks] == [1, 1]
    assert [one.problems for one in receipts.open_order(be("cbyj_head"), order.id).tasks] == [[], []]


def test_an_item_that_was_split_up_holds_up_no_other_and_is_called_off_when_it_can_be(issue, organs, be):
    order = issue(tasks=TASKS[1:])
    errands.settle(order.id)
    split = Item.objects.get(order_item__unit_id=organs.xayj.pk)
    child = Item.objects.get(order_item__unit_id=organs.cbyj.pk)
    Item.objects.filter(pk=child.pk).update(parent=split)
    OrderItem.objects.filter(item=child).delete()
    issuing.check_recall(actor=be("yjj_head"), order_id=order.id, reason="汛情解除")
    assert errands.settle(order.id) == 0
    [problem] = receipts.open_order(be("yjj_office"), order.id).tasks[0].problems
    assert problem.unit_name == organs.xayj.name
    assert problem.reason.startswith("未能取消：还有1个分项未办结")
    acts.check_suspend(actor=be("yjj_office"), item_id=child.pk, act=ItemAct.CANCEL, reason="不再需要")
    assert errands.settle(order.id) == 1
    assert not receipts.open_order(be("yjj_office"), order.id).tasks[0].problems
    split.refresh_from_db()
    assert split.state == "cancelled"


def test_a_correction_makes_no_second_items(issue, be):
    order = issue(tasks=TASKS)
    errands.settle(order.id)
    issuing.check_correct(
        actor=be("yjj_head"),
        order_id=order.id,
        reason="时限有误",
        fields={"text": "请按名单转移，18时前报结果。"},
    )
    assert errands.settle(order.id) == 0
    assert OrderItem.objects.count() == 4


def test_a_drill_leaves_nothing_to_be_done(issue):
    order = issue(tasks=TASKS, is_drill=True)
    assert not ProcrastinateJob.objects.filter(task_name=errands.TASK).exists()
    assert (errands.settle(order.id), items(order)) == (0, [])


@pytest.mark.parametrize(
    ("task", "field"),
    [
        ({"title": "  ", "due_on": date(2026, 7, 3)}, "tasks.0.title"),
        ({"title": "清单", "due_on": date(2126, 7, 3)}, "tasks.0.due_on"),
        ({"title": "清单", "due_on": date(2026, 6, 30)}, "tasks.0.due_on"),
    ],
)
def test_a_task_that_cannot_be_names_its_line_and_field(draft, task, field):
    with pytest.raises(BadInputError) as refused:
        draft(tasks=[task])
    assert refused.value.field == field
    assert "请" in refused.value.user_message()


def test_a_task_that_is_due_by_the_time_of_the_issue_is_refused(draft, be):
    order = draft(tasks=TASKS, sign_by=NOW + timedelta(days=9))
    with clock.travel(NOW + timedelta(days=3)), pytest.raises(BadInputError) as refused:
        issuing.check_approve(actor=be("yjj_head"), order_id=order.id)
    assert refused.value.field == "tasks.0.due_on"


def test_only_who_may_hand_out_items_attaches_them(draft):
    with pytest.raises(ForbiddenError):
        draft(by="yjj_duty_officer", tasks=TASKS)
    assert not Order.objects.exists()


def test_an_edit_of_the_tasks_takes_the_approval_back(draft, be):
    order = draft(tasks=TASKS)
    issuing.check_approve(actor=be("yjj_head"), order_id=order.id)
    edited = drafts.check_edit_order(actor=be("yjj_office"), order_id=order.id, fields={"tasks": TASKS[:1]})
    assert (edited.order.state, len(edited.order.tasks)) == ("draft", 1)
