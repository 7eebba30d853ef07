from datetime import date
from decimal import Decimal

import pytest

from chatops.services.admission import SecrecyRefusedError
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from tests.workflows.conftest import SAMPLE
from workflows.events import ItemChanged
from workflows.models import Item, ItemHistory
from workflows.services import acts, imports, items, pasting

TEXT = SAMPLE.decode()


@pytest.fixture
def upload(force, act):
    def run(data=SAMPLE, by="leader", name="清单.csv", **dates):
        return imports.check_upload(actor=act(by), taskforce_id=force.id, file_name=name, data=data, **dates)

    return run


@pytest.fixture
def bring(upload, act):
    """Upload and apply."""

    def run(text):
        return imports.check_apply(actor=act("leader"), batch_id=upload(text.encode()).id)

    return run


def test_the_preview_matches_all_nineteen(upload):
    preview = upload()
    assert preview.message == "共19行，投资合计36,847万元：新增19、变更0、减少0、未变0。"
    assert (preview.totals.rows, preview.totals.budget_wan, preview.totals.error) == (19, 36847, 0)
    found = {row.lead_text: row.lead_unit.name for row in preview.rows}
    assert len(found) == 13
    assert found["市住建局"] == "咸宁市住房和城乡建设局"
    assert found["市卫生健康委员会"] == "咸宁市卫生健康委员会"
    assert {row.match for row in preview.rows} <= {"exact", "alike"}
    assert not Item.objects.exists()


def test_applying_makes_items_with_a_plan_from_today(upload, act):
    done = imports.check_apply(actor=act("leader"), batch_id=upload().id)
    assert done.message == "已导入：新增19项、变更0项、取消0项、未变0项。"
    found = list(Item.objects.order_by("number"))
    assert [item.number for item in found] == list(range(1, 20))
    assert sum(item.budget_wan or 0 for item in found) == Decimal(36847)
    assert {(item.starts_on, item.due_on) for item in found} == {(date(2026, 7, 1), date(2027, 6, 30))}
    assert [node.name for node in found[0].milestones.all()] == ["立项", "招标", "建设", "试运行", "验收"]


def test_the_same_file_twice_changes_nothing(imported, bring, heard):
    before = list(Item.objects.order_by("pk").values())
    lines = ItemHistory.objects.count()
    again = bring(TEXT)
    assert again.message == "已导入：新增0项、变更0项、取消0项、未变19项。"
    assert list(Item.objects.order_by("pk").values()) == before
    assert (ItemHistory.objects.count(), heard.of(ItemChanged)) == (lines, [])


def test_applying_twice_answers_the_first(upload, act):
    batch = upload()
    first = imports.check_apply(actor=act("leader"), batch_id=batch.id)
    second = imports.check_apply(actor=act("data_office"), batch_id=batch.id)
    assert second.message == first.message
    assert Item.objects.count() == 19


@pytest.fixture
def newer():
    """The hospital ward is gone, one budget and one lead unit changed, one project is new."""
    text = TEXT.replace("5,数字化治理,智慧病房,200,市中心医院\n", "")
    text = text.replace(
        "2,数字化使能,智慧咸宁时空大数据平台项目,2000,", "2,数字化使能,智慧咸宁时空大数据平台项目,2600,"
    )
    text = text.replace("智慧养老服务平台,240,市民政局", "智慧养老服务平台,240,市卫生健康委员会")
    return text + "20,数字化能力,数据共享交换平台,400,市政务服务和大数据管理局\n"


def test_a_newer_edition_is_shown_before_it_is_applied(imported, upload, newer):
    preview = upload(newer.encode())
    assert (preview.totals.added, preview.totals.changed, preview.totals.removed) == (1, 2, 1)
    told = {row.name: row for row in preview.rows if row.change != "same"}
    assert told["智慧病房"].change == "removed"
    assert told["智慧病房"].line is None
    assert told["数据共享交换平台"].change == "added"
    (budget,) = told["智慧咸宁时空大数据平台项目"].changes
    assert (budget.field, budget.old, budget.new) == ("budget_wan", "2000.00", "2600.00")
    (lead,) = told["咸宁市智慧养老服务平台"].changes
    assert (lead.field, lead.old, lead.new) == ("lead", "咸宁市民政局", "咸宁市卫生健康委员会")
    assert Item.objects.filter(state="registered").count() == 19


