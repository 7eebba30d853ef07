"""Text as it is searched: what a message says, folded so that spellings of the same word are equal.

Folding goes sign by sign, never by context: a text and a word cut out of it fold alike, so what a brute-force scan
finds, the index finds too. It settles width and compatibility forms (NFKD), case, accents, and traditional characters;
all that is neither letter nor digit parts words. A blank between Chinese and Latin is typesetting and parts nothing.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chatops.services.content import CARD_KEY
from chatops.store.search_models import DocKind

MERGED_KEY = "org.tongzhou.merged"
FILE_TYPES = frozenset({"m.file", "m.image", "m.video", "m.audio"})
POLL = "m.poll.start"
INDEXED_TYPES = ("m.room.message", "m.sticker", POLL)
MAX_RUNS = 8
SNIPPET_CHARS, LEAD_CHARS = 96, 24
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_SET_GAP = re.compile(f"(?<=[{_HAN}]) +(?=[a-z0-9])|(?<=[a-z0-9]) +(?=[{_HAN}])")
_BREAKS = re.compile("[ \n]+")


@functools.cache
def _simplified() -> dict[int, str]:
    """Traditional characters and their simplified forms, read out of opencc once."""
    from opencc import OpenCC

    ranges = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x2A6E0))
    signs = [chr(code) for codes in ranges for code in codes]
    plain = OpenCC("t2s").convert("\n".join(signs)).split("\n")
    return {ord(sign): form for sign, form in zip(signs, plain, strict=True) if sign != form}


class _Table(dict[int, str | None]):
    """For `str.translate`: filled as signs are met."""

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        form: str | None
        if sign.isspace():
            form = " "
        elif unicodedata.category(sign).startswith("M"):
            form = None
        elif sign.isalnum():
            form = _simplified().get(code, sign)
        else:
            form = "\n"
        self[code] = form
        return form


_table = _Table()


def _signs(text: str) -> str:
    return unicodedata.normalize("NFKD", text).casefold().translate(_table)


def fold(text: str) -> str:
    """Words parted by one blank; the form that the index keeps."""
    return _BREAKS.sub(" ", _SET_GAP.sub("", _signs(text))).strip()


def runs_of(query: str) -> list[str]:
    """The words of a query: each must stand in a message as it is. A blank parts them whatever is beside it."""
    return list(dict.fromkeys(_BREAKS.sub(" ", _signs(query)).split()))[:MAX_RUNS]


def grams_of(body: str) -> set[str]:
    """The bigrams of a folded text, as SQL's chatops_grams cuts them."""
    return {run[at : at + 2] for run in body.split(" ") for at in range(len(run) - 1)}


def matches(runs: Sequence[str], body: str) -> bool:
    return all(run in body for run in runs)


# ---- what a message says -----------------------------------------------------------------------------------------


def kind_of(content: dict[str, Any]) -> DocKind:
    return DocKind.FILE if content.get("msgtype") in FILE_TYPES else DocKind.MESSAGE


def file_name(content: dict[str, Any]) -> str:
    name = content.get("filename")
    return name if isinstance(name, str) and name else _text(content.get("body"))


def text_of(event_type: str, content: dict[str, Any]) -> str:
    """All that a reader sees of a message, a line each: body or poll, file name, card, forwarded messages."""
    if event_type == POLL:
        return "\n".join(filter(None, _poll(content)))
    lines = [without_quote(content)]
    if kind_of(content) == DocKind.FILE:
        lines.insert(0, file_name(content))
    if isinstance(card := content.get(CARD_KEY), dict):
        lines += _card(card)
    if isinstance(merged := content.get(MERGED_KEY), dict):
        lines += _merged(merged)
    return "\n".join(dict.fromkeys(filter(None, lines)))


