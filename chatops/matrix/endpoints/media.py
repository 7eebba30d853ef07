"""The content repository (C-S API, "Content repository"): upload, authenticated download, limits."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from chatops.matrix.errors import not_found
from chatops.matrix.requests import Answer, Json, Request
from chatops.services import media
from common.aio import call_service
from common.errors import NotFoundError, TooLargeError

HANDED_OVER = 1024 * 1024  # bytes gathered before a thread writes them


async def upload(request: Request) -> Json:
    """The body is the file. It goes to disk in pieces and is never whole in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > settings.UPLOAD_MAX_BYTES:
        raise TooLargeError(field="file")
    coming = await call_service(
        media.begin,
        actor=request.actor,
        filename=request.query.get("filename", ""),
        mime=request.headers.get("content-type", ""),
    )
    try:
        gathered = bytearray()
        async for chunk in request.chunks():
            gathered += chunk
            if len(gathered) >= HANDED_OVER:
                await call_service(coming.write, bytes(gathered))
                gathered.clear()
        await call_service(coming.write, bytes(gathered))
        stored = await call_service(coming.finish)
    finally:
        await call_service(coming.abort)
    return {"content_uri": f"mxc://{settings.SERVER_NAME}/{stored.media_id}"}


async def download(request: Request, server: str, media_id: str, name: str | None = None) -> Answer:
    if server != settings.SERVER_NAME:
        raise not_found("Media of other servers is not kept here")
    try:
        found = await call_service(media.access_media, actor=request.actor, media_id=media_id)
    except NotFoundError:
        raise not_found("No such media") from None
    row = found.media
    kind = b"inline" if found.shown else b"attachment"
    filename = quote(name or row.filename, safe="")
    disposition = kind + f"; filename*=utf-8''{filename}".encode() if filename else kind
    headers = [
        (b"content-type", row.mime.encode()),
        (b"content-length", str(row.size).encode()),
        (b"content-disposition", disposition),
        (
            b"content-security-policy",
            b"sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'",
        ),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"etag", f'"{row.sha256}"'.encode()),
    ]
    return Answer(headers=headers, stream=_pieces(found.path))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    file = await call_service(path.open, "rb")
    try:
        while chunk := await call_service(file.read, media.CHUNK):
            yield chunk
    finally:
        await call_service(file.close)


async def config(_request: Request) -> Json:
    return {"m.upload.size": settings.UPLOAD_MAX_BYTES}
