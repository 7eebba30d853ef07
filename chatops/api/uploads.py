"""Uploads that resume: tus 1.0 (core, creation, termination), https://tus.io/protocols/resumable-upload."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from chatops.api.media import MediaOut, media_out
from chatops.services import uploads
from common.cursors import whole
from common.errors import BadInputError
from directory.requests import ApiRequest

router = Router(tags=["files"])

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"


@router.post("/uploads", response={201: None})
def create(request: ApiRequest) -> HttpResponse:
    """Announce a file by `Upload-Length` and `Upload-Metadata` (`filename`, `filetype`); `Location` takes pieces."""
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    upload = uploads.create(
        actor=request.actor,
        filename=said.get("filename", ""),
        mime=said.get("filetype", ""),
        size=_whole(request, "Upload-Length"),
    )
    return _answer(201, {"Location": f"/api/v1/uploads/{upload.upload_id}", "Upload-Offset": "0"})


@router.api_operation(["HEAD"], "/uploads/{upload_id}", response=None)
def position(request: ApiRequest, upload_id: str) -> HttpResponse:
    """How much has arrived: `Upload-Offset`."""
    upload = uploads.find(actor=request.actor, upload_id=upload_id)
    return _answer(
        200,
        {
            "Upload-Offset": str(upload.received),
            "Upload-Length": str(upload.size),
            "Cache-Control": "no-store",
        },
    )


@router.patch("/uploads/{upload_id}", response={204: None})
def append(request: ApiRequest, upload_id: str) -> HttpResponse:
    """The next piece, at `Upload-Offset`."""
    if request.content_type != PIECE:
        return _answer(415, {})
    upload = uploads.append(
        actor=request.actor, upload_id=upload_id, offset=_whole(request, "Upload-Offset"), body=request
    )
    return _answer(204, {"Upload-Offset": str(upload.received)})


@router.delete("/uploads/{upload_id}", response={204: None})
def cancel(request: ApiRequest, upload_id: str) -> HttpResponse:
    uploads.cancel(actor=request.actor, upload_id=upload_id)
    return _answer(204, {})


@router.post("/uploads/{upload_id}/finish", response=MediaOut)
def finish(request: ApiRequest, upload_id: str) -> dict[str, Any]:
    """When all bytes are here: checked, kept, and from then on a file that a message may show. Twice is one deed."""
    return media_out(uploads.finish(actor=request.actor, upload_id=upload_id))


def _answer(status: int, headers: dict[str, str]) -> HttpResponse:
    limits = {"Tus-Resumable": VERSION, "Tus-Version": VERSION, "Tus-Extension": "creation,termination"}
    return HttpResponse(
        status=status, headers={**limits, "Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES), **headers}
    )


def _whole(request: ApiRequest, name: str) -> int:
    value = whole(request.headers.get(name, ""))
    if value is None:
        raise BadInputError(field=name, message=_("缺少{name}，请重新选择文件。").format(name=name))
    return value


def _metadata(header: str) -> dict[str, str]:
    """Pairs of a key and a base64 value, by commas."""
    said: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _space, value = pair.partition(" ")
        try:
            said[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadInputError(
                field="Upload-Metadata", message=_("文件名无法识别，请重命名后再上传。")
            ) from None
    return said
