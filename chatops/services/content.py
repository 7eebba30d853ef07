"""What an event's content may be, and what follows from it: whether it shows, counts, relates.

Checked before anything is queued, so that one bad message never spoils a batch (decisions 4). Sources: Matrix
Client-Server API, "Size limits" and "Relationships"; room version 11 wants integers only.
"""

import html
import re
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _

from chatops.services import guards
from common.errors import BadInputError, TooLargeError

MAX_EVENT_BYTES = 65_536
MAX_ID_BYTES = 255
MAX_DEPTH = 32
MAX_INTEGER = 2**53
COUNTED_TYPES = frozenset({"m.room.message", "m.sticker", "m.poll.start", "m.room.encrypted"})
SHOWN_STATE = frozenset({"m.room.member", "m.room.name", "m.room.topic"})
SILENT_TYPES = frozenset(
    {"m.reaction", "m.room.redaction", "m.poll.response", "m.poll.end", "org.tongzhou.card.action"}
)
MESSAGE = "m.room.message"
POLL_START = "m.poll.start"
CARD_KEY = "org.tongzhou.card"
FORWARD_KEY = "org.tongzhou.forward"
MERGED_KEY = "org.tongzhou.merged"
MENTIONS_KEY = "org.tongzhou.mentions"
# What only services write: a client that sent them could put words into others' mouths.
SERVER_KEYS = (FORWARD_KEY, MERGED_KEY, "org.tongzhou.was", "org.tongzhou.undone")
THREAD, EDIT, REACTION = "m.thread", "m.replace", "m.annotation"
_TAG = re.compile(r"<[^<>]*+>")
_TYPE = re.compile(r"[A-Za-z0-9._:/-]{1,255}")


@dataclass(frozen=True)
class Shape:
    """What the store keeps beside the content."""

    rel_type: str | None
    relates_to: str | None
    display: bool
    countable: bool
    mentioned: bool  # names somebody, still to be resolved to people


def check_content(event_type: str, content: object, state_key: str | None = None) -> Shape:
    """Check one event's content and say how it behaves.

    Raises:
        BadInputError: not an object, a float, NUL, an integer beyond 2**53, too deep, an unusable type or relation,
            a key that only services write.
        TooLargeError: more than 65,536 bytes as JSON.
    """
    if not isinstance(event_type, str) or not _TYPE.fullmatch(event_type):
        raise BadInputError(
            field="type", message=_("事件类型无效，请使用不超过 255 个字母、数字或点的类型。")
        )
    if state_key is not None and len(state_key.encode()) > MAX_ID_BYTES:
        raise BadInputError(field="state_key", message=_("状态键过长，请控制在 255 字节以内。"))
    if not isinstance(content, dict):
        raise BadInputError(field="content", message=_("消息内容应为对象，请检查发送方。"))
    _check_value(content, 0)
    _check_keys(content)
    _check_relation(content.get("m.relates_to"))
    if len(orjson.dumps(content)) > MAX_EVENT_BYTES - 1024:  # the rest is room for ids, stamp and type
        raise TooLargeError(field="content")
    if event_type == MESSAGE and state_key is None:
        check_message(content)
    return shape_of(event_type, content, state_key)


def shape_of(event_type: str, content: dict[str, Any], state_key: str | None) -> Shape:
    relation = content.get("m.relates_to")
    relation = relation if isinstance(relation, dict) else {}
    rel_type, target = relation.get("rel_type"), relation.get("event_id")
    if not (isinstance(rel_type, str) and isinstance(target, str)):
        rel_type = target = None
    silent = rel_type == EDIT or event_type in SILENT_TYPES
    # A reply in a thread has its place there, and its own count (services/threads.py).
    aside = silent or rel_type == THREAD
    display = event_type in SHOWN_STATE if state_key is not None else not aside
    countable = state_key is None and not aside and counts_as_message(event_type, content)
    return Shape(rel_type, target, display, countable, not silent and _names_somebody(content))


def counts_as_message(event_type: str, content: dict[str, Any]) -> bool:
    """Whether it is something to read: notices do not count as unread (Matrix's default push rules), a card does,
    since somebody must act on it."""
    is_quiet = content.get("msgtype") == "m.notice" and CARD_KEY not in content
    return event_type in COUNTED_TYPES and not is_quiet