def without_quote(content: dict[str, Any]) -> str:
    """The body without the quoted lines that Matrix clients put before a reply."""
    body = _text(content.get("body"))
    relation = content.get("m.relates_to")
    if not (isinstance(relation, dict) and "m.in_reply_to" in relation and body.startswith("> ")):
        return body
    lines = body.split("\n")
    at = next((place for place, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[at:]).strip()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _card(card: dict[str, Any]) -> Iterator[str]:
    for key in ("title", "number", "value", "source"):
        yield _text(card.get(key))
    if isinstance(state := card.get("state"), dict):
        yield f"{_text(state.get('word'))} {_text(state.get('because'))}".strip()
    for field in _dicts(card.get("fields")):
        yield f"{_text(field.get('label'))} {_text(field.get('value'))}".strip()
    for line in _dicts(card.get("lines")):
        yield _text(line.get("text"))


def _merged(merged: dict[str, Any]) -> Iterator[str]:
    yield _text(merged.get("title"))
    for item in _dicts(merged.get("items")):
        content = item.get("content")
        yield _text(item.get("name"))
        yield text_of("m.room.message", content) if isinstance(content, dict) else ""


def _poll(content: dict[str, Any]) -> Iterator[str]:
    poll = content.get("m.poll")
    if not isinstance(poll, dict):
        yield _text(content.get("body")) or _extensible(content)
        return
    yield _extensible(poll.get("question"))
    for answer in _dicts(poll.get("answers")):
        yield _extensible(answer)


def _extensible(value: object) -> str:
    """Text as MSC1767 writes it: {"m.text": [{"body": …}]}, or plainly {"m.text": …} or {"body": …}."""
    if not isinstance(value, dict):
        return ""
    text = value.get("m.text")
    if isinstance(text, list):
        return next((_text(part.get("body")) for part in _dicts(text)), "")
    return _text(text) or _text(value.get("body"))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


# ---- snippets ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Snippet:
    """Part of a text, and where the words stand in it: [start, end) in UTF-16 units, as JavaScript counts."""

    text: str
    ranges: list[tuple[int, int]]


def snippet(text: str, runs: Sequence[str]) -> Snippet:
    """The line or so around the first word, cut to about a hundred characters."""
    spans = _spans(text, runs)
    start = max(0, spans[0][0] - LEAD_CHARS) if spans and len(text) > SNIPPET_CHARS else 0
    start = min(start, max(0, len(text) - SNIPPET_CHARS))
    end = min(len(text), max(start + SNIPPET_CHARS, spans[0][1] if spans else 0))
    shown = text[start:end].replace("\n", " ")
    lead, tail = ("…" if start else ""), ("…" if end < len(text) else "")
    found = [(low - start, min(high, end) - start) for low, high in spans if low >= start and low < end]
    units = [0]
    for sign in lead + shown:
        units.append(units[-1] + (2 if ord(sign) > 0xFFFF else 1))  # noqa: PLR2004 - beyond the basic plane
    return Snippet(
        lead + shown + tail, [(units[low + len(lead)], units[high + len(lead)]) for low, high in found]
    )


def _spans(text: str, runs: Sequence[str]) -> list[tuple[int, int]]:
    """Where the runs stand in the text as it was written, from left to right, not overlapping."""
    body, places = _mapped(text)
    found = []
    for run in runs:
        at = body.find(run)
        while at >= 0:
            found.append((places[at], places[at + len(run) - 1] + 1))
            at = body.find(run, at + len(run))
    spans: list[tuple[int, int]] = []
    for low, high in sorted(found):
        if spans and low < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
        else:
            spans.append((low, high))
    return spans


def _mapped(text: str) -> tuple[str, list[int]]:
    """The folded text with its blanks as they are, and for each sign the place in `text` that it came from."""
    signs, places = [], []
    for place, sign in enumerate(text):
        for part in _signs(sign):
            signs.append(part)
            places.append(place)
    whole = "".join(signs)
    gaps = {at for gap in _SET_GAP.finditer(whole) for at in range(*gap.span())}
    kept = [at for at in range(len(whole)) if at not in gaps]
    return "".join(whole[at] for at in kept), [places[at] for at in kept]
