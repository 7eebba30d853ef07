"""Where bytes lie: one small port, two adapters. Keys are ours, never a person's words.

`MEDIA_DIR/incoming` holds what is on its way in, on local disk with either.
"""

import functools
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from common.aio import call_service

CHUNK = 256 * 1024


class Pieces:
    """An open file's bytes in pieces; `close` also where nobody came to read them."""

    def __init__(self, file: Any, start: int, length: int | None) -> None:
        self._file = file
        self._left = length
        if start:
            file.seek(start)

    def __iter__(self) -> "Pieces":
        return self

    def __next__(self) -> bytes:
        wanted = CHUNK if self._left is None else min(CHUNK, self._left)
        chunk: bytes = self._file.read(wanted) if wanted else b""
        if not chunk:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


class PiecesInLoop:
    """The same for asynchronous servers: read on the service threads."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while chunk := await call_service(next, self._pieces, b""):
                yield chunk
        finally:
            await call_service(self._pieces.close)

    def close(self) -> None:
        self._pieces.close()


class Files(Protocol):
    """`start` and `length` are bytes; `read` raises FileNotFoundError for an unknown key."""

    def put(self, key: str, source: Path) -> None:
        """Take the file over, durably; `source` is gone afterwards."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Pieces: ...

    def delete(self, key: str) -> None:
        """Forget the key and all below it; an unknown one is no error."""


class LocalFiles:
    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, source: Path) -> None:
        target = self._root / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source.replace(target)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        file = (self._root / key).open(
            "rb"
        )  # now, so that a missing file is found before anything is answered
        return Pieces(file, start, length)

    def delete(self, key: str) -> None:
        target = self._root / key
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)


class S3Files:
    """A bucket of an S3-compatible store, such as MinIO or an office cloud's object storage."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, source: Path) -> None:
        self._client.upload_file(str(source), self._bucket, key)
        source.unlink()

    def read(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        from botocore.exceptions import ClientError

        end = "" if length is None else str(start + length - 1)
        part = {"Range": f"bytes={start}-{end}"} if start or length is not None else {}
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key, **part)["Body"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
                raise FileNotFoundError(key) from error
            raise
        return Pieces(body, 0, None)

    def delete(self, key: str) -> None:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=key)
        for page in pages:
            for item in page.get("Contents", []):
                if item["Key"] == key or item["Key"].startswith(f"{key}/"):
                    self._client.delete_object(Bucket=self._bucket, Key=item["Key"])


def files() -> Files:
    """The store that the settings name: a bucket when S3_BUCKET is set, else the media folder."""
    if not settings.S3_BUCKET:
        return LocalFiles(settings.MEDIA_DIR)
    return S3Files(_client(settings.S3_ENDPOINT, settings.S3_REGION, settings.S3_KEY_ID), settings.S3_BUCKET)


def incoming() -> Path:
    """The folder of uploads on their way in."""
    folder: Path = settings.MEDIA_DIR / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@functools.cache
def _client(endpoint: str, region: str, key_id: str) -> Any:
    """Clients are safe to share between threads, and slow to make."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or None,
        aws_access_key_id=key_id or None,
        aws_secret_access_key=settings.S3_SECRET or None,
        config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"}),
    )