def plain_text(content: dict[str, Any]) -> str:
    """All text a person reads in this content: body, title, caption, a poll's question and answers, a reaction; the
    edit's new body too."""
    texts = [content.get(key) for key in ("body", "name", "topic", "filename", "reason")]
    if isinstance(formatted := content.get("formatted_body"), str):
        texts.append(html.unescape(_TAG.sub("", formatted)))  # as it is read, so that tags hide nothing
    relation, poll = content.get("m.relates_to"), content.get("m.poll")
    if isinstance(relation, dict):
        texts.append(relation.get("key"))
    if isinstance(poll, dict):
        texts.append(_strings(poll))
    fresh = content.get("m.new_content")
    if isinstance(fresh, dict):
        texts.append(plain_text(fresh))
    return "\n".join(text for text in texts if isinstance(text, str))


def _strings(value: object) -> str:
    """Every text inside, one a line."""
    match value:
        case str():
            return value
        case dict():
            return "\n".join(map(_strings, value.values()))
        case list():
            return "\n".join(map(_strings, value))
        case _:
            return ""


def check_message(content: dict[str, Any]) -> None:
    for key in ("msgtype", "body"):
        if not isinstance(content.get(key), str):
            raise BadInputError(
                field=f"content.{key}", message=_("消息缺少{key}，请补充后再发送。").format(key=key)
            )
    if not content["body"].strip() and CARD_KEY not in content:
        raise BadInputError(field="content.body", message=_("消息内容为空，请输入文字后再发送。"))
    if CARD_KEY in content:
        _check_form(content[CARD_KEY])


def _check_form(card: object) -> None:
    """What a form asks goes to the guards, field by field."""
    if not isinstance(card, dict) or card.get("kind") != "form":
        return
    asked = [card.get("title")]
    for place in ("actions", "menu"):
        for action in card.get(place) or []:
            fields = action.get("input") if isinstance(action, dict) else None
            asked += [one.get("label") for one in fields or [] if isinstance(one, dict)]
    for words in asked:
        if isinstance(words, str):
            guards.check(words, where="form", field="content.org.tongzhou.card")


def _check_keys(content: dict[str, Any]) -> None:
    fresh = content.get("m.new_content")
    for place in (content, fresh if isinstance(fresh, dict) else {}):
        if any(key in place for key in SERVER_KEYS):
            raise BadInputError(field="content", message=_("转发记录只能由平台生成，请使用转发功能。"))


def _check_relation(relation: object) -> None:
    """Ids and kinds are columns with an index, and no event has a longer id."""
    said = [relation.get(key) for key in ("rel_type", "event_id")] if isinstance(relation, dict) else []
    if any(isinstance(value, str) and len(value.encode()) > MAX_ID_BYTES for value in said):
        raise BadInputError(
            field="content.m.relates_to", message=_("所指的消息编号过长，请刷新后重新选择消息。")
        )


def _check_value(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadInputError(field="content", message=_("消息结构层级过深，请简化后再发送。"))
    match value:
        case bool() | None:
            return
        case str():
            _check_text(value)
        case int() if abs(value) < MAX_INTEGER:
            return
        case dict():
            for key, item in value.items():
                _check_text(key)
                _check_value(item, depth + 1)
        case list():
            for item in value:
                _check_value(item, depth + 1)
        case _:
            raise BadInputError(field="content", message=_("消息中只能使用整数，请将小数写成文字。"))


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise BadInputError(field="content", message=_("消息含有不可用的空字符，请删除后再发送。"))
    try:
        text.encode()
    except UnicodeEncodeError as err:
        raise BadInputError(field="content", message=_("消息含有无法识别的字符，请删除后再发送。")) from err


def _names_somebody(content: dict[str, Any]) -> bool:
    mentions, ours = content.get("m.mentions"), content.get(MENTIONS_KEY)
    named = isinstance(mentions, dict) and bool(mentions.get("user_ids") or mentions.get("room"))
    return named or (isinstance(ours, dict) and any(ours.get(key) for key in ("units", "posts", "unread")))
