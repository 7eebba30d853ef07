"""Files at the REST door: upload in one request, reading with ranges, previews, the files of a room."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import File, Router, Schema, Status, UploadedFile

from chatops.services import media, media_http, media_keep, media_previews
from chatops.services.media_types import kind_of
from chatops.store.media_files import Pieces, PiecesInLoop
from chatops.store.models import Media
from directory.requests import ApiRequest

router = Router(tags=["files"])


class MediaOut(Schema):
    """`info` is what a message's `info` may say of the file; `msgtype` how Matrix calls such a message."""

    media_id: str
    content_uri: str
    filename: str
    msgtype: str
    sha256: str
    info: dict[str, Any]


class RoomFileOut(Schema):
    """`ts` is milliseconds. `checked`: whether its text was read by the secrecy gate; null where there is no text."""

    event_id: str
    seq: int
    ts: int
    sender: str
    sender_name: str
    media_id: str
    filename: str
    mime: str
    size: int
    w: int | None
    h: int | None
    pages: int | None
    checked: bool | None
    preview: bool
    no_download: bool


class RoomFilesOut(Schema):
    items: list[RoomFileOut]
    next: str | None = None


def media_out(stored: Media) -> dict[str, Any]:
    return {
        "media_id": stored.media_id,
        "content_uri": media.uri_of(stored),
        "filename": stored.filename,
        "msgtype": f"m.{kind_of(stored.mime)}",
        "sha256": stored.sha256,
        "info": media.public_info(stored),
    }


@router.post("/media", response={201: MediaOut})
def upload(request: ApiRequest, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """A whole file in one multipart request; larger ones had better use /uploads, which resumes."""
    coming = media_keep.begin(actor=request.actor, filename=file.name or "", mime=file.content_type or "")
    try:
        for chunk in file.chunks():
            coming.write(chunk)
        return Status(201, media_out(coming.finish()))
    finally:
        coming.abort()


@router.get("/media/{media_id}", response=None)
def download(request: ApiRequest, media_id: str, download: bool = False) -> HttpResponseBase:
    """The file, or the part that a `Range` header asks for. `download`: to be saved even where it could be shown."""
    found = media.access_original(actor=request.actor, media_id=media_id)
    return file_response(request, found, download=download)


def file_response(request: ApiRequest, found: media.Found, *, download: bool) -> HttpResponseBase:
    """The file that somebody was found entitled to, in whole or the part asked for."""
    row = found.media
    headers = media_http.file_headers(
        mime=row.mime,
        filename=row.filename,
        size=row.size,
        etag=row.sha256,
        shown=found.shown and not download,
    )
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers={"ETag": headers["ETag"]})
    try:
        part = media_http.parse_range(request.headers.get("Range", ""), row.size)
    except media_http.RangeError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size}"})
    if request.headers.get("If-Range", headers["ETag"]) != headers["ETag"]:
        part = None
    if part is None:
        return _stream(request, found.read(), headers, 200)
    headers |= {"Content-Range": part.content_range, "Content-Length": str(part.length)}
    return _stream(request, found.read(part.start, part.length), headers, 206)


@router.get("/media/{media_id}/thumbnail", response=None)
def thumbnail(request: ApiRequest, media_id: str, w: int = 480, h: int = 480) -> HttpResponse:
    """A small picture of an image or of a PDF's first page; watermarked where downloading is not allowed."""
    made = media_previews.thumbnail(actor=request.actor, media_id=media_id, width=w, height=h)
    return _picture(request, made)


@router.get("/media/{media_id}/pages/{number}", response=None)
def page(request: ApiRequest, media_id: str, number: int) -> HttpResponse:
    """Page `number` (from 1) of a PDF as a picture."""
    return _picture(request, media_previews.page(actor=request.actor, media_id=media_id, number=number))


@router.get("/rooms/{room}/files", response=RoomFilesOut)
def room_files(
    request: ApiRequest, room: str, kind: str = "", q: str = "", cursor: str | None = None
) -> dict[str, Any]:
    """Files of the room's messages, newest first. `kind`: image, media, document; `q`: part of the file name."""
    return media.room_files(actor=request.actor, room_id=room, kind=kind, words=q, cursor=cursor)


def _picture(request: ApiRequest, made: media_previews.Preview) -> HttpResponse:
    headers = media_http.file_headers(
        mime=made.mime, filename="", size=len(made.body), etag=made.etag, shown=True
    )
    # A recalled picture must not come from a cache: asked again each time, answered by 304.
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers={"ETag": headers["ETag"]})
    return HttpResponse(made.body, headers=headers)


def _stream(
    request: ApiRequest, pieces: Pieces, headers: dict[str, str], status: int
) -> StreamingHttpResponse:
    # Django would gather a synchronous iterator whole before an asynchronous server gets its first byte.
    body = PiecesInLoop(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(body, status=status, headers=headers)
