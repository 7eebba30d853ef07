"""The wall chart and a ranking as pictures for a room: drawn by Pillow with a CJK font of the system.

The font comes from Debian's fonts-noto-cjk (or wqy); where none is found there is no picture, and the table stands
alone.
"""

import io
from datetime import date
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from common import clock
from directory.actors import Actor
from workflows.items.card import state_words
from workflows.rules.working_days import chinese_day
from workflows.services.views import colour_code
from workflows.services.wall import describe_wall
from workflows.store import items as item_store
from workflows.store.models import Item
from workflows.taskforces.rankings import EditionOut

# Path and the face in it that has the Chinese forms.
FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
)
INK, FAINT, LINE, GROUND, BRAND = "#1d2433", "#5b6577", "#d9dee7", "#ffffff", "#1a5fb4"
COLOURS = {"red": "#d13b2e", "yellow": "#f0b429", "green": "#2f9e64", "grey": "#a6adba", "done": BRAND}
WIDTH, MARGIN, ROW, MOST = 1600, 48, 44, 40
TITLE, TEXT, SMALL = 36, 22, 18
FULL = 100


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | None:
    for path, face in FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size, index=face)
    return None


def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font in that size. Raises LookupError where there is none: ask `can_draw` first."""
    font = _font(size)
    if font is None:
        raise LookupError("no font with Chinese signs")
    return font


def can_draw() -> bool:
    return _font(TEXT) is not None


class _Sheet:
    """A page that grows downwards."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), GROUND)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, words: str, *, size: int = TEXT, fill: str = INK, width: int = 0
    ) -> None:
        font = font_of(size)
        if width:
            while words and font.getlength(words) > width:
                words = words[:-2] + "…" if len(words) > 2 else ""  # noqa: PLR2004
        self.draw.text((x, y), words, font=font, fill=fill)

    def rule(self, y: float) -> None:
        self.draw.line((MARGIN, y, WIDTH - MARGIN, y), fill=LINE)

    def png(self) -> bytes:
        buffer = io.BytesIO()
        self.image.save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


def _shape(sheet: _Sheet, code: str, x: float, y: float) -> None:
    """The shapes of the three colours, so that the picture reads without colour as well."""
    fill, side = COLOURS[code], 20
    if code == "red":
        points = [(x + side / 2, y), (x + side, y + side / 2), (x + side / 2, y + side), (x, y + side / 2)]
        sheet.draw.polygon(points, fill=fill)
    elif code == "yellow":
        sheet.draw.polygon([(x + side / 2, y), (x + side, y + side), (x, y + side)], fill=fill)
    elif code == "green":
        sheet.draw.ellipse((x, y, x + side, y + side), fill=fill)
    else:
        sheet.draw.ellipse((x, y, x + side, y + side), outline=fill, width=3)


def draw_wall(actor: Actor, taskforce_id: object) -> bytes:
    """PNG: counts, then a line per item with its plan, progress and colour."""
    wall = describe_wall(actor, taskforce_id)  # type: ignore[arg-type]
    items = [one for one in item_store.of_force(wall.taskforce.id) if one.state != "cancelled"]
    shown = items[:MOST]
    sheet = _Sheet(300 + ROW * max(1, len(shown)) + (ROW if len(items) > MOST else 0))
    sheet.text(MARGIN, 36, f"{wall.taskforce.name}作战图", size=TITLE)
    moment = clock.local(wall.as_of)
    demo = "　演示数据，人员和进展均为虚构" if wall.demo else ""
    sheet.text(
        MARGIN, 92, f"数据截至{chinese_day(moment.date())}{moment:%H:%M}{demo}", size=SMALL, fill=FAINT
    )
    x = MARGIN
    for code, word in (("red", "红"), ("yellow", "黄"), ("green", "绿"), ("grey", "灰"), ("done", "办结")):
        _shape(sheet, code, x, 144)
        sheet.text(x + 30, 140, f"{word} {wall.kpi.counts[code]}项")  # type: ignore[index]
        x += 190
    sheet.text(x, 140, f"办结率 {wall.kpi.percent}%　平均进度 {wall.kpi.progress}%")
    columns = ((MARGIN, "三色码"), (300, "事项"), (860, "牵头单位"), (1120, "进度"), (1400, "时限"))
    for left, word in columns:
        sheet.text(left, 204, word, size=SMALL, fill=FAINT)
    sheet.rule(238)
    for place, item in enumerate(shown):
        _row(sheet, item, 248 + place * ROW)
    if len(items) > MOST:
        sheet.text(MARGIN, 252 + len(shown) * ROW, f"其余{len(items) - MOST}项请打开作战图查看", fill=FAINT)
    return sheet.png()


