"""Feishu's (Lark's) custom robot: `POST /open-apis/bot/v2/hook/{token}`, and the older `/open-apis/bot/hook/{token}`.

Source: open.feishu.cn, "自定义机器人使用指南" (message types, signature, error codes), "卡片 JSON 结构".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
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
    words,
)
from common.cursors import whole

WINDOW_S = 3600
_AT = re.compile(
    r"""<at\s+(?:user_id|id|email|open_id)\s*=\s*["']?([^"'>\s]{1,200})["']?\s*>([^<]{0,100})</at>"""
)
COLOURS = {
    "red": "red",
    "carmine": "red",
    "orange": "yellow",
    "yellow": "yellow",
    "green": "green",
    "grey": "grey",
}
CODES: dict[Reason, int] = {
    "token": 19001,
    "paused": 19003,
    "room": 19005,
    "rate": 11232,
    "address": 19022,
    "signature": 19021,
    "not_json": 9499,
    "kind": 19002,
    "missing": 19002,
    "empty": 19002,
    "size": 9499,
    "picture": 19002,
    "secrecy": 11246,
    "conflict": 19002,
    "fault": 19007,
}


def parse(payload: Any) -> Message:
    """Raises RefusedPayloadError."""
    kind = values.text(payload, "msg_type")
    if not kind and values.text(payload, "text"):
        return checked(_first_form(payload))
    if not kind:
        raise RefusedPayloadError("missing", "msg_type")
    key = values.text(payload, "uuid")
    match kind:
        case "text":
            found = _text(values.need_part(payload, "content"))
        case "post":
            found = _post(values.need_part(payload, "content"))
        case "interactive":
            found = _interactive(values.need_part(payload, "card"))
        case _:
            raise RefusedPayloadError("kind", kind)
    return checked(Message(found.body, found.html, found.card, named=found.named, key=key))


def _first_form(payload: Any) -> Message:
    """`{"title", "text"}`, which the first version of the address took."""
    body, named = _named(values.text(payload, "text"))
    return Message(joined(values.text(payload, "title"), body), named=named)


def _text(content: dict[str, Any]) -> Message:
    body, named = _named(values.need_text(content, "text", "content"))
    return Message(body, named=named)


def _named(text: str) -> tuple[str, Named]:
    """The text with its `<at>` marks as words, and whom they name."""
    users = [one[1] for one in _AT.finditer(text)]
    told = _AT.sub(lambda one: f"@{one[2].strip() or ('所有人' if one[1] == 'all' else one[1])}", text)
    return told, Named(users=tuple(one for one in users if one != "all"), everybody="all" in users)


def _post(content: dict[str, Any]) -> Message:
    by_language = values.part(content, "post") or content
    wanted = (values.part(by_language, language) for language in ("zh_cn", "zh_hk", "en_us", "ja_jp"))
    post = next((one for one in wanted if one), None) or next(
        (one for one in by_language.values() if isinstance(one, dict)), {}
    )
    rows = post.get("content")
    if not isinstance(rows, list):
        raise RefusedPayloadError("missing", "content.post.zh_cn.content")
    title, users = values.text(post, "title"), []
    plain, marked = [], []
    for row in rows:
        elements = [one for one in row if isinstance(one, dict)] if isinstance(row, list) else []
        plain.append("".join(_said(one) for one in elements))
        marked.append("".join(_marked(one) for one in elements))
        users += [values.text(one, "user_id") for one in elements if values.text(one, "tag") == "at"]
    named = Named(tuple(one for one in users if one and one != "all"), everybody="all" in users)
    body = joined(title, *plain)
    html = markup.html(joined(f"### {title}" if title else "", *marked))
    return Message(body, html, named=named)


def _said(one: dict[str, Any]) -> str:
    """An element of a post as plain text. Unknown tags say what text they have."""
    match values.text(one, "tag"):
        case "a":
            address, label = values.url(one, "href"), values.text(one, "text")
            return f"{label}（{address}）" if address and label else address or label
        case "at":
            return f"@{values.text(one, 'user_name') or _who(values.text(one, 'user_id'))} "
        case "img" | "media":
            return "［图片］"
        case "md":
            return markup.plain(values.text(one, "text"))
        case _:
            return values.text(one, "text")


def _marked(one: dict[str, Any]) -> str:
    address = values.url(one, "href")
    if values.text(one, "tag") == "a" and address:
        return f"[{values.text(one, 'text')}]({address})"
    return values.text(one, "text") if values.text(one, "tag") == "md" else _said(one)


def _who(user: str) -> str:
    return "所有人" if user == "all" else user


def _interactive(card: dict[str, Any]) -> Message:
    header = values.part(card, "header")
    title = _content_of(header, "title")
    elements = values.parts(card, "elements") or values.parts(values.part(card, "body"), "elements")
    if not elements:
        elements = values.parts(values.part(card, "i18n_elements"), "zh_cn")
    facts: list[tuple[str, str]] = []
    lines: list[Line] = []
    everybody, users = False, list[str]()
    for found in _walk(elements, 0):
        if isinstance(found, tuple):
            facts.append(found)
            continue
        told, named = _named(found.text)
        everybody, users = everybody or named.everybody, [*users, *named.users]
        lines += [Line(part, found.url) for part in markup.plain(told).split("\n") if part.strip()]
    address = values.url(values.part(card, "card_link"), "url")
    if address:
        lines.append(Line("查看详情", address))
    if not (title or lines or facts):
        raise RefusedPayloadError("missing", "card.elements")
    body = joined(
        title,
        *(f"{one.text}：{one.url}" if one.url else one.text for one in lines),
        *(f"{label}：{value}" for label, value in facts),
    )
    shown = title or (lines[0].text if lines else facts[0][0])
    part = CardPart(shown, tuple(facts), tuple(lines), code=_code(values.text(header, "template")))
    return Message(body, card=part, named=Named(tuple(users), everybody=everybody))


def _code(template: str) -> Any:
    return COLOURS.get(template, "none")


def _content_of(value: dict[str, Any], key: str) -> str:
    """A text object `{"tag", "content"}`, or a bare text."""
    return values.text(values.part(value, key), "content") or values.text(value, key)


def _walk(elements: list[dict[str, Any]], depth: int) -> Iterator[Line | tuple[str, str]]:
    """The lines of a card in order; `fields` of a div as facts where they read "**label**\\nvalue"."""
    if depth > values.DEEPEST:
        return
    for one in elements:
        match values.text(one, "tag"):
            case "div" | "markdown" | "plain_text" | "lark_md":
                said = _content_of(one, "text") or values.text(one, "content")
                if said:
                    yield Line(said)
                yield from _fields(one)
            case "button":
                address = values.url(one, "url") or next(
                    (values.url(each, "default_url") for each in values.parts(one, "behaviors")), ""
                )
                yield Line(_content_of(one, "text") or "查看详情", address)
            case "img":
                yield Line(f"［图片］{_content_of(one, 'alt')}")
        for inner in ("elements", "actions", "columns"):
            yield from _walk(values.parts(one, inner), depth + 1)


def _fields(one: dict[str, Any]) -> Iterator[Line | tuple[str, str]]:
    for field in values.parts(one, "fields"):
        said = markup.plain(_content_of(field, "text"))
        label, _, value = said.partition("\n") if "\n" in said else said.partition("：")
        if value.strip():
            yield label.strip().rstrip("：:"), value.strip()
        elif said.strip():
            yield Line(said.strip())


def sign(secret: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 by the key `timestamp\\nsecret` over nothing."""
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def is_signed(secret: str, payload: Any, *, now_s: int) -> bool:
    """Whether `timestamp` (s) and `sign` of the body are by this secret and of this hour."""
    timestamp, signature = values.text(payload, "timestamp"), values.text(payload, "sign")
    said = whole(timestamp)
    fresh = said is not None and abs(now_s - said) <= WINDOW_S
    return fresh and hmac.compare_digest(sign(secret, timestamp).encode(), signature.encode())


def success() -> Answer:
    """With the older keys too: `ok` of the first version, `StatusCode` of the second's first years."""
    body = {"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success", "ok": True}
    return Answer(200, body)


def failure(refusal: RefusedPayloadError) -> Answer:
    body = {"code": CODES[refusal.reason], "msg": words(refusal), "data": {}, "ok": False}
    body["error"] = body["msg"]
    return Answer(STATUS[refusal.reason], body, retry_header(refusal))
