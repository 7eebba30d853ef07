"""Escalation 提醒 → 黄牌提醒函 → 红牌整改通知 → 通报 → 约谈 → 移送问责: each needs the one before it."""

from collections.abc import Collection
from enum import StrEnum


class Rung(StrEnum):
    YELLOW_LETTER = "yellow_letter"
    RED_LETTER = "red_letter"
    CIRCULAR = "circular"
    TALK = "talk"
    ACCOUNTABILITY = "accountability"


ORDER = tuple(Rung)
REMINDER_WORDS = "提醒"
RUNG_WORDS = {
    Rung.YELLOW_LETTER: "黄牌提醒函",
    Rung.RED_LETTER: "红牌整改通知",
    Rung.CIRCULAR: "通报",
    Rung.TALK: "约谈",
    Rung.ACCOUNTABILITY: "移送问责",
}
# What the letter's number bears beside the code word: 督黄〔2026〕3号.
LETTER_MARKS = {
    Rung.YELLOW_LETTER: "黄",
    Rung.RED_LETTER: "红",
    Rung.CIRCULAR: "通",
    Rung.TALK: "谈",
    Rung.ACCOUNTABILITY: "责",
}
_DO = {
    Rung.YELLOW_LETTER: "发黄牌提醒函",
    Rung.RED_LETTER: "发红牌整改通知",
    Rung.CIRCULAR: "通报",
    Rung.TALK: "约谈",
    Rung.ACCOUNTABILITY: "移送问责",
}
_DONE = {
    Rung.YELLOW_LETTER: "黄牌提醒函已发出",
    Rung.RED_LETTER: "红牌整改通知已发出",
    Rung.CIRCULAR: "已通报",
    Rung.TALK: "已约谈",
    Rung.ACCOUNTABILITY: "移送问责已记录",
}


class RungNotNext(ValueError):  # noqa: N818 - it says what is so
    """`sentence` says which rung comes first, or which is next."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def next_rung(taken: Collection[Rung]) -> Rung | None:
    """The lowest one not taken; None at the end."""
    return next((rung for rung in ORDER if rung not in taken), None)


def check_rung(wanted: Rung, taken: Collection[Rung], *, reminded: bool) -> None:
    """Raises RungNotNext."""
    if wanted in taken:
        following = next_rung(taken)
        after = f"下一步为{RUNG_WORDS[following]}" if following else "没有更高一级"
        raise RungNotNext(f"{_DONE[wanted]}，{after}。")
    if not reminded:
        raise RungNotNext(f"尚未提醒过，请先催办，再{_DO[wanted]}。")
    place = ORDER.index(wanted)
    if place and ORDER[place - 1] not in taken:
        raise RungNotNext(f"请先{_DO[ORDER[place - 1]]}，再{_DO[wanted]}。")
