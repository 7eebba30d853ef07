"""Reading a command: Chinese or pinyin, any width, any spacing. Pure; the day of today is an argument."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bots.commands.folding import clean, fold
from bots.commands.forms import Command, Form, Misread, Take

MAX_TEXT = 2000
WHOLE = 100
_GAP = r"[\s,:;.!]*"
_POLITE = re.compile(r"\s*(?:请帮我|麻烦|请)?[\s,:;.!/]*")
_FORCE = re.compile(rf"《([^《》]{{1,100}})》(?:专班)?{_GAP}")
# Not the head of a percentage or a date.
_NOT_HEAD = r"(?![\d%]|\s*%|[-/年月]\s*\d|\.\d)"
_NUMBER = re.compile(rf"(?:第|no\.?|#|事项|任务|编号|序号)?\s*(\d{{1,9}}){_NOT_HEAD}\s*[项号]?{_GAP}")
_DECIMAL = re.compile(r"\d+\.\d+\s*%?")
_PERCENT = re.compile(
    r"(?:进度|已完成|完成|达到|达|至|到)?\s*"
    rf"(?:百分之\s*(\d{{1,9}})|(\d{{1,9}})\s*%|(\d{{1,9}})(?=$|[\s,:;.]))(?!\d){_GAP}"
)
_UNTIL = r"(?:延期至|延期到|延至|延到|至|到)?\s*"
_DATE = re.compile(
    rf"{_UNTIL}(?:(\d{{4}})\s*[-/.年]\s*)?(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})(?!\d)\s*[日号]?{_GAP}"
)
_COMPACT_DATE = re.compile(rf"{_UNTIL}(\d{{4}})(\d{{2}})(\d{{2}})(?!\d){_GAP}")
_ONE_MORE = re.compile(r"[和及与至到~-]?\s*(?:第|#)?\s*\d")
_LATIN = re.compile(r"[a-z?]")


@dataclass
class _Rest:
    """What is still to be read: `folded` for patterns, `typed` for cutting out text."""

    typed: str
    folded: str

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if match := pattern.match(self.folded):
            self.typed, self.folded = self.typed[match.end() :], self.folded[match.end() :]
        return match

    def copy(self) -> "_Rest":
        return _Rest(self.typed, self.folded)


class MisreadError(Exception):
    """An argument that is missing or cannot be right; the sentence says which."""


def read_command(
    text: str, forms: Sequence[Form], *, today: date, about_card: bool = False
) -> Command | Misread:
    """Read one message that is addressed to the bot.

    Args:
        text: without the mention.
        forms: what this bot understands.
        today: completes dates without a year: the next such day.
        about_card: the message replies to a card, so the number may be left out.
    """
    typed = clean(text)
    rest = _Rest(typed, fold(typed))
    rest.take(_POLITE)
    form = _take_word(rest, forms)
    if form is None:
        return Misread(_unknown(typed, forms))
    attempts = [form.takes]
    if about_card and form.takes[:1] == (Take.NUMBER,):
        attempts.append(form.takes[1:])
    misread = Misread("", form)
    for attempt, takes in enumerate(attempts):
        try:
            return Command(form.name, **_arguments(rest.copy(), takes, today))
        except MisreadError as wrong:
            # Of a reply without a number, the second reading is the one that was meant.
            if attempt == 0 or not re.match(r"\s*\d+\s*(?![%\d])", rest.folded):
                misread = Misread(str(wrong), form)
    return misread


def read_arguments(text: str, takes: Sequence[Take], today: date) -> dict[str, Any]:
    """The arguments alone, such as {"percent": 60, "text": "…"}. Raises MisreadError."""
    typed = clean(text)
    rest = _Rest(typed, fold(typed))
    rest.take(re.compile(_GAP))
    return _arguments(rest, takes, today)


def _take_word(rest: _Rest, forms: Sequence[Form]) -> Form | None:
    words = sorted(((word, form) for form in forms for word in form.words), key=lambda pair: -len(pair[0]))
    for word, form in words:
        spaced = r"\s*".join(re.escape(char) for char in word)
        # A pinyin word ends where its letters end; Chinese needs no blank after it.
        ending = r"(?![a-z])" if _LATIN.match(word[-1]) else ""
        if rest.take(re.compile(rf"{spaced}{ending}{_GAP}")):
            return form
    return None


def _unknown(typed: str, forms: Sequence[Form]) -> str:
    words = "、".join(form.words[0] for form in forms)
    said = " ".join(typed.split())
    if not said:
        return f"可用指令：{words}。发送“帮助”查看写法。"
    shown = said if len(said) <= 20 else f"{said[:20]}…"  # noqa: PLR2004 - enough to recognise one's own words
    return f"未识别“{shown}”。可用指令：{words}。发送“帮助”查看写法。"


def _arguments(rest: _Rest, takes: Sequence[Take], today: date) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if match := rest.take(_FORCE):
        found["force"] = match.group(1).strip()
    for take in takes:
        match take:
            case Take.NUMBER:
                found["number"] = _number(rest)
                if "force" not in found and (named := rest.take(_FORCE)):
                    found["force"] = named.group(1).strip()
            case Take.PERCENT:
                found["percent"] = _percent(rest)
            case Take.DATE:
                found["day"] = _day(rest, today)
            case Take.TEXT | Take.REASON:
                found["text"] = _text(rest, required=take is Take.REASON)
    if "number" in found and "text" not in found and _ONE_MORE.match(rest.folded):
        raise MisreadError("一次办理一项，请分条发送。")
    return found


def _number(rest: _Rest) -> int:
    match = rest.take(_NUMBER)
    if match is None:
        raise MisreadError("请写明事项编号。")
    number = int(match.group(1))
    if not 0 < number < 1_000_000:  # noqa: PLR2004 - no ledger has a million items
        raise MisreadError("事项编号应为台账中的编号，请核对。")
    return number


def _percent(rest: _Rest) -> int:
    if _DECIMAL.match(rest.folded):
        raise MisreadError("进度请写0至100的整数。")
    match = rest.take(_PERCENT)
    if match is None:
        raise MisreadError("请写明进度百分比。")
    percent = int(next(group for group in match.groups() if group))
    if percent > WHOLE:
        raise MisreadError("进度请写0至100的整数。")
    return percent


def _day(rest: _Rest, today: date) -> date:
    match = rest.take(_COMPACT_DATE) or rest.take(_DATE)
    if match is None:
        raise MisreadError("请写明新的时限日期。")
    year, month, day = (int(group) if group else None for group in match.groups())
    try:
        if year is not None:
            return date(year, month or 0, day or 0)
        this_year = date(today.year, month or 0, day or 0)
        return this_year if this_year >= today else this_year.replace(year=today.year + 1)
    except ValueError:
        raise MisreadError("日期不存在，请核对年、月、日。") from None


def _text(rest: _Rest, *, required: bool) -> str:
    text = rest.typed.strip()
    if required and not text:
        raise MisreadError("请写明理由。")
    if len(text) > MAX_TEXT:
        raise MisreadError(f"文字不超过{MAX_TEXT}个字，请压缩后重发。")
    return text
