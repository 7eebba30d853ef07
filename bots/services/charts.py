"""Small charts for the brief, drawn by Pillow: a line for each subject's last day, its limit dashed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from workflows.taskforces.pictures import BRAND, FAINT, GROUND, INK, LINE, can_draw, font_of

WIDTH, HEIGHT, COLUMNS, MARGIN = 480, 150, 2, 24
PLOT_TOP, PLOT_LEFT, PLOT_RIGHT = 62, 16, 16
TITLE, SMALL = 20, 16
LIMIT, OLD = "#d13b2e", "#a6adba"
DASH = 8
ENOUGH = 2

__all__ = ["Strip", "can_draw", "draw"]


@dataclass(frozen=True)
class Strip:
    """One chart: seconds and values, oldest first; `limit` is drawn where there is one, old data grey."""

    title: str
    value: str
    points: Sequence[tuple[float, float]]
    limit: float | None
    old: bool = False


def draw(strips: Sequence[Strip]) -> bytes:
    """A PNG of all of them, two beside each other."""
    rows = -(-len(strips) // COLUMNS)
    size = (WIDTH * COLUMNS + MARGIN * 2, HEIGHT * rows + MARGIN * 2)
    image = Image.new("RGB", size, GROUND)
    pen = ImageDraw.Draw(image)
    for place, strip in enumerate(strips):
        left = MARGIN + place % COLUMNS * WIDTH
        top = MARGIN + place // COLUMNS * HEIGHT
        _strip(pen, strip, left, top)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _strip(pen: ImageDraw.ImageDraw, strip: Strip, left: int, top: int) -> None:
    right, bottom = left + WIDTH - PLOT_RIGHT, top + HEIGHT - 12
    pen.text((left + PLOT_LEFT, top + 4), _fitting(strip.title, TITLE), font=font_of(TITLE), fill=INK)
    fill = FAINT if strip.old else INK
    pen.text((left + PLOT_LEFT, top + 32), _fitting(strip.value, SMALL), font=font_of(SMALL), fill=fill)
    first = left + PLOT_LEFT
    pen.line((first, bottom, right, bottom), fill=LINE)
    if len(strip.points) < ENOUGH:
        return
    values = [value for _, value in strip.points] + ([strip.limit] if strip.limit is not None else [])
    least, most = min(values), max(values)
    height = (most - least) or 1.0
    start, end = strip.points[0][0], strip.points[-1][0]
    width = (end - start) or 1.0

    def place(at: float, value: float) -> tuple[float, float]:
        x = first + (at - start) / width * (right - first)
        return x, bottom - 4 - (value - least) / height * (bottom - 4 - top - PLOT_TOP)

    if strip.limit is not None:
        _, y = place(start, strip.limit)
        for x in range(first, right, DASH * 2):
            pen.line((x, y, min(x + DASH, right), y), fill=LIMIT)
    line = [place(at, value) for at, value in strip.points]
    pen.line(line, fill=OLD if strip.old else BRAND, width=2)


def _fitting(words: str, size: int) -> str:
    font = font_of(size)
    while words and font.getlength(words) > WIDTH - PLOT_LEFT - PLOT_RIGHT:
        words = words[:-2] + "…" if len(words) > 2 else ""  # noqa: PLR2004 - one sign and the ellipsis
    return words
