"""专班周报: opened as a program of the office would, and read."""

import io

from docx import Document
from docx.shared import Mm, Pt

from workflows.services import nightly


def opened(answer):
    assert answer.status_code == 200, answer.content
    return Document(io.BytesIO(answer.content))


def test_the_report_says_what_the_ledger_says(call, force, signed, add, later):
    add(title="农业大数据平台", unit="farm")
    call("leader").post(f"/taskforces/{force.id}/problems", {"title": "机房供电未批复"})
    call("leader").post(f"/taskforces/{force.id}/meeting-plan", {"is_on": True, "weekday": 0, "at": "09:00"})
    with later(on="2027-01-06T15:40"):
        nightly.recolour_all()
        answer = call("data_office").get(f"/taskforces/{force.id}/weekly.docx")
        document = opened(answer)
    assert "filename*=UTF-8''" in answer["Content-Disposition"]
    lines = [one.text for one in document.paragraphs]
    text = "\n".join(lines)
    assert lines[:2] == ["数字政府建设专班工作周报", "（2027年1月4日至1月10日）"]
    assert [line for line in lines if line[:2] in {"一、", "二、", "三、"}] == [
        "一、总体进度",
        "二、存在问题",
        "三、下步安排",
    ]
    assert "共2项，办结率0%" in text
    assert "第1项“咸宁市智慧社区服务平台”（咸宁市民政局）：红 · " in text
    assert "攻关难题1“机房供电未批复”（责任单位待明确）：已发现。" in text
    assert "已超期完成“" in text
    assert "数据截至2027年1月6日15:40" in text
    table = document.tables[0]
    assert [cell.text for cell in table.rows[0].cells][:6] == [
        "编号",
        "事项",
        "牵头单位",
        "进度",
        "时限",
        "三色码",
    ]
    assert len(table.rows) == 3
    colours = [row.cells[5].text for row in table.rows[1:]]
    assert any(words.startswith("红 · ") for words in colours)


def test_the_layout_of_official_documents(call, force, signed):
    document = opened(call("leader").get(f"/taskforces/{force.id}/weekly.docx"))
    section = document.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(one / Mm(1)) for one in margins] == [37, 35, 28, 26]
    title, body = document.paragraphs[0].runs[0], document.paragraphs[3].runs[0]
    assert (title.font.size, title.font.name) == (Pt(22), "方正小标宋简体")
    assert (body.font.size, body.font.name) == (Pt(16), "仿宋_GB2312")
    assert document.paragraphs[3].paragraph_format.line_spacing == Pt(28)


def test_who_may_make_it(call, force):
    assert call("civil_liaison").get(f"/taskforces/{force.id}/weekly.docx").status_code == 403
    assert call("outside_head").get(f"/taskforces/{force.id}/weekly.docx").status_code == 404
    assert call("inspector").get(f"/taskforces/{force.id}/weekly.docx").status_code == 200
