"""WeCom's group robot: `POST /cgi-bin/webhook/send?key=…`.

Source: developer.work.weixin.qq.com, document/path/91770 "群机器人配置说明" and 90313 "全局错误码".
"""

import base64
import binascii
import hashlib
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

EVERYBODY = "@all"
MOST_PICTURE = 2 * 1024 * 1024
CODES: dict[Reason, int] = {
    "token": 93000,
    "paused": 93004,
    "room": 86008,
    "rate": 45009,
    "address": 60020,
    "signature": 40093,
    "not_json": 40063,
    "kind": 40008,
    "missing": 40058,
    "empty": 44004,
    "size": 40058,
    "picture": 40009,
    "secrecy": 40058,
    "conflict": 40058,
    "fault": -1,
}


def parse(payload: Any) -> Message:
    """Raises RefusedPayloadError."""
    kind = values.text(payload, "msgtype")
    reader = READERS.get(kind)
    if reader is None:
        raise RefusedPayloadError("kind" if kind else "missing", kind or "msgtype")
    part = values.need_part(payload, kind)
    message = reader(part)
    users = values.texts(part, "mentioned_list")
    phones = values.texts(part, "mentioned_mobile_list")
    named = Named(
        tuple(one for one in users if one != EVERYBODY),
        tuple(one for one in phones if one != EVERYBODY),
        EVERYBODY in (*users, *phones),
    )
    return checked(Message(message.body, message.html, message.card, message.picture, named))


def _text(part: dict[str, Any]) -> Message:
    return Message(values.need_text(part, "content", "text"))


def _markdown(part: dict[str, Any]) -> Message:
    markdown = values.need_text(part, "content", "markdown")
    return Message(markup.plain(markdown), markup.html(markdown))


def _image(part: dict[str, Any]) -> Message:
    encoded = values.need_text(part, "base64", "image")
    try:
        picture = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise RefusedPayloadError("picture", "base64") from None
    if not picture or len(picture) > MOST_PICTURE:
        raise RefusedPayloadError("size" if picture else "picture", "image: at most 2 MB")
    if not picture.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise RefusedPayloadError("picture", "image: JPG or PNG")
    told = values.need_text(part, "md5", "image").strip().lower()
    if hashlib.md5(picture, usedforsecurity=False).hexdigest() != told:
        raise RefusedPayloadError("picture", "image.md5 does not match")
    return Message("图片", picture=picture)


def _news(part: dict[str, Any]) -> Message:
    found = [
        (
            values.need_text(one, "title", "news.articles"),
            values.text(one, "description"),
            values.url(one, "url"),
        )
        for one in values.parts(part, "articles")
    ]
    if not found:
        raise RefusedPayloadError("missing", "news.articles")
    if len(found) == 1:
        title, about, address = found[0]
        lines = tuple(
            one for one in (Line(about), Line("查看详情", address)) if one.text and (one.url or about)
        )
        return Message(joined(title, about, address), card=CardPart(title, lines=lines))
    lines = tuple(Line(joined(title, about).replace("\n", "："), address) for title, about, address in found)
    body = "\n".join(joined(*one) for one in found)
    return Message(body, card=CardPart(found[0][0], lines=lines))


def _template_card(part: dict[str, Any]) -> Message:
    kind = values.text(part, "card_type")
    if kind not in {"text_notice", "news_notice"}:
        raise RefusedPayloadError("kind", f"template_card.{kind or 'card_type'}")
    main, emphasis = values.part(part, "main_title"), values.part(part, "emphasis_content")
    title = joined(values.text(main, "title")) or values.text(part, "sub_title_text")
    if not title.strip():
        raise RefusedPayloadError("missing", "template_card.main_title")
    facts = (
        [(values.text(emphasis, "desc") or "关键数据", values.text(emphasis, "title"))] if emphasis else []
    )
    quote = values.part(part, "quote_area")
    texts = [
        values.text(main, "desc"),
        joined(values.text(quote, "title"), values.text(quote, "quote_text")),
        values.text(part, "sub_title_text"),
    ]
    texts += [
        joined(values.text(one, "title"), values.text(one, "desc")).replace("\n", "：")
        for one in values.parts(part, "vertical_content_list")
    ]
    links = [Line(values.text(quote, "title") or "引用", values.url(quote, "url"))]
    for one in values.parts(part, "horizontal_content_list"):
        facts.append((values.text(one, "keyname"), values.text(one, "value")))
        links.append(Line(values.text(one, "value") or values.text(one, "keyname"), values.url(one, "url")))
    links += [
        Line(values.text(one, "title"), values.url(one, "url")) for one in values.parts(part, "jump_list")
    ]
    links.append(Line("查看详情", values.url(values.part(part, "card_action"), "url")))
    shown = tuple(one for one in links if one.url)
    facts = [one for one in facts if any(one)]
    lines = (*(Line(one) for one in dict.fromkeys(texts) if one and one != title), *shown)
    body = joined(
        title,
        *(one.text for one in lines if not one.url),
        *(f"{label}：{value}" for label, value in facts),
        *(f"{one.text}：{one.url}" for one in shown),
    )
    return Message(body, card=CardPart(title, tuple(facts), lines))


READERS = {
    "text": _text,
    "markdown": _markdown,
    "markdown_v2": _markdown,
    "image": _image,
    "news": _news,
    "template_card": _template_card,
}


def success() -> Answer:
    return Answer(200, {"errcode": 0, "errmsg": "ok"})


def failure(refusal: RefusedPayloadError) -> Answer:
    body = {"errcode": CODES[refusal.reason], "errmsg": words(refusal)}
    return Answer(STATUS[refusal.reason], body, retry_header(refusal))
