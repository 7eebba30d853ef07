"""Files: who may read them, and reading them.

A file is its uploader's until a message shows it; from then on who may read that message may read the file, on every
door. In rooms without downloading only previews are given.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.services.media_types import SHOWN
from chatops.services.rooms import access_room
from chatops.store import media as store
from chatops.store import media_files
from chatops.store.media_files import Pieces
from chatops.store.models import Media
from common import ids
from common.cursors import key_of
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor

PAGE = 50
KINDS = ("", "image", "media", "document")
FAR = 2**62


class NoDownloadError(ForbiddenError):
    code = "no_download"

    def default_message(self) -> str:
        return _("本群设置了禁止下载，只能在线预览；如需原件，请联系发送人。")


@dataclass(frozen=True)
class Found:
    """A file that the actor may see. `shown`: a browser may show it in place. `guarded`: previews only."""

    media: Media
    shown: bool
    guarded: bool

    def read(self, start: int = 0, length: int | None = None) -> Pieces:
        """Raises NotFoundError when the bytes are gone."""
        return read_key(self.media.storage_key, start, length)


def read_key(key: str, start: int = 0, length: int | None = None) -> Pieces:
    try:
        return media_files.files().read(key, start, length)
    except FileNotFoundError:
        raise NotFoundError(message=_("文件已不在存储中，请联系发送人重新上传。")) from None


def access_media(*, actor: Actor, media_id: str) -> Found:
    """Raises NotFoundError for an unknown id and for a file that no message shows to this person."""
    media = store.find(media_id)
    if media is None:
        raise NotFoundError
    guarded = False
    if media.owner_id != actor.staff_id:
        answer = store.readable(media_id, actor.staff_id)
        if answer is None:
            raise NotFoundError
        guarded = answer
    return Found(media, media.mime in SHOWN, guarded)


def access_original(*, actor: Actor, media_id: str) -> Found:
    """As `access_media`; raises NoDownloadError where only previews are given."""
    found = access_media(actor=actor, media_id=media_id)
    if found.guarded:
        raise NoDownloadError
    return found


def uri_of(media: Media) -> str:
    return f"mxc://{settings.SERVER_NAME}/{quote(media.media_id)}"


def public_info(media: Media) -> dict[str, Any]:
    """What a message's `info` says of the file: Matrix's keys, and ours for pages and the check."""
    info: dict[str, Any] = {"mimetype": media.mime, "size": media.size}
    info |= {key: media.info[key] for key in ("w", "h") if key in media.info}
    ours = {key: media.info[key] for key in ("pages", "checked") if key in media.info}
    return {**info, "org.tongzhou.file": {**ours, "preview": bool(media.info.get("thumbs"))}}


def room_files(
    *, actor: Actor, room_id: str, kind: str = "", words: str = "", cursor: str | None = None
) -> dict[str, Any]:
    """{items, next}: the files that a room's messages show to the actor, newest first.

    Args:
        kind: image, media (video and sound), document, or empty for all. words: part of the file name.
    Raises: NotFoundError for a room that is not the actor's; BadInputError.
    """
    view = access_room(actor, room_id)
    if kind not in KINDS:
        raise BadInputError(field="kind", message=_("请从列表中选择文件类型。"))
    before = key_of(cursor)
    rows = store.room_files(
        view.room.pk, after=view.membership.history_seq, before=FAR if before is None else before, kind=kind,
        words=words.strip()[:100], limit=PAGE,
    )  # fmt: skip
    return {
        "items": [_file_row(row, guarded=view.room.no_download) for row in rows],
        "next": str(rows[-1][1]) if len(rows) == PAGE else None,
    }


def _file_row(row: tuple[Any, ...], *, guarded: bool) -> dict[str, Any]:
    event_id, seq, ts, number, name, media_id, filename, mime, size, info = row
    return {
        "event_id": event_id, "seq": seq, "ts": ts, "sender": ids.user_id(number), "sender_name": name,
        "media_id": media_id, "filename": filename, "mime": mime, "size": size,
        "w": info.get("w"), "h": info.get("h"), "pages": info.get("pages"), "checked": info.get("checked"),
        "preview": bool(info.get("thumbs")), "no_download": guarded,
    }  # fmt: skip
