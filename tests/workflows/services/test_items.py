from datetime import date

import pytest

from chatops.services.admission import SecrecyRefusedError
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import AuditEntry
from workflows.errors import KeyReusedError, NotAllowedNowError, NotDispatchableError
from workflows.events import ItemChanged, ItemColourChanged, ItemDispatched
from workflows.models import Item, ItemHistory, ProgressReport, TaskForce
from workflows.rules.moves import ItemAct
from workflows.services import acts, items


def history(item):
    return [(line.act, line.by_name, line.by_post) for line in ItemHistory.objects.filter(item_id=item.id)]


def test_a_new_item_has_number_plan_and_grey(add):
    first, second = add(), add("养老服务平台")
    assert (first.number, second.number) == (1, 2)
    assert (first.state, first.colour, first.because) == ("registered", "grey", "灰：尚未交办")
    assert [node.name for node in first.milestones] == ["立项", "招标", "建设", "试运行", "验收"]
    assert first.milestones[-1].due_on == first.due_on == first.first_due_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"title": "甲\x00"}, "title"),
        ({"category": "长" * 51}, "category"),
        ({"due_on": date(2026, 6, 30)}, "due_on"),
    ],
)
def test_bad_items_are_refused_by_field(add, changes, field):
    with pytest.raises(BadInputError) as refused:
        add(**changes)
    assert refused.value.field == field


def test_a_secrecy_mark_in_a_title_is_refused(add):
    with pytest.raises(SecrecyRefusedError):
        add(title="某某系统（秘密★5年）")
    assert not Item.objects.exists()


def test_dispatch_all_tells_each_once(add, force, act, heard):
    made = [add(), add("养老服务平台")]
    answer = items.check_dispatch(actor=act("data_office"), taskforce_id=force.id, item_ids=None)
    assert (answer.numbers, answer.message) == ([1, 2], "已交办2项。")
    assert [event.item_id for event in heard.of(ItemDispatched)] == [one.id for one in made]
    assert all(event.room_id == force.room_id for event in heard.of(ItemDispatched))
    again = items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    assert (again.numbers, len(heard.of(ItemDispatched))) == ([], 2)


def test_dispatch_is_all_or_nothing(dispatched, add, force, act):
    fresh = add("养老服务平台")
    with pytest.raises(NotDispatchableError, match="not_dispatchable") as refused:
        items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=[dispatched.id, fresh.id])
    assert refused.value.facts["numbers"] == [1]
    assert Item.objects.get(pk=fresh.id).state == "registered"


def test_who_may_dispatch(add, force, act):
    item = add()
    for number in ("civil_head", "civil_liaison", "inspector"):
        with pytest.raises(ForbiddenError):
            items.check_dispatch(actor=act(number), taskforce_id=force.id, item_ids=[item.id])
    with pytest.raises(NotFoundError):
        items.check_dispatch(actor=act("outside_head"), taskforce_id=force.id, item_ids=[item.id])


def test_the_straight_way_leaves_a_trail(signed, act, later, heard):
    with later(days=20):
        acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=60, text="完成招标")
    with later(days=30):
        acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
    with later(days=31):
        closed = acts.check_close(actor=act("leader"), item_id=signed.id).item
    assert (closed.state, closed.colour, closed.because, closed.percent) == (
        "closed",
        "done",
        "灰：已办结",
        100,
    )
    told = [line for line in history(closed) if line[0] != "colour"]
    assert told == [
        ("register", "贺临川", "副市长"),
        ("dispatch", "贺临川", "副市长"),
        ("sign_for", "民政联", "联络员"),
        ("report", "民政科", "科员"),
        ("report_done", "民政局", "局长"),
        ("close", "贺临川", "副市长"),
    ]
    verbs = AuditEntry.objects.filter(subject="item", subject_id=str(closed.id)).order_by("pk")
    assert [entry.verb for entry in verbs] == [f"item.{act}" for act, *_ in told]
    assert [event.act for event in heard.of(ItemChanged)] == ["report", "report_done", "close"]
    assert [(event.old, event.new) for event in heard.of(ItemColourChanged)] == [("green", "grey")]


