"""The weekly report as .docx in the layout of official documents.

After GB/T 9704-2012: A4, margins 37/35/28/26 mm, title 22 pt 小标宋, text 16 pt 仿宋 on 28 pt lines with two characters
of indent, headings 黑体, page number between dashes. Fonts are named, not embedded: office software of government has
them, others fall back.
"""

import io
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

if TYPE_CHECKING:
    from workflows.taskforces.weekly import Weekly

TITLE, TEXT, HEADING = "方正小标宋简体", "仿宋_GB2312", "黑体"
TITLE_PT, TEXT_PT, CELL_PT, LINE_PT = 22, 16, 10.5, 28
WIDTHS_MM = (11, 40, 27, 13, 22, 22, 35)


def render(report: "Weekly") -> bytes:
    document = Document()
    _page(document)
    _line(document, report.title, font=TITLE, size=TITLE_PT, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(document, report.subtitle, align=WD_ALIGN_PARAGRAPH.CENTER)
    sections = (
        ("一、总体进度", report.progress),
        ("二、存在问题", report.problems),
        ("三、下步安排", report.next_steps),
    )
    for heading, lines in sections:
        _line(document, heading, font=HEADING, indent=2)
        numbered = len(lines) > 1 and heading != "一、总体进度"
        for place, words in enumerate(lines, 1):
            _line(document, f"{place}. {words}" if numbered else words, indent=2)
    _line(document, report.source, indent=2)
    for words in report.signature.split("\n"):
        _line(document, words, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(document, "附：事项进度表", font=HEADING, break_before=True)
    _table(document, report)
    document.core_properties.title, document.core_properties.author = report.title, "同舟"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(foot, "— ", "宋体", 14)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = _run(foot, "", "宋体", 14)
        if kind is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)  # noqa: SLF001 - python-docx has no word for fields
    _run(foot, " —", "宋体", 14)


def _run(paragraph: Any, words: str, font: str, size: float) -> Any:
    run = paragraph.add_run(words)
    run.font.name, run.font.size = font, Pt(size)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - nor for East Asian fonts
    return run


def _line(
    document: Any,
    words: str,
    *,
    font: str = TEXT,
    size: float = TEXT_PT,
    align: Any = None,
    indent: int = 0,
    break_before: bool = False,
) -> None:
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE_PT)
    shape.first_line_indent = Pt(indent * size)
    shape.page_break_before = break_before
    if align is not None:
        paragraph.alignment = align
    _run(paragraph, words, font, size)


def _table(document: Any, report: "Weekly") -> None:
    table = document.add_table(rows=1, cols=len(report.head))
    table.style, table.autofit = "Table Grid", False
    head = table.rows[0]
    repeat = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeat)  # noqa: SLF001 - the head is repeated on each page
    _cells(head, report.head, HEADING)
    for row in report.rows:
        _cells(table.add_row(), row, TEXT)


def _cells(row: Any, words: tuple[str, ...], font: str) -> None:
    for cell, text, width in zip(row.cells, words, WIDTHS_MM, strict=True):
        cell.width = Mm(width)
        _run(cell.paragraphs[0], text, font, CELL_PT)
