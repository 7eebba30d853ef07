"""Taking a file in: looked into and past the secrecy gate before anybody can read it, then stored, then known.

What is refused is deleted at once; only its digest stays, keyed, with the refusal.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.extracts import Extract, examined
from chatops.services.media_types import HEAD, clean_filename, honest_type, kind_of, refuse_programs
from chatops.store import media as store
from chatops.store import media_files
from chatops.store.models import Media
from common import clock, ids
from common.errors import BadInputError, TooLargeError
from directory.actors import Actor
from directory.services.rights import require

CHUNK = 1024 * 1024


class Incoming:
    """A file that is coming in by one request: `write` its pieces, then `finish`; `abort` drops what is unfinished."""

    def __init__(self, actor: Actor, filename: str, mime: str) -> None:
        self._actor = actor
        self._filename = filename
        self._mime = mime
        self._size = 0
        self._first = b""
        handle, name = tempfile.mkstemp(dir=media_files.incoming())
        self._path: Path | None = Path(name)
        self._file: BinaryIO = os.fdopen(handle, "wb")

    def write(self, chunk: bytes) -> None:
        """Raises TooLargeError beyond UPLOAD_MAX_BYTES, BadInputError when it turns out to be a program."""
        self._size += len(chunk)
        check_size(self._size)
        if len(self._first) < 16:  # noqa: PLR2004 - longer than any program's mark
            self._first += chunk[:16]
            refuse_programs(self._first)
        self._file.write(chunk)

    def finish(self) -> Media:
        """Raises as `keep`."""
        assert self._path is not None  # noqa: S101 - finished once
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        path, self._path = self._path, None
        return keep(path, actor=self._actor, filename=self._filename, mime=self._mime)

    def abort(self) -> None:
        self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def begin(*, actor: Actor, filename: str = "", mime: str = "") -> Incoming:
    """Open an upload. Raises as `allow`."""
    return Incoming(actor, allow(actor=actor, filename=filename), mime)


def allow(*, actor: Actor, filename: str, size: int = 0) -> str:
    """The cleaned file name of an upload that may begin.

    Raises: ForbiddenError without the right to upload; SecrecyRefusedError for a marked file name; TooLargeError,
    BadInputError.
    """
    require(actor, "media.upload", None)
    filename = clean_filename(filename)
    check_size(size)
    admission.check(filename.rpartition(".")[0] or filename, actor=actor, where="file_name")
    return filename


def check_size(size: int) -> None:
    if size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise TooLargeError(
            field="file", message=_("文件超过 {most} MB，请压缩或分卷后再上传。").format(most=most)
        )


def keep(
    path: Path, *, actor: Actor, filename: str, mime: str, then: Callable[[Media], None] | None = None
) -> Media:
    """Take over a complete file on disk: `path` is gone afterwards, whatever happens. `then` runs with the new row, in
    its transaction.

    Raises: SecrecyRefusedError: its text bears a mark; nothing of it is left. BadInputError: a program.
    """
    try:
        with path.open("rb") as file:
            first = file.read(HEAD)
        refuse_programs(first)
        sha256, size = _digest(path)
        mime = honest_type(mime, first)
        with examined(path, mime) as extract:
            admission.check_file(extract.mark, sha256, actor=actor)
            media = _store(path, extract, actor=actor, filename=filename, mime=mime, size=size, sha256=sha256)
        with transaction.atomic():
            store.add(media)
            if then:
                then(media)
        return media
    finally:
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)


def _store(
    path: Path, extract: Extract, *, actor: Actor, filename: str, mime: str, size: int, sha256: str
) -> Media:
    """The bytes, durably; the row that is still to be added: a file that is known is there."""
    media_id = ids.new_secret()[:32]
    key = f"{media_id[:2]}/{media_id[2:4]}/{media_id}"
    files = media_files.files()
    thumbs = extract.facts.get("thumbs", {})
    for name, *_size in thumbs.values():
        files.put(f"{key}.d/{name}", extract.folder / name)
    files.put(key, path)
    info = {**extract.facts}
    if kind_of(mime) == "file":  # in pictures and sound there is no text to read
        info["checked"] = extract.is_read
    return Media(
        media_id=media_id,
        owner_id=actor.staff_id,
        mime=mime,
        size=size,
        filename=filename,
        sha256=sha256,
        storage_key=key,
        preview_key=f"{key}.d" if thumbs or mime == "application/pdf" else "",
        info=info,
        created_at=clock.now(),
    )


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise BadInputError(field="file", message=_("文件是空的，请检查后重新选择。"))
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    """The deletion itself survives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
