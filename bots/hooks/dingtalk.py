"""DingTalk's custom robot: `POST /robot/send?access_token=…`.

Source: open.dingtalk.com, "自定义机器人发送消息的消息类型", "自定义机器人安全设置" (加签), "自定义机器人错误码".
"""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import unquote

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

# A timestamp may be this old or this far ahead, in milliseconds.
WINDOW_MS = 3_600_000
CODES: dict[Reason, int] = {
    "token": 300001,
    "paused": 400102,
    "room": 400013,
    "rate": 410100,
    "address": 310000,
    "signature": 310000,
    "not_json": 40035,
    "kind": 400105,
    "missing": 40035,
    "empty": 40035,
    "size": 460101,
    "picture": 40035,
    "secrecy": 430104,
    "conflict": 40035,
    "fault": -1,
}


def parse(payload: Any) -> Message:
    """Raises RefusedPayloadError."""
    kind = values.text(payload, "msgtype")
    reader = READERS.get(kind)
    if reader is None:
        raise RefusedPayloadError("kind" if kind else "missing", kind or "msgtype")
    message = reader(values.need_part(payload, kind))
    at = values.part(payload, "at")
    named = Named(values.texts(at, "atUserIds"), values.texts(at, "atMobiles"), at.get("isAtAll") is True)
    key = values.text(payload, "msgUuid") or values.text(payload, "uuid")
    return checked(Message(message.body, message.html, message.card, named=named, key=key))


def _text(part: dict[str, Any]) -> Message:
    return Message(values.need_text(part, "content", "text"))


def _link(part: dict[str, Any]) -> Message:
    title = values.need_text(part, "title", "link")
    words_, address = values.need_text(part, "text", "link"), values.url(part, "messageUrl")
    if not address:
        raise RefusedPayloadError("missing", "link.messageUrl")
    card = CardPart(title, lines=(Line(words_), Line("查看详情", address)))
    return Message(joined(title, words_, address), card=card)


def _markdown(part: dict[str, Any]) -> Message:
    title = values.need_text(part, "title", "markdown")
    markdown = values.need_text(part, "text", "markdown")
    body = markup.plain(markdown)
    if title not in body:  # the title is a preview; the text often repeats it
        body, markdown = joined(title, body), f"**{title}**\n{markdown}"
    return Message(body, markup.html(markdown))


def _action_card(part: dict[str, Any]) -> Message:
    title = values.need_text(part, "title", "actionCard")
    body = markup.plain(values.need_text(part, "text", "actionCard"))
    buttons = [
        (values.text(one, "title"), values.url(one, "actionURL")) for one in values.parts(part, "btns")
    ]
    if "singleURL" in part:
        buttons.append((values.text(part, "singleTitle", "查看详情"), values.url(part, "singleURL")))
    if not buttons:
        raise RefusedPayloadError("missing", "actionCard.singleURL or actionCard.btns")
    links = tuple(Line(label or "查看详情", address) for label, address in buttons)
    lines = tuple(Line(line) for line in body.split("\n") if line.strip() and line.strip() != title)
    listed = "\n".join(f"{one.text}：{one.url}" if one.url else one.text for one in links)
    told = body if title in body else joined(title, body)
    return Message(joined(told, listed), card=CardPart(title, lines=(*lines, *links)))


def _feed_card(part: dict[str, Any]) -> Message:
    found = [
        Line(values.need_text(one, "title", "feedCard.links"), values.url(one, "messageURL"))
        for one in values.parts(part, "links")
    ]
    if not found:
        raise RefusedPayloadError("missing", "feedCard.links")
    body = "\n".join(joined(one.text, one.url) for one in found)
    return Message(body, card=CardPart(found[0].text, lines=tuple(found)))


READERS = {
    "text": _text,
    "link": _link,
    "markdown": _markdown,
    "actionCard": _action_card,
    "feedCard": _feed_card,
}


def sign(secret: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 by the secret over `timestamp\\nsecret`."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def is_signed(secret: str, *, timestamp: str, signature: str, now_ms: int) -> bool:
    """Whether the query's `timestamp` (ms) and `sign` are by this secret and of this hour."""
    said = whole(timestamp)
    fresh = said is not None and abs(now_ms - said) <= WINDOW_MS
    # Some clients encode it twice (apprise), some not at all, so that its plus signs arrive as blanks.
    signature = unquote(signature).replace(" ", "+")
    return fresh and hmac.compare_digest(sign(secret, timestamp).encode(), signature.encode())


def success() -> Answer:
    return Answer(200, {"errcode": 0, "errmsg": "ok"})


def failure(refusal: RefusedPayloadError) -> Answer:
    body = {"errcode": CODES[refusal.reason], "errmsg": words(refusal)}
    return Answer(STATUS[refusal.reason], body, retry_header(refusal))