def test_signing_names_the_handler(signed):
    assert signed.handler.user_id == "@civil_liaison:tongzhou.localhost"


def test_reports_reach_the_nodes_of_the_plan(signed, act, later):
    with later(days=30):
        acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=75)
    with later(days=31):
        item = acts.check_report(
            actor=act("civil_handler"), item_id=signed.id, percent=20, text="重新招标"
        ).item
    done = {node.name: node.done_on for node in item.milestones}
    assert done == {
        "立项": date(2026, 7, 31),
        "招标": date(2026, 7, 31),
        "建设": None,
        "试运行": None,
        "验收": None,
    }
    assert item.next_milestone is not None
    assert item.next_milestone.name == "建设"


@pytest.mark.parametrize(
    ("percent", "text", "field"),
    [(-1, "", "percent"), (101, "", "percent"), (50, "长" * 2001, "text"), (50, "甲\x00", "text")],
)
def test_bad_reports_are_refused_by_field(signed, act, percent, text, field):
    with pytest.raises(BadInputError) as refused:
        acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=percent, text=text)
    assert refused.value.field == field
    assert not ProgressReport.objects.exists()


def test_a_falling_figure_needs_a_reason(signed, act):
    acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=50)
    with pytest.raises(BadInputError, match="写明原因"):
        acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=40)
    assert Item.objects.get(pk=signed.id).percent == 50


def test_100_percent_on_a_closed_item_says_where_to_go(signed, act):
    acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=100)
    acts.check_close(actor=act("leader"), item_id=signed.id)
    with pytest.raises(NotAllowedNowError) as refused:
        acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=100)
    assert refused.value.user_message() == (
        "事项已办结，不能再反馈进展；如有新情况，请在专班群说明，由专班牵头人另立事项。"
    )
    assert ProgressReport.objects.count() == 1


@pytest.mark.parametrize("number", ["land_liaison", "leader", "data_office", "inspector"])
def test_only_the_lead_unit_signs_and_reports(dispatched, signed_or_not, act, number):
    with pytest.raises(ForbiddenError) as refused:
        signed_or_not(act(number))
    assert "须由" in refused.value.user_message()


@pytest.fixture(params=["sign", "report"])
def signed_or_not(request, dispatched, act):
    if request.param == "sign":
        return lambda actor: acts.check_sign_for(actor=actor, item_id=dispatched.id)
    acts.check_sign_for(actor=act("civil_head"), item_id=dispatched.id)
    return lambda actor: acts.check_report(actor=actor, item_id=dispatched.id, percent=10)


def test_not_there_and_not_yours_look_alike(dispatched, act, force):
    for item_id in (dispatched.id, force.id):
        with pytest.raises(NotFoundError):
            acts.check_sign_for(actor=act("outside_head"), item_id=item_id)


def test_a_rejected_report_goes_back_and_is_counted(signed, act):
    acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=40)
    for _round in range(2):
        acts.check_report(actor=act("civil_handler"), item_id=signed.id, percent=100)
        item = acts.check_return(actor=act("leader"), item_id=signed.id, reason="缺少验收材料").item
    assert (item.state, item.percent) == ("in_progress", 40)
    assert (item.colour, item.because) == ("red", "红：连续2次报告被退回")
    detail = items.describe_item(act("leader"), signed.id)
    assert [report.state for report in detail.reports] == ["returned", "returned", "taken"]
    assert detail.reports[0].returned_reason == "缺少验收材料"


