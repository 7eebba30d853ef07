"""Our own form: `POST /hooks/{token}` with JSON (docs/bots/webhooks.md)."""

import hashlib
import hmac
from typing import Any

from bots.hooks import markup, values
from bots.hooks.message import (
    STATUS,
    Answer,
    CardPart,
    Line,
    Message,
    Named,
    RefusedPayloadError,
    checked,
    joined,
    retry_header,
    words,
)
from common.cursors import whole

WINDOW_S = 300
CODES = ("red", "yellow", "green", "grey", "done", "none")
KNOWN = {"text", "markdown", "card", "mention", "key"}


def parse(payload: Any) -> Message:
    """`{"text" or "markdown" or "card", "mention"?, "key"?}`. Raises RefusedPayloadError."""
    if not isinstance(payload, dict):
        raise RefusedPayloadError("missing", "body must be an object")
    if unknown := sorted(set(payload) - KNOWN):
        raise RefusedPayloadError("kind", unknown[0][:100])
    mention = values.part(payload, "mention")
    named = Named(
        values.texts(mention, "users"), values.texts(mention, "phones"), mention.get("everybody") is True
    )
    key = values.text(payload, "key")
    if "card" in payload:
        body, card = _card(values.need_part(payload, "card"))
        return checked(Message(joined(values.text(payload, "text"), body), card=card, named=named, key=key))
    if "markdown" in payload:
        markdown = values.need_text(payload, "markdown", "body")
        return checked(Message(markup.plain(markdown), markup.html(markdown), named=named, key=key))
    return checked(Message(values.need_text(payload, "text", "body"), named=named, key=key))


def _card(card: dict[str, Any]) -> tuple[str, CardPart]:
    title = values.need_text(card, "title", "card")
    state = values.part(card, "state")
    code = values.text(state, "code", "none")
    if code not in CODES:
        raise RefusedPayloadError("missing", f"card.state.code: one of {', '.join(CODES)}")
    fields = [(values.text(one, "label"), values.text(one, "value")) for one in values.parts(card, "fields")]
    facts = tuple(one for one in fields if any(one))
    lines = [Line(values.text(one, "text"), values.url(one, "url")) for one in values.parts(card, "lines")]
    if address := values.url(card, "url"):
        lines.append(Line("查看详情", address))
    shown = tuple(one for one in lines if one.text)
    body = joined(
        title,
        values.text(state, "word"),
        *(f"{label}：{value}" for label, value in facts),
        *(f"{one.text}：{one.url}" if one.url else one.text for one in shown),
    )
    part = CardPart(title, facts, shown, code=code, word=values.text(state, "word"))  # type: ignore[arg-type]
    return body, part


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Hex of HMAC-SHA256 by the secret over `timestamp.body`; hooks out are signed the same way."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secret: str, body: bytes, *, timestamp: str, signature: str, now_s: int) -> bool:
    """Whether the headers `X-Tongzhou-Timestamp` (s) and `X-Tongzhou-Signature` are of the last five minutes."""
    said = whole(timestamp)
    fresh = said is not None and abs(now_s - said) <= WINDOW_S
    return fresh and hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())


def success(**facts: Any) -> Answer:
    return Answer(200, {"ok": True, **facts})


def failure(refusal: RefusedPayloadError) -> Answer:
    facts: dict[str, Any] = {}
    if refusal.reason == "rate":
        facts["retry_after_ms"] = max(1, refusal.retry_after_s) * 1000
    body = {"code": refusal.reason, "message": words(refusal), "field": None, "facts": facts}
    return Answer(STATUS[refusal.reason], body, retry_header(refusal))