def _row(sheet: _Sheet, item: Item, y: float) -> None:
    _shape(sheet, colour_code(item), MARGIN, y + 5)
    sheet.text(MARGIN + 30, y, state_words(item), width=210)
    sheet.text(300, y, f"{item.number} {item.title}", width=540)
    sheet.text(860, y, item.lead_unit.display_name, width=240)
    sheet.draw.rounded_rectangle((1120, y + 10, 1300, y + 20), 4, fill=LINE)
    if item.percent:
        sheet.draw.rounded_rectangle(
            (1120, y + 10, 1120 + 1.8 * item.percent, y + 20), 4, fill=COLOURS[colour_code(item)]
        )
    plan = 1120 + 1.8 * item.planned_percent
    sheet.draw.line((plan, y + 4, plan, y + 26), fill=INK, width=2)
    sheet.text(1314, y, f"{item.percent}%")
    sheet.text(1400, y, _day(item.due_on))
    sheet.rule(y + ROW - 8)


def _day(day: date) -> str:
    return f"{day.year}-{day.month:02}-{day.day:02}"


def draw_ranking(name: str, edition: EditionOut) -> bytes:
    """PNG of a released edition: both tables, the units without a rank last, and the formula."""
    rows = edition.lines
    groups = list(dict.fromkeys(line.group for line in rows))
    sheet = _Sheet(280 + ROW * (len(rows) + 2 * len(groups)) + 120)
    sheet.text(MARGIN, 36, f"{name}晾晒（第{edition.number}期）", size=TITLE)
    about = f"{chinese_day(edition.period_from)}至{chinese_day(edition.period_to)}　依据：{edition.basis}"
    sheet.text(MARGIN, 92, about, size=SMALL, fill=FAINT, width=WIDTH - 2 * MARGIN)
    y = 140.0
    for group in groups:
        lines = [line for line in rows if line.group == group]
        sheet.text(MARGIN, y, lines[0].group_words, fill=FAINT)
        y += ROW
        sheet.rule(y - 8)
        for line in lines:
            sheet.text(MARGIN, y, "—" if line.rank is None else str(line.rank), fill=BRAND)
            sheet.text(130, y, line.name, width=420)
            if line.score is not None:
                sheet.draw.rounded_rectangle((580, y + 10, 580 + 7 * FULL, y + 20), 4, fill=LINE)
                if line.score:
                    sheet.draw.rounded_rectangle((580, y + 10, 580 + 7 * line.score, y + 20), 4, fill=BRAND)
                sheet.text(1310, y, f"{line.score:.1f}")
            else:
                sheet.text(580, y, "本期没有到期节点，不排名", size=SMALL, fill=FAINT)
            if line.change:
                sheet.text(1430, y, f"{'↑' if line.change > 0 else '↓'}{abs(line.change)}", fill=FAINT)
            y += ROW
        y += ROW / 2
    for start in range(0, len(edition.formula.sentence), 80):
        sheet.text(MARGIN, y, edition.formula.sentence[start : start + 80], size=SMALL, fill=FAINT)
        y += 28
    return sheet.png()