def test_applying_a_newer_edition(imported, force, bring, newer, act):
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    elderly = Item.objects.get(list_seq=9)
    acts.check_sign_for(actor=act("civil_head"), item_id=elderly.pk)
    done = bring(newer)
    assert done.message == "已导入：新增1项、变更2项、取消1项、未变16项。"
    elderly.refresh_from_db()
    assert (elderly.lead_unit.name, elderly.state, elderly.handler) == (
        "咸宁市卫生健康委员会",
        "dispatched",
        None,
    )
    assert Item.objects.get(list_seq=5).state == "cancelled"
    assert Item.objects.get(list_seq=20).number == 20
    assert Item.objects.get(list_seq=2).budget_wan == 2600


def test_reported_and_closed_items_are_not_cancelled_by_a_list(imported, force, bring, newer, act):
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    ward = Item.objects.get(list_seq=5)
    acts.check_sign_for(actor=act("hospital_head"), item_id=ward.pk)
    acts.check_report(actor=act("hospital_head"), item_id=ward.pk, percent=100)
    assert "取消0项" in bring(newer).message
    ward.refresh_from_db()
    assert ward.state == "reported"


def test_an_unknown_unit_is_listed_and_can_be_fixed(upload, act, city):
    preview = upload(TEXT.replace("咸宁日报社", "咸宁广播电视大楼筹建处").encode())
    (row,) = [row for row in preview.rows if row.problems]
    assert (row.line, row.change, row.match) == (20, "error", "none")
    assert row.problems[0].message == "通讯录中没有“咸宁广播电视大楼筹建处”，请从列表中选择牵头单位。"
    with pytest.raises(BadInputError, match="第20行还有问题") as refused:
        imports.check_apply(actor=act("leader"), batch_id=preview.id)
    assert refused.value.facts["lines"] == [20]
    assert not Item.objects.exists()
    fixed = imports.check_fix_row(
        actor=act("leader"), batch_id=preview.id, line=20, lead_unit_id=city.units["daily"].pk
    )
    assert (fixed.totals.error, fixed.rows[18].match) == (0, "fixed")
    imports.check_apply(actor=act("leader"), batch_id=preview.id)
    assert Item.objects.count() == 19


def test_a_bad_cell_can_be_fixed_and_a_double_is_gone_with_it(upload, act):
    text = TEXT.replace("3,数字化使能,电子政务外网改造,3000", "2,数字化使能,电子政务外网改造,三千")
    preview = upload(text.encode())
    problems = {(row.line, one.column) for row in preview.rows for one in row.problems}
    assert problems == {(4, "seq"), (4, "budget_wan")}

    def fix(**cells):
        return imports.check_fix_row(actor=act("leader"), batch_id=preview.id, line=4, cells=cells)

    with pytest.raises(BadInputError, match="不是数字"):
        fix(budget_wan="三千多")
    fixed = fix(budget_wan="3,000", seq="3")
    assert (fixed.totals.error, fixed.totals.budget_wan) == (0, 36847)
    assert fixed.rows[2].cells["budget_wan"] == "三千"  # what the file said is kept


def test_a_total_line_that_does_not_add_up_is_noted(upload):
    preview = upload((TEXT + "合计,,,36000,\n").encode())
    assert preview.notes == ["文件合计行为36,000万元，各行之和为36,847万元，请核对。"]
    assert upload((TEXT + "合计,,,36847,\n").encode()).notes == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_office_programs(upload, encoding):
    assert upload(TEXT.encode(encoding)).totals.budget_wan == 36847


def test_an_unreadable_file_is_refused_with_a_way_out(upload):
    with pytest.raises(BadInputError) as refused:
        upload("序号,项目名称\n1,智慧病房\n".encode())
    assert (refused.value.field, refused.value.facts["column"]) == ("file", "lead_department")
    assert "缺少“牵头单位”列" in refused.value.user_message()


def test_dates_of_the_plan_are_checked(upload):
    with pytest.raises(BadInputError) as refused:
        upload(starts_on=date(2026, 9, 1), due_on=date(2026, 8, 1))
    assert refused.value.field == "due_on"


def test_secrecy_marks_are_refused_in_name_and_cells(upload):
    with pytest.raises(SecrecyRefusedError):
        upload(name="清单（机密★3年）.csv")
    with pytest.raises(SecrecyRefusedError):
        upload(TEXT.replace("智慧病房", "智慧病房 秘密★长期").encode())


def test_who_may_import(upload, act):
    batch = upload(by="data_office")
    for number, error in (("civil_head", ForbiddenError), ("outside_head", NotFoundError)):
        with pytest.raises(error):
            upload(by=number)
        with pytest.raises(error):
            imports.describe_import(act(number), batch.id)
        with pytest.raises(error):
            imports.check_apply(actor=act(number), batch_id=batch.id)


