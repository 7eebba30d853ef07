"""Slack's incoming webhook: `POST /services/T…/B…/token`, JSON or the form field `payload`.

Source: docs.slack.dev, "Sending messages using incoming webhooks" (handling errors), "Formatting message text",
"Block Kit", "Legacy secondary message attachments".
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from bots.hooks import markup, values
from bots.hooks.message import (
    STATUS,
    Answer,
    CardPart,
    Line,
    Message,
    Named,
    Reason,
    RefusedPayloadError,
    checked,
    joined,
    retry_header,
)

_MARK = re.compile(r"<([^<>|\n]{1,2000})(?:\|([^<>\n]{0,500}))?>")
EVERYBODY = {"!channel", "!here", "!everyone"}
COLOURS = {"danger": "red", "warning": "yellow", "good": "green"}
BLOCKS = {
    "section", "header", "divider", "context", "image", "actions", "rich_text", "markdown", "video", "table",
}  # fmt: skip
# Slack's own words; `detail` would break clients that compare them.
WORDS: dict[Reason, str] = {
    "token": "no_service",
    "paused": "no_active_hooks",
    "room": "channel_is_archived",
    "rate": "rate_limited",
    "address": "action_prohibited",
    "signature": "invalid_token",
    "not_json": "invalid_payload",
    "kind": "invalid_blocks",
    "missing": "invalid_payload",
    "empty": "no_text",
    "size": "msg_too_long",
    "picture": "invalid_payload",
    "secrecy": "action_prohibited",
    "conflict": "invalid_payload",
    "fault": "rollup_error",
}
STATUSES: dict[Reason, int] = {**STATUS, "paused": 404, "secrecy": 403, "size": 400, "fault": 500}


def parse(payload: Any) -> Message:
    """Raises RefusedPayloadError."""
    if not isinstance(payload, dict):
        raise RefusedPayloadError("not_json")
    words = _Words()
    text = words.read(values.text(payload, "text"))
    html = markup.html(words.marked) if text else ""
    blocks, attachments = values.parts(payload, "blocks"), values.parts(payload, "attachments")
    if not blocks and not attachments:
        return checked(Message(text, html, named=words.named))
    title = ""
    facts: list[tuple[str, str]] = []
    lines: list[Line] = []
    for found in (*_blocks(blocks, words, 0), *_attachments(attachments, words)):
        match found:
            case str():
                title = title or found
                lines += [] if title == found else [Line(found)]
            case tuple():
                facts.append(found)
            case Line():
                lines.append(found)
    code: Any = next((_code(one) for one in attachments if _code(one) != "none"), "none")
    listed = [f"{one.text}：{one.url}" if one.url else one.text for one in lines]
    told = joined(title, *listed, *(f"{label}：{value}" for label, value in facts))
    # With blocks, `text` is what a notification shows; with attachments it stands above them.
    body = told if blocks and told else joined(text, told)
    if not told:
        return checked(Message(body, html, named=words.named))
    if text and not blocks:
        lines.insert(0, Line(text))
    shown = title or (lines[0].text if lines else facts[0][0])
    return checked(
        Message(body, card=CardPart(shown, tuple(facts), tuple(lines), code=code), named=words.named)
    )


def _code(attachment: dict[str, Any]) -> Any:
    return COLOURS.get(values.text(attachment, "color"), "none")


class _Words:
    """Reads mrkdwn, and remembers whom it names. `marked` is the last text as Markdown."""

    def __init__(self) -> None:
        self._users: list[str] = []
        self._everybody = False
        self.marked = ""

    @property
    def named(self) -> Named:
        return Named(tuple(dict.fromkeys(self._users)), everybody=self._everybody)

    def read(self, text: str) -> str:
        bold = re.sub(r"(?<![*\w])\*(?=\S)([^*\n]+?)\*(?![*\w])", r"**\1**", text)
        self.marked = unescape(_MARK.sub(lambda one: self._mark(one, marked=True), bold))
        return unescape(_MARK.sub(lambda one: self._mark(one, marked=False), text))

    def _mark(self, found: re.Match[str], *, marked: bool) -> str:
        what, label = found[1], found[2] or ""
        if what.startswith("@"):
            self._users.append(what[1:])
            return f"@{label or what[1:]}"
        if what.split("^")[0] in EVERYBODY:
            self._everybody = True
            return "@全体"
        if what.startswith(("#", "!")):
            return label or what[1:]
        address = values.web_url(unescape(what))
        if not address:
            return label or what.removeprefix("mailto:")
        if marked:
            return f"[{label or address}]({address})"
        return f"{label}（{address}）" if label and label != address else address


Found = str | Line | tuple[str, str]


def _blocks(blocks: list[dict[str, Any]], words: _Words, depth: int) -> Iterator[Found]:
    """A header as text, buttons and paragraphs as lines, `fields` as facts. Raises for an unknown type."""
    for one in blocks:
        kind = values.text(one, "type")
        if kind not in BLOCKS:
            raise RefusedPayloadError("kind", kind)
        said = words.read(_text_of(one, "text"))
        match kind:
            case "header":
                yield said
            case "markdown":
                yield from _lines(markup.plain(values.text(one, "text")))
            case "image":
                label = _text_of(one, "title") or values.text(one, "alt_text")
                yield Line(label or "图片", values.url(one, "image_url"))
            case "rich_text":
                yield from _lines(words.read("".join(_rich(values.parts(one, "elements"), depth))))
            case _:
                yield from _lines(said)
        for field in values.parts(one, "fields"):
            yield _fact(words.read(_text_of({"text": field}, "text")))
        if kind in {"actions", "context"}:
            yield from _elements(one, words)
        if accessory := values.part(one, "accessory"):
            yield from _elements({"elements": [accessory]}, words)


def _elements(one: dict[str, Any], words: _Words) -> Iterator[Found]:
    for element in values.parts(one, "elements"):
        address = values.url(element, "url") or values.url(element, "image_url")
        said = words.read(_text_of(element, "text")) or values.text(element, "alt_text")
        if said:
            yield Line(said, address)


def _rich(elements: list[dict[str, Any]], depth: int) -> Iterator[str]:
    """A rich text as mrkdwn."""
    if depth > values.DEEPEST:
        return
    for one in elements:
        match values.text(one, "type"):
            case "link":
                address = values.url(one, "url")
                yield f"<{address}|{values.text(one, 'text')}>" if address else values.text(one, "text")
            case "user":
                yield f"<@{values.text(one, 'user_id')}>"
            case "broadcast":
                yield f"<!{values.text(one, 'range', 'channel')}>"
            case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
                yield from _rich(values.parts(one, "elements"), depth + 1)
                yield "\n"
            case "rich_text_list":
                for item in values.parts(one, "elements"):
                    yield "- " + "".join(_rich([item], depth + 1))
            case _:
                raw = one.get("text")
                yield raw if isinstance(raw, str) else ""


def _attachments(attachments: list[dict[str, Any]], words: _Words) -> Iterator[Found]:
    for one in attachments[:20]:
        title, said = words.read(values.text(one, "title")), words.read(values.text(one, "text"))
        address = values.url(one, "title_link")
        yield from _lines(words.read(values.text(one, "pretext")))
        yield from _lines(values.text(one, "author_name"))
        if title:
            yield Line(title, address) if address else title
        yield from _lines(said)
        fields = values.parts(one, "fields")
        for field in fields:
            yield words.read(values.text(field, "title")), words.read(values.text(field, "value"))
        blocks = values.parts(one, "blocks")
        yield from _blocks(blocks, words, 1)
        if not (title or said or fields or blocks):
            yield from _lines(words.read(values.text(one, "fallback")))
        yield from _elements({"elements": values.parts(one, "actions")}, words)
        yield from _lines(values.text(one, "footer"))


def _lines(text: str) -> Iterator[Line]:
    return (Line(line) for line in text.split("\n") if line.strip())


def _fact(said: str) -> Found:
    label, _, value = said.partition("\n") if "\n" in said else said.partition(":")
    return (label.strip(" *:："), value.strip()) if value.strip() else Line(said.strip())


def _text_of(one: dict[str, Any], key: str) -> str:
    """A text object `{"type", "text"}`, or a bare text."""
    return values.text(values.part(one, key), "text") or values.text(one, key)


def success() -> Answer:
    return Answer(200, "ok")


def failure(refusal: RefusedPayloadError) -> Answer:
    return Answer(STATUSES[refusal.reason], WORDS[refusal.reason], retry_header(refusal))