def test_not_ours_goes_back_within_a_working_day(dispatched, act, force, later):
    with later(on="2026-07-02T17:30"):
        item = acts.check_return(
            actor=act("civil_head"), item_id=dispatched.id, reason="属自然资源部门职责"
        ).item
    assert (item.state, item.handler) == ("returned", None)
    moved = acts.check_transfer(actor=act("data_office"), item_id=item.id, lead_unit_id=_land(item)).item
    assert (moved.state, moved.lead_unit.name) == ("dispatched", "咸宁市自然资源和规划局")
    with pytest.raises(ForbiddenError):
        acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    assert acts.check_sign_for(actor=act("land_liaison"), item_id=item.id).item.state == "signed_for"


def _land(item):
    return TaskForce.objects.get(items=item.id).units.get(code="land").pk


def test_not_ours_after_a_working_day_is_explained(dispatched, act, later):
    with later(on="2026-07-02T17:31"), pytest.raises(NotAllowedNowError) as refused:
        acts.check_return(actor=act("civil_head"), item_id=dispatched.id, reason="不属我办")
    assert (
        "2026年7月1日10:00收到；收到当日不计，1个工作日，至2026年7月2日17:30止"
        in refused.value.user_message()
    )


@pytest.mark.parametrize("reason", ["", "   ", "长" * 501])
def test_a_return_needs_a_reason(dispatched, act, reason):
    with pytest.raises(BadInputError) as refused:
        acts.check_return(actor=act("civil_head"), item_id=dispatched.id, reason=reason)
    assert refused.value.field == "reason"


def test_suspend_resume_cancel(signed, act):
    stop, go, drop = ItemAct.SUSPEND, ItemAct.RESUME, ItemAct.CANCEL

    def do(what, by="leader"):
        return acts.check_suspend(actor=act(by), item_id=signed.id, act=what, reason="上级要求").item

    assert do(stop).because == "灰：已批准暂停"
    with pytest.raises(NotAllowedNowError, match="不能反馈进展"):
        acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=10)
    assert do(go).state == "in_progress"
    with pytest.raises(ForbiddenError):
        do(drop, by="civil_head")
    assert do(drop).state == "cancelled"


def test_the_unit_names_its_own_handler(signed, act):
    def name(user_id):
        return acts.check_name_handler(actor=act("civil_head"), item_id=signed.id, user_id=user_id)

    user_id = "@civil_handler:tongzhou.localhost"
    assert name(user_id).item.handler.user_id == user_id
    with pytest.raises(BadInputError, match="不在牵头单位任职"):
        name("land_handler")
    with pytest.raises(BadInputError, match="不存在或已停用"):
        name("nobody")


def test_the_same_key_is_one_deed(dispatched, act, heard):
    def sign(key):
        return acts.check_sign_for(actor=act("civil_liaison"), item_id=dispatched.id, key=key)

    assert sign("k") == sign("k")
    assert len(heard.of(ItemChanged)) == 1
    with pytest.raises(NotAllowedNowError, match="已经签收"):
        sign("another")
    with pytest.raises(KeyReusedError):
        acts.check_report(actor=act("civil_liaison"), item_id=dispatched.id, percent=10, key="k")


def test_a_retry_gets_the_first_answer_although_the_item_moved_on(signed, act):
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
    first = acts.check_return(actor=act("leader"), item_id=signed.id, reason="补材料", key="r")
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=100)
    assert acts.check_return(actor=act("leader"), item_id=signed.id, reason="补材料", key="r") == first
    assert Item.objects.get(pk=signed.id).state == "reported"


def test_a_refused_deed_leaves_its_key_free(dispatched, act):
    with pytest.raises(NotAllowedNowError):
        acts.check_report(actor=act("civil_head"), item_id=dispatched.id, percent=10, key="k")
    acts.check_sign_for(actor=act("civil_head"), item_id=dispatched.id)
    assert (
        acts.check_report(actor=act("civil_head"), item_id=dispatched.id, percent=10, key="k").item.percent
        == 10
    )


def test_a_key_of_a_wrong_shape_is_refused(dispatched, act):
    with pytest.raises(BadInputError) as refused:
        acts.check_sign_for(actor=act("civil_head"), item_id=dispatched.id, key="k" * 201)
    assert refused.value.field == "key"