def test_an_applied_list_is_not_changed_any_more(upload, act, city):
    batch = upload()
    imports.check_apply(actor=act("leader"), batch_id=batch.id)
    with pytest.raises(ConflictError, match="请上传新版清单"):
        imports.check_fix_row(
            actor=act("leader"), batch_id=batch.id, line=2, lead_unit_id=city.units["land"].pk
        )


OWN_DAYS = (
    "项目名称,牵头单位,配合单位,完成时限\n"
    "清理河道,市自然资源和规划局,市生态环境局、市农业农村局,2026/9/30 0:00\n"
    "修缮养老院,市民政局,,\n"
    "加装路灯,市住建局,市农业农村局,年底前\n"
)


def test_each_row_may_have_a_day_and_supporting_units_of_its_own(upload, act):
    preview = upload(OWN_DAYS.encode(), due_on=date(2026, 8, 31))
    assert [row.due_on for row in preview.rows] == [date(2026, 9, 30), None, date(2026, 12, 31)]
    assert [unit.name for unit in preview.rows[0].supporting] == ["咸宁市生态环境局", "咸宁市农业农村局"]
    imports.check_apply(actor=act("leader"), batch_id=preview.id)
    river, home, lamps = Item.objects.order_by("number")
    assert [one.due_on for one in (river, home, lamps)] == [
        date(2026, 9, 30),
        date(2026, 8, 31),
        date(2026, 12, 31),
    ]
    assert river.first_due_on == date(2026, 9, 30)
    assert {unit.name for unit in river.supporting_units.all()} == {"咸宁市生态环境局", "咸宁市农业农村局"}
    assert not home.supporting_units.exists()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("尽快", "没有具体时间"),
        ("2026年2月30日", ""),
        ("2026-06-01", "已经过去"),
        ("2026-07-01", "完成时限须晚于计划开始日期"),
        ("长期坚持", "请写明时限"),
    ],
)
def test_a_day_that_cannot_be_is_named_by_row_and_column_and_put_right_there(upload, act, cell, words):
    preview = upload(OWN_DAYS.replace("年底前", cell).encode())
    (row,) = [row for row in preview.rows if row.problems]
    assert (row.line, row.change, row.problems[0].column) == (4, "error", "due_on")
    assert words in row.problems[0].message

    def fix(text):
        return imports.check_fix_row(actor=act("leader"), batch_id=preview.id, line=4, cells={"due_on": text})

    with pytest.raises(BadInputError) as refused:
        fix(cell)
    assert refused.value.field == "due_on"
    fixed = fix("12月中旬")
    assert (fixed.totals.error, fixed.rows[2].due_on) == (0, date(2026, 12, 18))
    assert fix("").rows[2].due_on is None


def test_an_unknown_supporting_unit_is_named_and_put_right_there(upload, act):
    preview = upload(
        OWN_DAYS.replace("市生态环境局、市农业农村局", "市广播电视大楼筹建处、市农业农村局").encode()
    )
    (row,) = [row for row in preview.rows if row.problems]
    assert row.problems[0].column == "supporting"
    assert "市广播电视大楼筹建处" in row.problems[0].message
    fixed = imports.check_fix_row(
        actor=act("leader"), batch_id=preview.id, line=2, cells={"supporting": "市农业农村局"}
    )
    assert [unit.name for unit in fixed.rows[0].supporting] == ["咸宁市农业农村局"]


def test_a_newer_list_moves_no_due_date_and_says_so(upload, act):
    imports.check_apply(actor=act("leader"), batch_id=upload(OWN_DAYS.encode()).id)
    again = upload(OWN_DAYS.replace("2026/9/30", "2026/10/31").encode())
    assert any("第2行的完成时限与事项现有时限不同" in note for note in again.notes)
    imports.check_apply(actor=act("leader"), batch_id=again.id)
    assert Item.objects.order_by("number")[0].due_on == date(2026, 9, 30)


def test_pasted_rows_are_added_to_a_task_force_and_cancel_nothing(imported, force, upload, act):
    preview = pasting.check_paste(
        actor=act("leader"),
        taskforce_id=force.id,
        text="事项名称\t牵头单位\t时限\n割接核心交换机\t市农业农村局\t12月底\n",
    )
    assert (preview.totals.added, preview.totals.removed) == (1, 0)
    imports.check_apply(actor=act("leader"), batch_id=preview.id)
    assert Item.objects.count() == 20
    assert not Item.objects.filter(state="cancelled").exists()
    assert Item.objects.order_by("-number")[0].due_on == date(2026, 12, 31)
    edition = upload()
    assert (edition.totals.removed, edition.totals.same) == (0, 19)
