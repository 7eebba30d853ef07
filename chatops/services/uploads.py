"""Uploads in pieces that go on after a lost line (tus 1.0). The row's `received` is the truth; what a crash left in the
file beyond it is written over. A file is a person's own until it is finished and sent.
"""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from django.utils.translation import gettext as _

from chatops.services.media_keep import allow, keep
from chatops.services.media_types import refuse_programs
from chatops.store import media as media_store
from chatops.store import media_files
from chatops.store import media_uploads as store
from chatops.store.models import Media, Upload
from common import clock, ids
from common.errors import (
    BadInputError,
    ConflictError,
    DomainError,
    NotFoundError,
    RateLimitedError,
    TooLargeError,
)
from directory.actors import Actor

CHUNK = 256 * 1024
KEPT_FOR = timedelta(days=1)
MOST_OPEN = 50
SWEEP_EVERY_S = 3600.0
_swept = 0.0


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class UploadBusyError(DomainError):
    """Another request writes to it at this moment; tus asks for 423."""

    code, status = "upload_busy", 423

    def default_message(self) -> str:
        return _("此文件正在上传，请稍候。")


class OffsetError(ConflictError):
    code = "upload_offset"

    def default_message(self) -> str:
        return _("上传位置不一致，请重新续传。")


def create(*, actor: Actor, filename: str, mime: str, size: int) -> Upload:
    """Announce a file of `size` bytes.

    Raises as `media_keep.allow`; RateLimitedError when the person has 50 unfinished ones; BadInputError for no size.
    """
    _sweep_now_and_then()
    if size <= 0:
        raise BadInputError(field="file", message=_("文件是空的，请检查后重新选择。"))
    filename = allow(actor=actor, filename=filename, size=size)
    if store.count_open(actor.staff_id) >= MOST_OPEN:
        raise RateLimitedError(
            retry_after_ms=60_000, message=_("未完成的上传过多，请先完成或取消已有的上传。")
        )
    now = clock.now()
    upload = Upload(
        upload_id=ids.new_secret()[:32], owner_id=actor.staff_id, filename=filename, mime=mime[:200], size=size,
        created_at=now, touched_at=now,
    )  # fmt: skip
    _path(upload.upload_id).touch(mode=0o600)
    return store.add(upload)


def find(*, actor: Actor, upload_id: str) -> Upload:
    """Raises NotFoundError."""
    upload = store.find(upload_id, actor.staff_id)
    if upload is None:
        raise NotFoundError(message=_("上传已失效，请重新选择文件。"))
    return upload


def append(*, actor: Actor, upload_id: str, offset: int, body: Readable) -> Upload:
    """Write a piece at `offset`, durably before it is counted.

    Raises: NotFoundError; OffsetError; UploadBusyError; TooLargeError beyond the announced size; BadInputError for a
    program, whose bytes are deleted.
    """
    upload = find(actor=actor, upload_id=upload_id)
    with _locked(upload) as file:
        upload = find(actor=actor, upload_id=upload_id)
        if offset != upload.received or upload.media_id:
            raise OffsetError
        file.seek(offset)
        file.truncate()
        at = offset
        while chunk := body.read(CHUNK):
            if at == 0:
                _refuse_program(upload, chunk)
            if at + len(chunk) > upload.size:
                raise TooLargeError(field="file", message=_("内容超过申报的大小，请重新选择文件。"))
            file.write(chunk)
            at += len(chunk)
        file.flush()
        os.fsync(file.fileno())
        store.moved(upload_id, at, clock.now())
    upload.received = at
    return upload


def finish(*, actor: Actor, upload_id: str) -> Media:
    """Check and keep a file whose bytes are all here; a second call answers the same.

    Raises: OffsetError while bytes are missing; UploadBusyError; as `media_keep.keep`, and then nothing is left.
    """
    upload = find(actor=actor, upload_id=upload_id)
    if not upload.media_id:
        with _locked(upload):
            upload = find(actor=actor, upload_id=upload_id)
            if not upload.media_id:
                return _keep(upload, actor)
    media = media_store.find(upload.media_id)
    if media is None:
        raise NotFoundError(message=_("上传已失效，请重新选择文件。"))
    return media


def _keep(upload: Upload, actor: Actor) -> Media:
    if upload.received != upload.size:
        raise OffsetError
    try:
        return keep(
            _path(upload.upload_id), actor=actor, filename=upload.filename, mime=upload.mime,
            then=lambda media: store.finished(upload.upload_id, media.media_id, clock.now()),
        )  # fmt: skip
    except DomainError:
        store.remove(upload.upload_id)
        raise


def cancel(*, actor: Actor, upload_id: str) -> None:
    """Forget an unfinished upload and its bytes. Raises NotFoundError."""
    upload = find(actor=actor, upload_id=upload_id)
    store.remove(upload.upload_id)
    _path(upload.upload_id).unlink(missing_ok=True)


def sweep() -> int:
    """Drop what nobody has touched for a day; answers how many uploads that were."""
    gone = store.untouched_since(clock.now() - KEPT_FOR, 1000)
    for upload in gone:
        store.remove(upload.upload_id)
        _path(upload.upload_id).unlink(missing_ok=True)
    oldest = time.time() - KEPT_FOR.total_seconds()
    for path in media_files.incoming().iterdir():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime > oldest:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    return len(gone)


def _sweep_now_and_then() -> None:
    global _swept  # noqa: PLW0603 - once an hour and process
    if time.monotonic() - _swept > SWEEP_EVERY_S or not _swept:
        _swept = time.monotonic()
        sweep()


def _refuse_program(upload: Upload, first: bytes) -> None:
    try:
        refuse_programs(first[:16])
    except BadInputError:
        store.remove(upload.upload_id)
        _path(upload.upload_id).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(upload: Upload) -> Iterator[BinaryIO]:
    """The file, for one writer on this machine at a time."""
    try:
        file = _path(upload.upload_id).open("r+b")
    except FileNotFoundError:
        raise NotFoundError(message=_("上传已失效，请重新选择文件。")) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusyError from None
        yield file


def _path(upload_id: str) -> Path:
    return media_files.incoming() / f"tus-{upload_id}"
