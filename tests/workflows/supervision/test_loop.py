"""晒进度, 看质量, 识风险, 督整改; spot checks by a seed; exports."""

import io
import zipfile
from datetime import date

import pypdfium2
import pytest

from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import AuditEntry
from workflows.errors import NotAllowedNowError
from workflows.models import Item, Rectification, SpotPick
from workflows.pending import count_pending, page_pending
from workflows.services import items, nightly
from workflows.supervision import exports, loop, spot_checks
from workflows.supervision.table import TableAsk

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(add, force, act):
    """Six items of three units, dispatched, with today's snapshots."""
    for number, unit in enumerate(("civil", "farm", "land") * 2):
        add(title=f"事项{number}", unit=unit, due_on=date(2026, 12, 31), category="=1+1")
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    nightly.recolour_all()


def draw(actor, **given):
    wanted = {
        "title": "七月抽查", "of": "item", "count": 4, "due_on": date(2026, 7, 31), "ask": TableAsk(), "seed": "s1",
        "inspectors": ["civil_handler", "farm_handler"], **given,
    }  # fmt: skip
    return spot_checks.check_draw(actor=actor, **wanted)


def test_published_progress_is_frozen(running, act, later):
    officer = act("inspector")
    sheet = loop.check_publish(actor=officer, title="七月进展", ask=TableAsk(), key="k1")
    assert loop.check_publish(actor=officer, title="七月进展", ask=TableAsk(), key="k1") == sheet
    with later(days=20):
        nightly.recolour_all()
        seen = loop.describe_sheet(act("farm_handler"), sheet.id)
    assert seen.table == sheet.table
    assert [one.title for one in loop.list_sheets(act("outside_head")).items] == ["七月进展"]
    for actor, error in ((act("civil_head"), ForbiddenError), (act("leader"), ForbiddenError)):
        with pytest.raises(error):
            loop.check_publish(actor=actor, title="七月进展", ask=TableAsk())
    with pytest.raises(BadInputError) as refused:
        loop.check_publish(actor=officer, title=" ", ask=TableAsk())
    assert refused.value.field == "title"


def test_a_finding_colours_the_item_until_it_is_cleared(running, act):
    item, officer = Item.objects.get(number=1), act("inspector")
    found = loop.check_find(actor=officer, item_id=item.pk, text="图纸与现场不符", key="k")
    serious = loop.check_find(actor=officer, item_id=item.pk, text="虚报完成", serious=True)
    item.refresh_from_db()
    assert (item.colour, item.colour_reason) == ("red", "serious_fact")
    loop.check_clear(actor=officer, finding_id=serious.finding, words="已复核")
    item.refresh_from_db()
    assert (item.colour, item.colour_reason) == ("yellow", "quality_finding")
    assert [one.text for one in loop.list_findings(officer).items] == ["图纸与现场不符"]
    loop.check_clear(actor=officer, finding_id=found.finding, words="已整改")
    item.refresh_from_db()
    assert item.colour == "green"
    with pytest.raises(NotAllowedNowError, match="方既白已于07月01日 10:00消除"):
        loop.check_clear(actor=officer, finding_id=found.finding, words="再次")
    with pytest.raises(ForbiddenError):
        loop.check_find(actor=act("civil_head"), item_id=item.pk, text="自查")
    with pytest.raises(NotFoundError):
        loop.check_find(actor=act("outside_head"), item_id=item.pk, text="自查")
    counted = loop.describe_loop(officer)
    assert (counted.findings_open, counted.findings_cleared, counted.may_check) == (0, 2, True)


def test_a_draw_can_be_drawn_again_and_spares_the_related(running, act):
    check = draw(act("inspector"))
    again = draw(act("inspector"))
    assert [one.item for one in check.picks] == [one.item for one in again.picks]
    assert [one.inspector for one in check.picks] == [one.inspector for one in again.picks]
    assert check.redraw
    assert (check.pool_size, check.count, check.seed) == (6, 4, "s1")
    for pick in SpotPick.objects.select_related("inspector", "unit"):
        assert pick.inspector.staff_number.split("_")[0] != pick.unit.code
    replaced = [one for one in check.picks if one.instead_of]
    assert all(one.instead_of != one.inspector for one in replaced)
    assert draw(act("inspector"), seed="").seed != draw(act("inspector"), seed="").seed


def test_units_are_drawn_too(running, act):
    check = draw(act("inspector"), of="unit", count=2, inspectors=["outside_head"])
    assert len({one.unit for one in check.picks}) == 2


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("count", {"count": 7}),
        ("count", {"count": 0}),
        ("inspectors", {"inspectors": []}),
        ("inspectors", {"inspectors": ["nobody"]}),
        ("inspectors", {"inspectors": ["civil_handler"], "count": 6}),
        ("due_on", {"due_on": date(2026, 6, 30)}),
        ("of", {"of": "person"}),
        ("title", {"title": ""}),
        ("seed", {"seed": "x" * 65}),
    ],
)
def test_refused_draws_name_the_field(running, act, field, wrong):
    with pytest.raises(BadInputError) as refused:
        draw(act("inspector"), **wrong)
    assert refused.value.field == field
    assert not SpotPick.objects.exists()


