"""From what a client says to an item for the append: shared by the socket, the Matrix door and synchronous services."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from chatops.delivery.journal import Entry
from chatops.services import poll_words
from chatops.services.admission import find_mark
from chatops.services.content import (
    EDIT,
    POLL_START,
    REACTION,
    THREAD,
    Shape,
    check_content,
    plain_text,
    shape_of,
)
from chatops.services.media_uses import shows_files
from chatops.store.append import Appended, Item
from common import clock, ids
from common.errors import ConflictError, DomainError, ForbiddenError, NotFoundError, RateLimitedError
from directory.actors import Actor

# What changes who is in a room, or its rules, goes through services that check more than a power level.
RESERVED_TYPES = frozenset({"m.room.create", "m.room.member", "m.room.power_levels", "m.room.redaction"})
# What these say of another event is checked against it first (services/relations.py, services/polls.py).
CHECKED_RELATIONS = frozenset({THREAD, EDIT, REACTION})
CHECKED_TYPES = frozenset({"m.reaction", POLL_START, "m.poll.response", "m.poll.end"})


class NotInRoomError(NotFoundError):
    code = "not_in_room"

    def default_message(self) -> str:
        return _("您不在此群中，消息未发出；内容已保留，请联系群主加入后重发。")


class RoomArchivedError(ConflictError):
    code = "room_archived"

    def default_message(self) -> str:
        return _("此群已归档，仅可查看；如需继续讨论，请联系群主恢复。")


class MayNotPostError(ForbiddenError):
    code = "may_not_post"

    def default_message(self) -> str:
        return _("本群仅群主和机器人可以发言，消息未发出；请联系群主。")


class BadContentError(DomainError):
    code = "bad_content"

    def default_message(self) -> str:
        return _("消息含有无法保存的内容，未发出；请删去特殊字符后重发。")


def refusal(status: str) -> DomainError:
    """The error for an append status other than ok, known, busy."""
    match status:
        case "archived":
            return RoomArchivedError()
        case "forbidden":
            return MayNotPostError()
        case "overloaded":
            return RateLimitedError(retry_after_ms=2000)
        case "bad_content":
            return BadContentError(field="content")
        case _:
            return NotInRoomError()


def make_item(
    *,
    actor: Actor,
    room: int,
    event_type: str,
    content: object,
    txn_id: str | None,
    state_key: str | None = None,
) -> tuple[Item, bool]:
    """Check the content and build the item; also whether it mentions somebody, still to be resolved.

    Raises:
        BadInputError, TooLargeError: see `check_content`.
        ForbiddenError: a type that only services may append.
    """
    if event_type in RESERVED_TYPES:
        raise ForbiddenError(field="type")
    shape = check_content(event_type, content, state_key)
    item = _item(shape, actor, room, event_type, content, txn_id, state_key)
    return item, shape.mentioned


def build_item(
    *,
    actor: Actor,
    room: int,
    event_type: str,
    content: Any,
    txn_id: str | None = None,
    state_key: str | None = None,
) -> Item:
    """The item, without checks: for content that the server itself makes."""
    shape = shape_of(event_type, content, state_key)
    return _item(shape, actor, room, event_type, content, txn_id, state_key)


def _item(
    shape: Shape,
    actor: Actor,
    room: int,
    event_type: str,
    content: Any,
    txn_id: str | None,
    state_key: str | None,
) -> Item:
    return Item(
        room=room,
        device=actor.device_id if txn_id else None,
        txn=txn_id,
        sender=actor.staff_id,
        type=event_type,
        state_key=state_key,
        content=content,
        event_id=ids.new_event_id(),
        ts=clock.now_ms(),
        acting=stamp(actor),
        rel_type=shape.rel_type,
        relates_to=shape.relates_to,
        display=shape.display,
        countable=shape.countable,
        mentions=None,
        trusted=False,
        target=None,
        membership=None,
        level=None,
    )


def stamp(actor: Actor) -> dict[str, str]:
    """Who acted, in which post of which unit, as the names stood: clients cannot set it (architecture §9)."""
    return {"name": actor.name, "post": actor.post_title, "unit": actor.unit_short_name or actor.unit_name}


def make_entry(
    *,
    actor: Actor,
    room: int,
    room_id: str,
    event_type: str,
    content: object,
    txn_id: str,
    reply: Callable[[Appended], None],
) -> Entry:
    """An entry for the journal; when `needs_thread(entry)`, give it to `messages.deliver` on a service thread."""
    item, mentioned = make_item(actor=actor, room=room, event_type=event_type, content=content, txn_id=txn_id)
    return Entry(item, room_id, actor.staff_number, reply, mentioned)


def needs_thread(entry: Entry) -> bool:
    """Whether the database must be asked first: it mentions somebody, relates to an event, shows a file, is part of a
    poll or may vote in one, or bears a secrecy mark (to be recorded). Nearly no message does."""
    item = entry.item
    return (
        entry.mentioned
        or item["rel_type"] in CHECKED_RELATIONS
        or item["type"] in CHECKED_TYPES
        or poll_words.reply_to(item["content"]) != ""
        or shows_files(item["content"])
        or find_mark(plain_text(item["content"])) is not None
    )
