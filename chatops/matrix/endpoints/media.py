"""The content repository (C-S API, "Content repository"): upload, authenticated download, thumbnails, limits.

Who may read a file is the services' rule, the same as at the REST door (docs/messaging.md, Files).
"""

from django.conf import settings

from chatops.matrix.errors import MatrixError, not_found
from chatops.matrix.requests import Answer, Json, Request
from chatops.services import media, media_http, media_keep, media_previews
from chatops.store.media_files import PiecesInLoop
from common.aio import call_service
from common.errors import NotFoundError, TooLargeError

HANDED_OVER = 1024 * 1024  # bytes gathered before a thread writes them
MOST_PIXELS = 4096


async def upload(request: Request) -> Json:
    """The body is the file. It goes to disk in pieces and is never whole in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > settings.UPLOAD_MAX_BYTES:
        raise TooLargeError(field="file")
    coming = await call_service(
        media_keep.begin,
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
    return {"content_uri": media.uri_of(stored)}


async def download(request: Request, server: str, media_id: str, name: str | None = None) -> Answer:
    _check_server(server)
    try:
        found = await call_service(media.access_original, actor=request.actor, media_id=media_id)
        part = media_http.parse_range(request.headers.get("range", ""), found.media.size)
        start, length = (part.start, part.length) if part else (0, None)
        pieces = await call_service(found.read, start, length)
    except NotFoundError:
        raise not_found("No such media") from None
    except media_http.RangeError:
        raise MatrixError(416, "M_INVALID_PARAM", "The range lies outside the file") from None
    row = found.media
    headers = media_http.file_headers(
        mime=row.mime, filename=name or row.filename, size=row.size, etag=row.sha256, shown=found.shown
    )
    if part:
        headers |= {"Content-Range": part.content_range, "Content-Length": str(part.length)}
    stream = PiecesInLoop(pieces)
    if request.method == "HEAD":
        stream.close()
    return Answer(status=206 if part else 200, headers=_for_matrix(headers), stream=stream)


async def thumbnail(request: Request, server: str, media_id: str) -> Answer:
    """The next larger of the kept sizes, never cropped: `method` is a wish (C-S API, "Thumbnails")."""
    _check_server(server)
    width, height = (request.number(key, 480, most=MOST_PIXELS) for key in ("width", "height"))
    try:
        made = await call_service(
            media_previews.thumbnail, actor=request.actor, media_id=media_id, width=width, height=height
        )
    except NotFoundError:
        raise not_found("No such media, or it has no picture") from None
    headers = media_http.file_headers(
        mime=made.mime, filename="thumbnail", size=len(made.body), etag=made.etag, shown=True
    )
    headers.pop("Content-Length")  # the door's to say for an answer in memory
    return Answer(made.body, headers=_for_matrix(headers))


async def config(_request: Request) -> Json:
    return {"m.upload.size": settings.UPLOAD_MAX_BYTES}


def _check_server(server: str) -> None:
    if server != settings.SERVER_NAME:
        raise not_found("Media of other servers is not kept here")


def _for_matrix(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Web clients of other origins may show what their user may read. The door itself says `nosniff`, `no-store`."""
    ours = {**headers, "Cross-Origin-Resource-Policy": "cross-origin"}
    for said in ("X-Content-Type-Options", "Cache-Control"):
        ours.pop(said)
    return [(key.lower().encode(), value.encode("latin-1", "replace")) for key, value in ours.items()]
