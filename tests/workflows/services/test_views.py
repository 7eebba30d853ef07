"""What people see: pending lists, the wall, cards, commands."""

import csv
import io
from datetime import date

import pytest

from chatops.cards import CardState, card_content, registry
from chatops.store.models import Inbox, StreamKind
from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.store.models import Staff
from workflows.errors import AmbiguousNumberError, NotAllowedNowError
from workflows.items.card import digest_card, item_card, reminder_card
from workflows.models import Item
from workflows.pending import list_pending
from workflows.services import acts, commands, extensions, items, registering, taskforces, wall
from workflows.store import items as store


def counts(actor):
    pending = list_pending(actor)
    assert pending.total == sum(source.count for source in pending.sources)
    return {source.source: source.count for source in pending.sources if source.count}


def test_pending_follows_the_item(dispatched, act, later):
    assert counts(act("civil_liaison")) == {"sign_for": 1}
    assert counts(act("land_liaison")) == counts(act("leader")) == {}
    acts.check_sign_for(actor=act("civil_handler"), item_id=dispatched.id)
    assert counts(act("civil_liaison")) == {}
    with later(days=15):
        assert counts(act("civil_liaison")) == counts(act("civil_handler")) == {"report": 1}
    extensions.check_ask_extension(
        actor=act("civil_head"), item_id=dispatched.id, due_on=date(2027, 3, 1), reason="推迟"
    )
    assert counts(act("leader")) == counts(act("data_office")) == {"decide_extension": 1}
    acts.check_report(actor=act("civil_head"), item_id=dispatched.id, percent=100)
    assert counts(act("data_office"))["check_report"] == 1
    acts.check_close(actor=act("leader"), item_id=dispatched.id)
    assert counts(act("leader")) == counts(act("civil_head")) == {}


def test_a_handler_is_not_asked_for_a_colleagues_item(signed, act, later):
    with later(days=15):
        assert counts(act("civil_handler")) == {}
        assert counts(act("civil_liaison")) == counts(act("civil_head")) == {"report": 1}


def test_reports_fall_due_three_working_days_before(add, force, act, later):
    item = add(due_on=date(2026, 7, 22))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    acts.check_sign_for(actor=act("civil_liaison"), item_id=item.id)
    with later(on="2026-07-15T10:00"):
        acts.check_report(actor=act("civil_liaison"), item_id=item.id, percent=50)
    with later(on="2026-07-16T10:00"):
        assert counts(act("civil_liaison")) == {}
    with later(on="2026-07-17T10:00"):
        assert counts(act("civil_liaison")) == {"report": 1}
        (entry,) = [one for source in list_pending(act("civil_liaison")).sources for one in source.items]
    assert entry.link == f"/force/{force.id}?item={item.id}"


def test_the_wall_sorts_and_counts(imported, force, act, later):
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    numbers = {item.number: item.pk for item in Item.objects.all()}
    Item.objects.filter(number__in=(3, 4)).update(colour="red")
    Item.objects.filter(number=5).update(colour="yellow")
    acts.check_sign_for(actor=act("daily_head"), item_id=numbers[19])
    acts.check_report(actor=act("daily_head"), item_id=numbers[19], percent=100)
    acts.check_close(actor=act("leader"), item_id=numbers[19])
    shown = wall.describe_wall(act("leader"), force.id)
    assert [item.number for item in shown.items][:4] == [3, 4, 5, 1]
    assert shown.items[-1].number == 19
    assert shown.kpi.counts == {"red": 2, "yellow": 1, "green": 15, "grey": 0, "done": 1}
    assert (shown.kpi.total, shown.kpi.percent, shown.kpi.deltas) == (19, 5, None)
    assert (shown.kpi.day_no, shown.kpi.days_total) == (1, 365)
    assert shown.kpi.next_node is not None
    assert (shown.kpi.next_node.name, shown.kpi.next_node.item_number) == ("立项", 1)


def test_the_wall_costs_the_same_for_one_item_and_nineteen(
    add, force, act, upload_sample, django_assert_max_num_queries
):
    leader = act("leader")
    add("第一项")
    wall.describe_wall(leader, force.id)  # the cached tree of units
    with django_assert_max_num_queries(12) as few:
        wall.describe_wall(leader, force.id)
    upload_sample()
    with django_assert_max_num_queries(len(few)):
        assert len(wall.describe_wall(leader, force.id).items) == 20


