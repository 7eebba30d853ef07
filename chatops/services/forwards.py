"""Forwarding: one message, or several as one record (合并转发).

The record and the note of the origin are written here alone. What a room marked no-forward says stays there.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission, messages
from chatops.services.content import CARD_KEY, FORWARD_KEY, MERGED_KEY, MESSAGE, check_content, plain_text
from chatops.services.messages import Sent
from chatops.services.outgoing import build_item
from chatops.services.polls_read import text_of
from chatops.services.rooms import RoomView, access_room
from chatops.services.timeline import folded
from chatops.store import timeline
from common import ids
from common.errors import BadInputError, ForbiddenError, NotFoundError, TooLargeError
from directory.actors import Actor

MOST = 100
MAX_TITLE, MAX_COMMENT = 80, 2000
LISTED = 50
# What a copy keeps of a message; mentions, relations, cards' buttons and questions for confirmation stay behind.
KEPT = ("msgtype", "body", "format", "formatted_body", "url", "info", "filename", MERGED_KEY)
FORWARDED = frozenset({MESSAGE, "m.sticker", "m.poll.start"})


class NoForwardError(ForbiddenError):
    code = "no_forward"

    def default_message(self) -> str:
        return _("此群已设为禁止转发，消息未转发；如需对外提供，请联系群主。")


def forward(
    *, actor: Actor, room_id: str, from_room: str, events: list[str], merged: bool, title: str = "", comment: str = "",
    txn_id: str | None = None,
) -> list[Sent]:  # fmt: skip
    """Copy messages into another room, one by one or as one record, then the comment; all of it or nothing.

    Raises:
        NotFoundError: a room or message is not the actor's to see. NoForwardError.
        BadInputError: no message, more than 100, one that is recalled or no message. TooLargeError: too long a record.
        What `messages.send` raises.
    """
    source = access_room(actor, from_room)
    access_room(actor, room_id)
    if source.room.no_forward:
        raise NoForwardError
    if not 0 < len(events) <= MOST or len(title) > MAX_TITLE or len(comment) > MAX_COMMENT:
        raise BadInputError(field="events", message=_("请选择 1 至 {most} 条消息再转发。").format(most=MOST))
    found = _read(actor, source, events)
    contents = [_merged(source, found, title)] if merged else [_copy(source, event) for event in found]
    if comment.strip():
        contents.append({"msgtype": "m.text", "body": comment.strip()})
    with transaction.atomic():
        return [
            _send(actor, room_id, content, f"{txn_id}.{place}" if txn_id else None)
            for place, content in enumerate(contents)
        ]


def _send(actor: Actor, room_id: str, content: dict[str, Any], txn_id: str | None) -> Sent:
    """As `messages.send`, for content with keys that clients may not write."""
    view = access_room(actor, room_id)
    clean = {key: value for key, value in content.items() if key not in {FORWARD_KEY, MERGED_KEY}}
    check_content(MESSAGE, clean)
    admission.check(plain_text(content) + _texts(content), actor=actor, where="message")
    item = build_item(actor=actor, room=view.room.pk, event_type=MESSAGE, content=content, txn_id=txn_id)
    return messages.sent(messages.put(item, actor=actor))


def _texts(content: dict[str, Any]) -> str:
    merged = content.get(MERGED_KEY) or {}
    return "\n".join(
        ["", str(merged.get("title", "")), *(plain_text(one["content"]) for one in merged.get("items", []))]
    )


def _read(actor: Actor, source: RoomView, events: list[str]) -> list[dict[str, Any]]:
    """The messages in the room's order, as they stand after edits."""
    wanted = list(dict.fromkeys(events))
    rows = timeline.named(source.room.pk, actor.staff_id, wanted, source.membership.history_seq)
    found = [folded(source.room.room_id, row) for row in rows]
    if len(found) < len(wanted):
        raise NotFoundError(message=_("有消息不存在或不在您的查看范围内，请刷新后重新选择。"))
    for event in found:
        if event["type"] not in FORWARDED or "state_key" in event or "redacted_by" in event:
            raise BadInputError(field="events", message=_("所选内容中有已撤回或不能转发的消息，请重新选择。"))
    return found


def _content(event: dict[str, Any]) -> dict[str, Any]:
    """What a message says, without what belongs to its room; a poll and a card become their text."""
    content = event["content"]
    if event["type"] == "m.poll.start":
        return {
            "msgtype": "m.text",
            "body": text_of(content) or text_of(content.get("m.poll", {}).get("question")),
        }
    kept = {key: content[key] for key in KEPT if key in content}
    if event["type"] == "m.sticker":
        kept["msgtype"] = "m.image"
    if CARD_KEY in content or kept.get("msgtype") == "m.notice":
        kept["msgtype"] = "m.text"
    return kept


def _copy(source: RoomView, event: dict[str, Any]) -> dict[str, Any]:
    before = event["content"].get(FORWARD_KEY)
    origin = before if isinstance(before, dict) else {
        "room_id": source.room.room_id,
        "room_name": source.room.name,
        "event_id": event["event_id"],
        "sender": event["sender"],
        "name": _name(event),
        "ts": event["ts"],
    }  # fmt: skip
    return {**_content(event), FORWARD_KEY: origin}


def _merged(source: RoomView, found: list[dict[str, Any]], title: str) -> dict[str, Any]:
    title = title.strip() or _("{room}的聊天记录").format(room=source.room.name)
    items = [
        {
            "event_id": event["event_id"],
            "sender": event["sender"],
            "name": _name(event),
            "unit": event.get("acting", {}).get("unit", ""),
            "ts": event["ts"],
            "content": {key: value for key, value in _content(event).items() if key != MERGED_KEY},
        }
        for event in found
    ]
    lines = [
        _("{name}：{text}").format(name=one["name"], text=str(one["content"].get("body", "")))
        for one in items
    ]
    content = {
        "msgtype": "m.text",
        "body": "\n".join([_("【合并转发】{title}").format(title=title), *lines[:LISTED]]),
        MERGED_KEY: {
            "title": title,
            "room_id": source.room.room_id,
            "room_name": source.room.name,
            "items": items,
        },
    }
    try:
        check_content("org.tongzhou.record", {"body": content["body"], "record": content[MERGED_KEY]})
    except TooLargeError:
        raise TooLargeError(field="events", message=_("所选消息过长，请减少条数、分批转发。")) from None
    return content


def _name(event: dict[str, Any]) -> str:
    return str(event.get("acting", {}).get("name") or ids.staff_number_of(event["sender"]))
