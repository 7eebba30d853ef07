"""Whom a message names: people, units, posts, @全体, @未读. Resolved to members of the room when it is sent.

`m.mentions` is Matrix's: {user_ids, room}. Ours, `org.tongzhou.mentions`: {units, posts, unread}, where `unread` is the
event whose non-readers are meant, or true for the sender's newest message.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services.content import MENTIONS_KEY
from chatops.services.membership import OWNER_LEVEL
from chatops.services.outgoing import NotInRoomError
from chatops.store import mentions as store
from chatops.store import people
from chatops.store.append import Item
from chatops.store.mentions import Named, Place
from common import clock, ids
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor

EVERYBODY = 0  # the one row that stands for @全体
MOST = 200
MOST_NAMED = 1000
PREVIEWED = 20
ROOM_LEVEL = 50


@dataclass(frozen=True)
class Wanted:
    """What the content asks for. `unread`: an event id, True for the sender's newest message, None for nobody."""

    users: tuple[str, ...] = ()  # staff numbers
    everybody: bool = False
    units: tuple[UUID, ...] = ()
    posts: tuple[UUID, ...] = ()
    unread: str | bool | None = None


@dataclass(frozen=True)
class Resolved:
    """`named` by person, unit or post; `silent` those who have not read, who are told without being listed."""

    named: list[Named] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    everybody: bool = False
    unread: tuple[str, int] | None = None  # event id, seq


def resolve(item: Item, actor: Actor) -> None:
    """Set the item's mentions, and tell in its content whom units and posts stood for.

    Raises:
        NotInRoomError; BadInputError: not lists of ids, or too many.
        ForbiddenError: @全体 without the level for it, @未读 of somebody else's message.
    """
    content = item["content"]
    found = find(item["room"], actor, read_wanted(content))
    keys = {one.staff_id for one in found.named} | set(found.silent)
    keys.discard(actor.staff_id)
    item["mentions"] = sorted(keys | ({EVERYBODY} if found.everybody else set()))
    ours = content.get(MENTIONS_KEY)
    if not isinstance(ours, dict):
        return
    # Units and posts are public, so clients of every door see who was meant; those who have not read are not named.
    users = [ids.user_id(one.staff_number) for one in found.named[:MOST_NAMED]]
    content["m.mentions"] = {**_object(content, "m.mentions"), "user_ids": users}
    if found.unread is not None:
        content[MENTIONS_KEY] = {**ours, "unread": found.unread[0], "unread_seq": found.unread[1]}


def preview(*, actor: Actor, room_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """How many people a message with these mentions would name, and the first of them.

    Returns: {count, people: [{user_id, name, post_title, unit_name}], unread: of those only the number}
    Raises: as `resolve`.
    """
    place = store.find_place(room_id, actor.staff_id)
    if place is None:
        raise NotFoundError
    found = find(place.room, actor, read_wanted(content))
    named = [one for one in found.named if one.staff_id != actor.staff_id]
    silent = set(found.silent) - {actor.staff_id, *(one.staff_id for one in named)}
    count = store.count_people(place.room, actor.staff_id) if found.everybody else len(named) + len(silent)
    shown = [
        {
            "user_id": ids.user_id(one.staff_number),
            "name": one.name,
            "post_title": one.post_title,
            "unit_name": one.unit_name,
        }
        for one in named[:PREVIEWED]
    ]
    return {"count": count, "people": shown, "unread": len(silent)}


def find(room: int, actor: Actor, wanted: Wanted) -> Resolved:
    """The members whom the content means. Raises NotInRoomError, ForbiddenError."""
    place = store.place_in(room, actor.staff_id)
    if place is None:
        raise NotInRoomError
    if wanted.everybody and place.level < int(place.levels.get("notifications", {}).get("room", ROOM_LEVEL)):
        raise ForbiddenError(
            field="content.m.mentions", message=_("只有群主可以提醒全体成员，请改为提醒具体人员。")
        )
    unread = _unread_of(actor, place, wanted.unread)
    return Resolved(
        named=store.named(room, wanted.users, wanted.units, wanted.posts, clock.today()),
        silent=people.not_yet_read(room, unread[1], actor.staff_id) if unread else [],
        everybody=wanted.everybody,
        unread=unread,
    )


def _unread_of(actor: Actor, place: Place, wanted: str | bool | None) -> tuple[str, int] | None:
    if not wanted:
        return None
    event = store.own_newest(place.room, actor.staff_id) if wanted is True else None
    if isinstance(wanted, str):
        event = store.sender_of(place.room, wanted)
    if event is None or event.seq <= place.history_seq:
        raise BadInputError(
            field=f"content.{MENTIONS_KEY}.unread", message=_("没有可提醒的消息，请先选择一条消息。")
        )
    if event.sender_id != actor.staff_id and place.level < OWNER_LEVEL:
        raise ForbiddenError(message=_("只能提醒未读本人消息的人员；他人的消息请联系群主。"))
    return event.event_id, event.seq


def read_wanted(content: dict[str, Any]) -> Wanted:
    """Raises BadInputError for ids that are none, and for more than 200 of a kind."""
    matrix, ours = _object(content, "m.mentions"), _object(content, MENTIONS_KEY)
    unread = ours.get("unread")
    if unread is not None and not isinstance(unread, str | bool):
        raise BadInputError(field=f"content.{MENTIONS_KEY}.unread", message=_("提醒对象有误，请重新选择。"))
    users = [ids.staff_number_of(user) for user in _texts(matrix, "user_ids")]
    return Wanted(
        users=tuple(number for number in users if number),
        everybody=matrix.get("room") is True,
        units=_uuids(ours, "units"),
        posts=_uuids(ours, "posts"),
        unread=unread,
    )


def _object(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _texts(source: dict[str, Any], key: str) -> list[str]:
    values = source.get(key)
    values = values if isinstance(values, list) else []
    if len(values) > MOST:
        raise BadInputError(
            field=f"content.{key}",
            message=_("一条消息最多提醒 {most} 个对象，请分批发送。").format(most=MOST),
        )
    return [value for value in values if isinstance(value, str)]


def _uuids(source: dict[str, Any], key: str) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(text) for text in _texts(source, key))
    except ValueError:
        raise BadInputError(
            field=f"content.{MENTIONS_KEY}.{key}", message=_("提醒对象有误，请重新选择。")
        ) from None