@pytest.fixture
def upload_sample(force, act):
    from tests.workflows.conftest import SAMPLE
    from workflows.services import imports

    def run():
        batch = imports.check_upload(
            actor=act("leader"), taskforce_id=force.id, file_name="a.csv", data=SAMPLE
        )
        imports.check_apply(actor=act("leader"), batch_id=batch.id)

    return run


@pytest.mark.parametrize(
    ("words", "field"), [({"colour": "blue"}, "colour"), ({"state": "x"}, "state"), ({"sort": "x"}, "sort")]
)
def test_unknown_filters_are_refused(force, act, words, field):
    with pytest.raises(BadInputError) as refused:
        wall.list_items(act("leader"), force.id, **words)
    assert refused.value.field == field


def test_filters(imported, force, act, city):
    civil = wall.list_items(act("leader"), force.id, unit=city.units["civil"].pk, sort="budget")
    assert [item.budget_wan for item in civil] == [565, 240]
    assert wall.list_items(act("leader"), force.id, colour="done") == []
    assert len(wall.list_items(act("leader"), force.id, state="registered", colour="grey")) == 19


def test_the_export_opens_in_wps_and_comes_back_in(imported, force, act, settings):
    from workflows.rules.importing import parse

    settings.DEMO = False
    data = wall.export_csv(act("leader"), force.id)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0][:6] == ["编号", "序号", "类别", "项目名称", "投资（万元）", "牵头单位"]
    assert rows[1][3:6] == ["区块链赋能平台", "700", "咸宁市政务服务和大数据管理局"]
    assert len(rows) == 20
    settings.DEMO = True
    demo = wall.export_csv(act("leader"), force.id).decode("utf-8-sig")
    assert demo.splitlines()[0] == "演示数据：人员、进展、颜色均为虚构"
    assert len(parse(demo.replace("编号,序号", "行,序号").encode()).rows) == 19


def test_the_export_takes_the_filters_of_the_screen(imported, force, act, city, settings):
    settings.DEMO = False
    Item.objects.filter(number__in=(1, 8)).update(state="closed")

    def titles(**words):
        text = wall.export_csv(act("leader"), force.id, **words).decode("utf-8-sig")
        return [row[3] for row in csv.reader(io.StringIO(text))][1:]

    assert len(titles(colour="open")) == 17
    assert len(titles(colour="done")) == 2
    civil = city.units["civil"].pk
    assert len(titles(unit=civil)) == 2
    assert titles(unit=civil, colour="open") == ["咸宁市智慧养老服务平台"]


