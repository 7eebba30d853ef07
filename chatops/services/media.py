"""Files: streamed to disk under MEDIA_DIR, known by their own id, served with headers that let nothing run.

Synchronous, for REST and for the Matrix door alike. A file belongs to its uploader; who knows its id and is
signed in may read it, as with Matrix's content repository.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.store import media as store
from chatops.store.models import Media
from common import clock, ids
from common.errors import BadInputError, NotFoundError, TooLargeError
from directory.actors import Actor
from directory.services.rights import require

MAX_FILENAME = 200
CHUNK = 256 * 1024
OPAQUE = "application/octet-stream"
# First bytes of what browsers may show in place. Whatever says it is one of these and is not, becomes OPAQUE.
SHOWN = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
PLAIN = frozenset({"text/plain", "audio/mpeg", "audio/ogg", "audio/mp4", "video/mp4", "video/webm"})
# Windows, Linux and macOS programs, shell scripts, Java classes: no business in an office's chat.
PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\xca\xfe\xba\xbe", b"#!")
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")


@dataclass(frozen=True)
class Found:
    """A stored file. `shown`: a browser may show it in place; else it is only saved."""

    media: Media
    path: Path
    shown: bool


class Upload:
    """A file that is coming in: `write` its pieces, then `finish`; `abort` at the end drops what is unfinished."""

    def __init__(self, actor: Actor, filename: str, mime: str) -> None:
        self._actor = actor
        self._filename = filename
        self._mime = mime
        self._digest = hashlib.sha256()
        self._size = 0
        self._first = b""
        folder = settings.MEDIA_DIR / "incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=folder)
        self._path: Path | None = Path(name)
        self._file: BinaryIO = os.fdopen(handle, "wb")

    def write(self, chunk: bytes) -> None:
        """Raises TooLargeError beyond UPLOAD_MAX_BYTES, BadInputError when it turns out to be a program."""
        self._size += len(chunk)
        if self._size > settings.UPLOAD_MAX_BYTES:
            most = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
            raise TooLargeError(
                field="file", message=_("文件超过 {most} MB，请压缩或分卷后再上传。").format(most=most)
            )
        if len(self._first) < 16:  # noqa: PLR2004 - longer than any mark above
            self._first += chunk[:16]
            if self._first.startswith(PROGRAMS):
                raise BadInputError(field="file", message=_("不能上传程序或脚本，请改为文档、图片或压缩包。"))
        self._digest.update(chunk)
        self._file.write(chunk)

    def finish(self) -> Media:
        """Keep the file: on disk durably first, then in the database."""
        assert self._path is not None  # noqa: S101 - finished once
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        media_id = ids.new_secret()[:32]
        key = f"{media_id[:2]}/{media_id[2:4]}/{media_id}"
        target = settings.MEDIA_DIR / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.replace(target)
        self._path = None
        return store.add(
            Media(
                media_id=media_id,
                owner_id=self._actor.staff_id,
                mime=honest_type(self._mime, self._first),
                size=self._size,
                filename=self._filename,
                sha256=self._digest.hexdigest(),
                storage_key=key,
                created_at=clock.now(),
            )
        )

    def abort(self) -> None:
        self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def begin(*, actor: Actor, filename: str = "", mime: str = "") -> Upload:
    """Open an upload.

    Raises: ForbiddenError without the right to upload; SecrecyRefusedError for a marked file name; BadInputError.
    """
    require(actor, "media.upload", None)
    filename = clean_filename(filename)
    admission.check(filename, actor=actor, where="file_name")
    return Upload(actor, filename, mime)


def access_media(*, actor: Actor, media_id: str) -> Found:  # noqa: ARG001 - every signed-in person, for now
    """Raises NotFoundError for an unknown id, and for a file that is gone."""
    found = store.find(media_id)
    path = settings.MEDIA_DIR / found.storage_key if found else None
    if found is None or path is None or not path.is_file():
        raise NotFoundError
    return Found(found, path, found.mime in SHOWN or found.mime in PLAIN)


def read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def honest_type(mime: str, first: bytes) -> str:
    """The type as declared, unless the bytes deny it or it could run something."""
    mime = mime.split(";", 1)[0].strip().lower()
    if mime in SHOWN:
        return mime if first.startswith(SHOWN[mime]) else OPAQUE
    if mime in PLAIN:
        return mime
    running = mime.endswith(("html", "xml", "script")) or mime.startswith("image/")
    return mime if _MIME.fullmatch(mime) and not running else OPAQUE


def clean_filename(name: str) -> str:
    """The last part of a path, without control characters. Raises BadInputError beyond 200 characters."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in name if sign.isprintable()).strip()
    if len(name) > MAX_FILENAME:
        raise BadInputError(
            field="filename", message=_("文件名请控制在 {most} 字以内。").format(most=MAX_FILENAME)
        )
    return name