def test_what_the_inspector_finds_becomes_a_finding(running, act, call):
    check = draw(act("inspector"), inspectors=["outside_head"])
    outside = act("outside_head")
    assert count_pending(outside).total == 4
    entry = page_pending(outside).items[0]
    assert entry.title.startswith("现场核查：")
    first, second = check.picks[:2]
    with pytest.raises(NotFoundError):
        spot_checks.check_result(actor=act("inspector"), pick_id=first.id, passed=True, words="")
    with pytest.raises(BadInputError) as refused:
        spot_checks.check_result(actor=outside, pick_id=first.id, passed=False, words=" ")
    assert refused.value.field == "words"
    body = {"passed": False, "words": "现场无人施工", "serious": True}
    answer = call("outside_head").post(f"/supervision/picks/{first.id}/result", body, key="r1")
    assert answer.json()["pick"]["state"] == "found"
    assert Item.objects.get(pk=first.item).colour == "red"
    spot_checks.check_result(actor=outside, pick_id=second.id, passed=True, words="属实")
    with pytest.raises(NotAllowedNowError):
        spot_checks.check_result(actor=outside, pick_id=second.id, passed=False, words="改口")
    assert count_pending(outside).total == 2
    assert [one.text for one in loop.list_findings(act("leader")).items] == ["现场无人施工"]
    assert spot_checks.describe_spot_check(outside, check.id).picks[0].mine
    with pytest.raises(NotFoundError):
        spot_checks.describe_spot_check(act("civil_handler"), check.id)


def test_a_draw_is_the_officers_deed(running, act):
    for number in ("leader", "civil_head", "civil_handler"):
        with pytest.raises(ForbiddenError):
            draw(act(number))


def test_an_exported_sheet_holds_no_formula(running, act):
    body = exports.export_xlsx(act("inspector"), TableAsk(by="category"))
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        words = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in words
    assert "quotePrefix" in zipfile.ZipFile(io.BytesIO(body)).read("xl/styles.xml").decode()
    assert "导出：咸宁市人民政府 方既白" in words


def test_a_pdf_holds_the_table_and_the_watermark(running, act, call):
    answer = call("inspector").get("/supervision/table.pdf")
    assert answer["Content-Type"] == "application/pdf"
    words = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_range()
    text = "".join(words.split())
    assert "督查一表（按责任单位，2026年7月1日至2026年7月1日）" in text
    assert "市农业农村局" in text
    assert "仅供内部工作使用" in text
    assert call("civil_handler").get("/supervision/table.pdf").status_code == 403
    assert call("inspector").get("/supervision/table.xlsx").content[:2] == b"PK"


def test_the_lists_over_rest(running, act, call):
    officer = call("inspector")
    first = str(Item.objects.get(number=1).pk)
    loop.check_publish(actor=act("inspector"), title="七月进展", ask=TableAsk())
    made = officer.post("/supervision/findings", {"item_id": first, "text": "图纸与现场不符"}, key="f1")
    again = officer.post("/supervision/findings", {"item_id": first, "text": "图纸与现场不符"}, key="f1")
    assert made.status_code == 201
    assert again.json() == made.json()
    draw(act("inspector"))
    Rectification.objects.create(
        item_id=first, order="限期整改", plan_due_on=date(2026, 6, 30), at=clock.now(), by_name="方既白"
    )
    for path, counted in (("sheets", 1), ("findings", 1), ("rectifications", 1), ("spot-checks", 1)):
        answer = officer.get(f"/supervision/{path}")
        assert (answer.status_code, len(answer.json()["items"]), answer.json()["next"]) == (
            200,
            counted,
            None,
        )
    assert officer.get("/supervision/rectifications").json()["items"][0]["late"]
    shown = officer.get("/supervision/loop").json()
    assert (shown["sheets"], shown["findings_open"], shown["rectifying"], shown["spot_checks"]) == (
        1,
        1,
        1,
        1,
    )
    outsider = call("civil_handler")
    for path in ("loop", "findings", "rectifications"):
        assert outsider.get(f"/supervision/{path}").status_code == 403
    body = {"title": "x", "count": 1, "inspectors": ["leader"], "due_on": "2026-07-31"}
    assert outsider.post("/supervision/spot-checks", body).status_code == 403


def test_without_a_chinese_font_the_pdf_is_refused_with_the_way_out(running, call, monkeypatch):
    monkeypatch.setattr(exports, "FAMILIES", ("字体不存在",))
    answer = call("inspector").get("/supervision/table.pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_chinese_font")
    assert "导出Excel" in answer.json()["message"]
    assert not AuditEntry.objects.filter(verb="supervision.export", new={"form": "pdf"}).exists()
    assert call("inspector").get("/supervision/table.xlsx").status_code == 200
