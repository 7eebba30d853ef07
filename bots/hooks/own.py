"""Our own form: `POST /hooks/{token}` with JSON (docs/bots/webhooks.md)."""

import hashlib
import hmac
import re
from typing import Any, get_args

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
from chatops.cards.schema import MOST_ACTIONS, MOST_MENU, NAME, Action, Code, Input, InputType, Style
from common.cursors import whole

WINDOW_S = 300
MOST_INPUTS, MOST_BUTTON = 6, 20
CODES, STYLES, TYPES = get_args(Code), get_args(Style), get_args(InputType)
_NAME, _KEY = re.compile(NAME), re.compile(r"[A-Za-z0-9_]{1,40}")
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
    actions, menu = _buttons(card, "actions", MOST_ACTIONS), _buttons(card, "menu", MOST_MENU)
    if len({one.name for one in (*actions, *menu)}) < len(actions) + len(menu):
        raise RefusedPayloadError("missing", "card.actions: each name once")
    part = CardPart(
        title, facts, shown, code=code, word=values.text(state, "word"), actions=actions, menu=menu,  # type: ignore[arg-type]
    )  # fmt: skip
    return body, part


def _buttons(card: dict[str, Any], place: str, most: int) -> tuple[Action, ...]:
    """Raises RefusedPayloadError: too many, or one that cannot be drawn; nothing is left out in silence."""
    found, where = values.parts(card, place), f"card.{place}"
    if len(found) > most:
        raise RefusedPayloadError("missing", f"{where}: at most {most}")
    return tuple(_button(one, where) for one in found)


def _button(one: dict[str, Any], where: str) -> Action:
    style, asked = values.text(one, "style", "plain"), values.parts(one, "input")
    name, label = values.need_text(one, "name", where), values.need_text(one, "label", where)
    if not _NAME.fullmatch(name):
        raise RefusedPayloadError("missing", f"{where}.name: 1 to 40 of a-z and _")
    if style not in STYLES or len(label) > MOST_BUTTON:
        raise RefusedPayloadError(
            "missing", f"{where}: style one of {', '.join(STYLES)}, label at most {MOST_BUTTON}"
        )
    if len(asked) > MOST_INPUTS:
        raise RefusedPayloadError("missing", f"{where}.input: at most {MOST_INPUTS}")
    inputs = [_wanted(each, f"{where}.input") for each in asked]
    return Action(name=name, label=label, style=style, input=inputs)


def _wanted(one: dict[str, Any], where: str) -> Input:
    key, kind = values.need_text(one, "key", where), values.text(one, "type", "text")
    if not _KEY.fullmatch(key) or kind not in TYPES:
        raise RefusedPayloadError(
            "missing", f"{where}: key of letters, digits and _, type one of {', '.join(TYPES)}"
        )
    label = values.text(one, "label", key)[:MOST_BUTTON]
    return Input(key=key, label=label, type=kind, required=one.get("required") is not False)


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