def test_a_title_that_looks_like_a_formula_is_exported_as_text(add, force, act):
    add("=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in wall.export_csv(act("leader"), force.id).decode("utf-8-sig")


def card_of(item_id):
    return item_card(store.shown().get(pk=item_id))


def test_the_card_follows_the_item(dispatched, act):
    card = card_of(dispatched.id)
    assert (card.kind, card.number, card.title) == ("task", "1", "咸宁市智慧社区服务平台")
    assert [action.label for action in card.actions] == ["签收"]
    assert "可回复本条办理：签收；" in card_content(card)["body"]
    acts.check_sign_for(actor=act("civil_liaison"), item_id=dispatched.id)
    acts.check_report(actor=act("civil_liaison"), item_id=dispatched.id, percent=60, text="完成招标")
    after = card_of(dispatched.id)
    assert after.version > card.version
    assert [action.label for action in after.actions] == ["反馈进展"]
    assert [action.label for action in after.menu] == ["申请延期", "催办"]
    fields = {field.label: field.value for field in after.fields}
    assert fields["牵头"] == "咸宁市民政局 · 民政联"
    assert fields["时限"] == "12月31日"
    assert fields["下一节点"] == "建设 11月16日"
    assert fields["最近反馈"] == "07月01日 10:00 民政联：完成招标"
    assert (after.progress.percent, after.state.word) == (60, "绿 · 正常")


def test_the_card_shows_an_extension_to_decide_and_both_dates_after(signed, act):
    extensions.check_ask_extension(
        actor=act("civil_head"), item_id=signed.id, due_on=date(2027, 3, 1), reason="设备推迟"
    )
    card = card_of(signed.id)
    assert [action.label for action in (*card.actions, *card.menu)] == [
        "反馈进展",
        "同意延期",
        "退回申请",
        "催办",
    ]
    assert {field.key: field.value for field in card.fields}[
        "extension"
    ] == "民政局申请延至2027年3月1日：设备推迟"
    extensions.check_decide_extension(actor=act("leader"), item_id=signed.id, agree=True)
    fields = {field.key: field.value for field in card_of(signed.id).fields}
    assert fields["due_on"] == "2027年3月1日（原12月31日）"


def test_the_buttons_of_each_viewer(signed, act):
    extensions.check_ask_extension(
        actor=act("civil_head"), item_id=signed.id, due_on=date(2027, 3, 1), reason="设备推迟"
    )

    def able(number):
        states = registry.states(act(number), "task", [str(signed.id), "not-an-id"])
        return {key: set(state.abilities) for key, state in states.items()}

    mine = str(signed.id)
    assert able("civil_handler") == {mine: {"report", "send_back"}}
    assert able("leader") == {mine: {"agree_extension", "return_extension", "remind"}}
    assert able("inspector") == able("land_head") == {mine: set()}
    assert able("outside_head") == {}
    state: CardState = registry.states(act("civil_liaison"), "task", [mine])[mine]
    assert state.done == {"sign_for": "您已签收 07月01日 10:00"}


def test_the_states_of_many_cards_cost_the_same_as_of_one(imported, act, django_assert_max_num_queries):
    subjects = [str(pk) for pk in Item.objects.values_list("pk", flat=True)]
    leader = act("leader")
    registry.states(leader, "task", subjects[:1])
    with django_assert_max_num_queries(8) as few:
        registry.states(leader, "task", subjects[:1])
    with django_assert_max_num_queries(len(few)):
        assert len(registry.states(leader, "task", subjects)) == 19


def press(actor, item_id, action, key=None, **params):
    handler = registry.find_handler("task")
    assert handler is not None
    return handler(actor=actor, subject=str(item_id), action=action, params=params, key=key)


def test_buttons_do_what_the_services_do(dispatched, act):
    press(act("civil_liaison"), dispatched.id, "sign_for", key="1")
    result = press(act("civil_liaison"), dispatched.id, "report", key="2", percent="60%", text="完成招标")
    assert result.message == "第1项“咸宁市智慧社区服务平台”进展60%"
    assert result.facts["item"]["percent"] == 60
    press(act("civil_liaison"), dispatched.id, "ask_extension", due_on="2027-03-01", reason="推迟")
    press(act("leader"), dispatched.id, "agree_extension")
    press(act("leader"), dispatched.id, "remind")
    press(act("civil_liaison"), dispatched.id, "report", percent=100)
    press(act("leader"), dispatched.id, "reject_report", reason="缺材料")
    press(act("civil_liaison"), dispatched.id, "report", percent=100)
    press(act("leader"), dispatched.id, "close")
    assert Item.objects.get().state == "closed"


@pytest.mark.parametrize(
    ("action", "params", "field"),
    [
        ("report", {}, "percent"),
        ("report", {"percent": "六十"}, "percent"),
        ("report", {"percent": True}, "percent"),
        ("report", {"percent": 10, "text": 5}, "text"),
        ("ask_extension", {"due_on": "下周五", "reason": "推迟"}, "due_on"),
        ("ask_extension", {"due_on": "2027-03-01"}, "reason"),
    ],
)
def test_bad_params_of_a_button_are_refused_by_field(signed, act, action, params, field):
    with pytest.raises(BadInputError) as refused:
        press(act("civil_liaison"), signed.id, action, **params)
    assert refused.value.field == field


def test_unknown_buttons_and_subjects(signed, act):
    for item_id, action in ((signed.id, "explode"), ("nonsense", "report")):
        with pytest.raises(NotFoundError):
            press(act("civil_liaison"), item_id, action, percent=10)
    with pytest.raises(ForbiddenError):
        press(act("land_head"), signed.id, "report", percent=10)


def test_the_digest_lists_all_nineteen(imported, force, act):
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    found, shown = commands.ledger(act("civil_liaison"), force.room_id)
    card = digest_card(found, shown, subject="s", as_of=clock.now())
    assert len(card.lines) == 19
    assert card.fields[0].value == "19项　红0　黄0　绿19　灰0　办结0"
    assert card.lines[0].text == "1 区块链赋能平台 · 市政务和大数据局 · 0% · 绿 · 正常"
    assert card.title == "数字政府建设专班简报（7月1日）"
    assert card.fallback.count("\n") == 20


def test_the_merged_reminder(signed, act):
    item = store.shown().get(pk=signed.id)
    card = reminder_card([(item, "wd3", "", ""), (item, "overdue", "", "")], subject="s", as_of=clock.now())
    assert card.title == "您有2项待办即将到期或已逾期"
    assert card.lines[0].text.startswith("距时限3个工作日：数字政府建设专班第1项")


def test_a_command_acts_with_the_persons_rights(dispatched, force, act):
    done = commands.sign_for(actor=act("civil_liaison"), number=1, room_id=force.room_id, key="$e1")
    again = commands.sign_for(actor=act("civil_liaison"), number=1, room_id=force.room_id, key="$e1")
    assert done == again
    with pytest.raises(ForbiddenError):
        commands.report(
            actor=act("land_head"), number=1, percent=60, text="", room_id=force.room_id, key="$e2"
        )
    answer = commands.report(
        actor=act("civil_head"), number=1, percent=60, text="招标", room_id=force.room_id, key="$e3"
    )
    assert answer.item.percent == 60


def test_an_unknown_number_is_told(dispatched, force, act):
    with pytest.raises(NotFoundError) as refused:
        commands.find_item_by_number(act("civil_liaison"), 12, force.room_id)
    assert refused.value.user_message() == "没有第12项，或不在您的查看范围内，请核对编号。"
    with pytest.raises(NotFoundError):
        commands.find_item_by_number(act("outside_head"), 1, force.room_id)


def test_a_number_of_two_forces_is_answered_with_the_candidates(dispatched, force, act, city):
    second = taskforces.check_found_taskforce(
        actor=act("leader"),
        name="防汛专班",
        goal="度汛",
        basis="咸政办发〔2026〕9号",
        unit_ids=[city.units["civil"].pk],
        ends_on=date(2026, 12, 31),
    )
    new = items.NewItem("转移清单核对", city.units["civil"].pk, date(2026, 7, 1), date(2026, 8, 1))
    registering.check_create_item(actor=act("leader"), taskforce_id=second.id, new=new)
    assert commands.find_item_by_number(act("civil_head"), 1, force.room_id).title == "咸宁市智慧社区服务平台"
    with pytest.raises(AmbiguousNumberError) as refused:
        commands.find_item_by_number(act("civil_head"), 1, None)
    assert "数字政府建设专班 咸宁市智慧社区服务平台；防汛专班 转移清单核对" in refused.value.user_message()


def test_a_command_in_another_room(force, act):
    with pytest.raises(NotFoundError, match="不是专班群"):
        commands.ledger(act("leader"), "!nowhere:tongzhou.localhost")


def test_refusals_in_a_command_are_sentences(dispatched, force, act):
    with pytest.raises(NotAllowedNowError) as refused:
        commands.report(
            actor=act("civil_head"), number=1, percent=60, text="", room_id=force.room_id, key="$e"
        )
    assert refused.value.user_message() == "请先签收，再反馈进展。"


def test_those_concerned_are_told_that_their_pending_list_changed(dispatched, city, act):
    def told():
        rows = Inbox.objects.filter(kind=StreamKind.PERSON, body={"kind": "pending"})
        numbers = set(
            Staff.objects.filter(pk__in=rows.values("staff_id")).values_list("staff_number", flat=True)
        )
        rows.delete()
        return numbers

    lead, civil = {"leader", "data_office"}, {"civil_head", "civil_handler", "civil_liaison"}
    assert told() == lead | civil
    acts.check_sign_for(actor=act("civil_liaison"), item_id=dispatched.id)
    assert told() == lead | civil
    acts.check_transfer(actor=act("leader"), item_id=dispatched.id, lead_unit_id=city.units["land"].pk)
    assert told() == lead | civil | {"land_head", "land_handler", "land_liaison"}
