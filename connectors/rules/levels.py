"""Colours of alerts and how they compare: 红 > 橙 > 黄 > 蓝."""

from collections.abc import Iterable

LEVELS = ("blue", "yellow", "orange", "red")
WORDS = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}


def weight(level: str) -> int:
    """Higher is graver; 0 for no level. Raises ValueError for a word that is no colour of alerts."""
    return LEVELS.index(level) + 1 if level else 0


def gravest(levels: Iterable[str]) -> str:
    """The gravest of them, "" for none."""
    return max(levels, key=weight, default="")
