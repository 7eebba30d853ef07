"""Events that speak of another one: replies in threads, edits, reactions. Checked against it, the same on every door.

Sources: Matrix Client-Server API, "Threading", "Event replacements", "Event annotations and reactions".
"""

from typing import Any

from django.utils.translation import gettext as _

from chatops.services.content import (
    EDIT,
    FORWARD_KEY,
    MERGED_KEY,
    MESSAGE,
    POLL_START,
    REACTION,
    THREAD,
    check_message,
)
from chatops.services.outgoing import NotInRoomError
from chatops.services.poll_words import place_of
from chatops.store import relations as store
from chatops.store import threads
from chatops.store.append import Item
from chatops.store.relations import Target
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor

MAX_KEY = 64


class DuplicateReactionError(ConflictError):
    code = "duplicate_reaction"

    def default_message(self) -> str:
        return _("您已作过相同的回应。")


def check(item: Item, actor: Actor) -> Target | None:
    """Whether the relation may be made; answers the event that it is about, or None without a checked relation.

    Raises:
        NotInRoomError; NotFoundError: the other event is not there, or not the actor's to see.
        ConflictError: it was recalled. DuplicateReactionError: the same person reacted with the same key.
        ForbiddenError: an edit of somebody else's message, or of a forwarded one or a poll.
        BadInputError: a relation to an event that cannot bear it, an edit without its content, an unusable reaction.
    """
    kind = item["rel_type"]
    if item["type"] == "m.reaction" and kind != REACTION:
        raise BadInputError(field="content.m.relates_to", message=_("回应缺少所指的消息，请重新选择。"))
    if kind not in {THREAD, EDIT, REACTION} and not item["type"].startswith("m.poll."):
        return None
    if item["type"] == POLL_START and kind is None:
        return None
    target = find_target(item, actor)
    match kind:
        case "m.thread":
            _check_thread(target)
        case "m.replace":
            _check_edit(item, actor, target)
        case "m.annotation":
            _check_reaction(item, actor, target)
    return target


def find_target(item: Item, actor: Actor) -> Target:
    """The event that the item relates to, held against recall until the transaction ends."""
    # Votes and the end come one after the other.
    alone = item["type"].startswith("m.poll.") or is_vote(item)
    if not store.is_member(item["room"], actor.staff_id):
        raise NotInRoomError
    target = store.find_target(item["room"], item["relates_to"] or "", actor.staff_id, alone=alone)
    if target is None:
        raise NotFoundError(message=_("所指的消息不存在或不在您的查看范围内，请刷新后重试。"))
    if target.redacted:
        raise ConflictError(message=_("所指的消息已被撤回，请刷新后再操作。"))
    return target


def is_vote(item: Item) -> bool:
    """Whether it would be one if it were about a poll: a reaction with a number."""
    relation = item["content"].get("m.relates_to")
    return item["type"] == "m.reaction" and isinstance(relation, dict) and bool(place_of(relation.get("key")))


def keep(item: Item, actor: Actor, target: Target | None) -> None:
    """What follows from a reply in a thread: its author, those it names and the root's author follow the thread."""
    if item["rel_type"] != THREAD or target is None:
        return
    named = [key for key in item["mentions"] or [] if key != 0]
    threads.follow(item["room"], target.event_id, [actor.staff_id, *named])
    threads.follow(item["room"], target.event_id, [target.sender_id], unless_known=True)


def _check_thread(target: Target) -> None:
    if target.state_key is not None or target.rel_type is not None or not target.display:
        raise BadInputError(
            field="content.m.relates_to", message=_("不能在这条消息下开话题，请在原消息下回复。")
        )


def _check_edit(item: Item, actor: Actor, target: Target) -> None:
    if target.sender_id != actor.staff_id:
        raise ForbiddenError(message=_("只能编辑本人发出的消息。"))
    is_plain = target.state_key is None and target.rel_type not in {EDIT, REACTION}
    if not is_plain or target.type != item["type"] or target.type in {POLL_START, "m.reaction"}:
        raise ForbiddenError(message=_("这条消息不能编辑，可撤回后重新发送。"))
    if FORWARD_KEY in target.content or MERGED_KEY in target.content:
        raise ForbiddenError(message=_("转发的消息不能编辑，可撤回后重新转发。"))
    fresh = item["content"].get("m.new_content")
    if not isinstance(fresh, dict):
        raise BadInputError(field="content.m.new_content", message=_("缺少编辑后的内容，请重新编辑。"))
    if item["type"] == MESSAGE:
        check_message(fresh)


def _check_reaction(item: Item, actor: Actor, target: Target) -> None:
    key = reaction_key(item["content"])
    if item["type"] != "m.reaction" or target.state_key is not None or target.rel_type in {EDIT, REACTION}:
        raise BadInputError(field="content.m.relates_to", message=_("不能回应这条消息。"))
    store.lock_reactions(item["room"], actor.staff_id)
    if store.own_reactions(item["room"], target.event_id, actor.staff_id, key):
        raise DuplicateReactionError


def reaction_key(content: dict[str, Any]) -> str:
    """Raises BadInputError unless the key is a text of 1 to 64 characters."""
    key = content["m.relates_to"].get("key")
    if not isinstance(key, str) or not key.strip() or len(key) > MAX_KEY:
        raise BadInputError(
            field="content.m.relates_to.key", message=_("回应应为 1 至 64 个字，请重新选择。")
        )
    return key
