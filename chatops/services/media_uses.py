"""Files bound to rooms: which files an event's content shows, and that its sender may show them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.services.content import CARD_KEY, MERGED_KEY
from chatops.store import media as store
from chatops.store.append import Item
from common.errors import ForbiddenError
from directory.actors import Actor

# A content without one of these names no file; nearly every message has none, and is through by one set operation.
_HINTS = frozenset({"url", "file", "info", "m.new_content", MERGED_KEY, CARD_KEY})
_PLACES = frozenset({"url", "thumbnail_url", "picture"})
MOST = 200


class FileNotYoursError(ForbiddenError):
    code = "file_not_yours"

    def default_message(self) -> str:
        return _("所附文件已被撤回、不在您的查看范围内，或不允许转出原群，消息未发出；请重新选择文件。")


def shows_files(content: dict[str, Any]) -> bool:
    """Whether the content may name a file of ours; cheap."""
    return not _HINTS.isdisjoint(content) and bool(files_in(content))


def files_in(content: dict[str, Any]) -> list[str]:
    """Ids of the files of this server that a content names, each once."""
    return list(dict.fromkeys(_walk(content, f"mxc://{settings.SERVER_NAME}/")))


def _walk(value: object, prefix: str) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                if key in _PLACES and isinstance(inner, str) and inner.startswith(prefix):
                    yield inner[len(prefix) :]
                else:
                    yield from _walk(inner, prefix)
        case list():
            for inner in value:
                yield from _walk(inner, prefix)


def check(item: Item, actor: Actor) -> list[str]:
    """The files that the item shows, each one that the actor may hand on.

    An id that is not known here is left alone: nobody can read what is not there.

    Raises FileNotYoursError: not the actor's to read, or only from rooms without downloading, or only from other rooms
    without forwarding.
    """
    if item["state_key"] is not None or _HINTS.isdisjoint(item["content"]):
        return []
    named = files_in(item["content"])
    if not named:
        return []
    known = store.find_all(named[:MOST])
    for media in known.values():
        mine = media.owner_id == actor.staff_id
        if not mine and not store.may_show(media.media_id, actor.staff_id, item["room"]):
            raise FileNotYoursError(field="content.url")
    return list(known)


def keep(named: list[str], room: int, seq: int) -> None:
    """Note what an appended event shows, in its transaction."""
    if named:
        store.add_uses(named, room, seq)
