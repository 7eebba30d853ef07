"""The one table as .xlsx and as PDF. Text is only ever text: no cell and no mark-up is made from what people typed."""

import io
import json
from datetime import date
from pathlib import Path

import typst
import xlsxwriter
from django.utils.translation import gettext as _

from common import audit, clock
from common.errors import ConflictError
from directory.actors import Actor
from workflows.supervision.table import TableAsk, describe_table
from workflows.supervision.views import Figures, SupervisionTable, TableRow

TEMPLATE = Path(__file__).with_name("table.typ")
# Families with the Chinese forms, best first.
FAMILIES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimSun", "FangSong",
    "Noto Serif CJK SC",
)  # fmt: skip
# What a spreadsheet takes for a formula or a command when such a text is typed again or saved as CSV.
RISKY = ("=", "+", "-", "@", "\t", "\r")
FIGURES = tuple(name for name in Figures.model_fields if name not in {"percent", "planned", "green", "grey"})


def heads() -> dict[str, str]:
    return {
        "total": _("事项"),
        "red": _("红"),
        "yellow": _("黄"),
        "green": _("绿"),
        "grey": _("灰"),
        "done": _("办结"),
        "closed": _("本期办结"),
        "on_time": _("按现时限办结"),
        "on_time_first": _("按原时限办结"),
        "overdue": _("按现时限逾期"),
        "overdue_first": _("按原时限逾期"),
        "extended": _("延期"),
        "ahead": _("预计转黄红"),
        "percent": _("平均进度%"),
        "planned": _("序时进度%"),
    }


def by_words(by: str) -> str:
    return {"unit": _("责任单位"), "region": _("区域"), "category": _("类别"), "kind": _("事项类型")}[by]


def export_xlsx(actor: Actor, ask: TableAsk) -> bytes:
    """Raises what the table raises. Each export is in the audit record."""
    table = describe_table(actor, ask)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(_("一表"))
    head = book.add_format(
        {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter", "align": "center"}
    )
    cell, text = book.add_format({"border": 1}), book.add_format({"border": 1, "text_wrap": True})
    quoted = book.add_format({"border": 1, "text_wrap": True, "quote_prefix": True})
    shown = [*heads()]
    sheet.merge_range(0, 0, 0, 2 * len(shown), title(table), book.add_format({"bold": True, "font_size": 16}))
    sheet.write_string(1, 0, watermark(actor))
    sheet.write_string(2, 0, caption(table))
    sheet.write_string(3, 0, by_words(table.by), head)
    for place, name in enumerate(shown):
        sheet.write_string(3, 1 + place, heads()[name], head)
        sheet.write_string(3, 1 + len(shown) + place, _("上期{head}").format(head=heads()[name]), head)
    for line, row in enumerate([*table.rows, table.total], 4):
        sheet.write_string(line, 0, row.name, quoted if row.name.startswith(RISKY) else text)
        for place, name in enumerate(shown):
            sheet.write_number(line, 1 + place, getattr(row.figures, name), cell)
            if row.before:
                sheet.write_number(line, 1 + len(shown) + place, getattr(row.before, name), cell)
    sheet.set_column(0, 0, 28)
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.set_footer("&C" + watermark(actor).replace("&", "&&"))
    book.close()
    _record(actor, "xlsx", table)
    return out.getvalue()


class NoChineseFontError(ConflictError):
    """The server has no font that Chinese can be set in: boxes would stand in the place of the words."""

    code = "no_chinese_font"

    def default_message(self) -> str:
        return _(
            "服务器没有安装中文字体，导出的PDF将无法阅读，未生成。请改用导出Excel，"
            "或请系统管理员在服务器安装中文字体（软件包 fonts-noto-cjk）后重试。"
        )


def chinese_fonts() -> list[str]:
    """Those of the families that this machine has."""
    installed = set(typst.Fonts().families())
    return [name for name in FAMILIES if name in installed]


def export_pdf(actor: Actor, ask: TableAsk) -> bytes:
    """Raises what the table raises, and NoChineseFontError. Each export is in the audit record."""
    table = describe_table(actor, ask)
    if not (fonts := chinese_fonts()):
        raise NoChineseFontError
    data = {
        "fonts": fonts,
        "title": title(table),
        "caption": caption(table),
        "watermark": watermark(actor),
        "heads": [by_words(table.by), *(heads()[name] for name in FIGURES), heads()["percent"]],
        "rows": [_pdf_row(row) for row in [*table.rows, table.total]],
        "note": _("括号内为与上期末相比的增减。"),
    }
    made = typst.compile(str(TEMPLATE), sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    _record(actor, "pdf", table)
    return bytes(made)


def _pdf_row(row: TableRow) -> list[str]:
    told = [row.name]
    for name in (*FIGURES, "percent"):
        value = getattr(row.figures, name)
        change = value - getattr(row.before, name) if row.before else 0
        told.append(f"{value}（{change:+d}）" if change else str(value))
    return told


def title(table: SupervisionTable) -> str:
    words = _("督查一表（按{by}，{since}至{day}）")
    return words.format(by=by_words(table.by), since=_day(table.since), day=_day(table.day))


def caption(table: SupervisionTable) -> str:
    if table.as_of is None:
        return _("该日尚无统计数据。")
    words = _("数据取自{as_of}零时快照；上期末为{before}；预计转黄红按{days}天推算。")
    return words.format(
        as_of=_day(table.as_of),
        before=_day(table.before_as_of) if table.before_as_of else _("无数据"),
        days=table.ahead_days,
    )


def watermark(actor: Actor) -> str:
    now = clock.local(clock.now())
    words = _("导出：{unit} {name}　{at}　仅供内部工作使用")
    return words.format(unit=actor.unit_name, name=actor.name, at=f"{_day(now.date())} {now:%H:%M}")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _record(actor: Actor, form: str, table: SupervisionTable) -> None:
    audit.record(
        actor=actor,
        verb="supervision.export",
        subject="supervision_table",
        subject_id=f"{table.by} {table.since} {table.day}",
        new={"form": form},
    )
