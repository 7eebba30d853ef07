"""What a file is, by its content first and by its word last; what may be shown in place; what is not taken at all."""

import re

import filetype
from django.utils.translation import gettext as _

from chatops.services.extracts_text import OLE, decode
from common.errors import BadInputError

MAX_FILENAME = 200
HEAD = 8192  # bytes that tell a type
OPAQUE = "application/octet-stream"
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
# What browsers may show in place, sandboxed; everything else is only saved.
SHOWN = IMAGES | {
    "application/pdf", "text/plain", "audio/mpeg", "audio/ogg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/aac",
    "audio/m4a", "video/mp4", "video/webm", "video/quicktime", "video/x-m4v",
}  # fmt: skip
_ARCHIVES = frozenset({"application/zip", "application/epub+zip"})
# Windows, Linux and macOS programs, shell scripts, Java classes: no business in an office's chat.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\xca\xfe\xba\xbe", b"#!")
_PROGRAM_NAMES = frozenset(
    ("bat", "cmd", "com", "cpl", "exe", "hta", "jar", "js", "jse", "lnk", "msc", "msi", "ps1", "reg", "scr", "sh", "vb",
     "vbe", "vbs", "wsf", "wsh")
)  # fmt: skip
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")


def honest_type(declared: str, first: bytes) -> str:
    """The type that the first bytes show; the declared one only where they say nothing and it can run nothing."""
    declared = declared.split(";", 1)[0].strip().lower()
    may_be = bool(_MIME.fullmatch(declared)) and declared.startswith("application/")
    is_document = may_be and not declared.endswith(("html", "xml", "script"))
    found = filetype.guess_mime(first) if first else None
    if (
        first.startswith(OLE) or found in _ARCHIVES
    ):  # Word, Excel, PowerPoint, WPS, ODF, OFD look alike from outside
        family = declared if is_document and declared not in SHOWN else None
        return family or ("application/x-ole-storage" if first.startswith(OLE) else "application/zip")
    if found:
        return str(found)
    if declared in {"text/plain", "text/csv"} and decode(first[: HEAD - 4]) is not None:
        return declared
    return declared if is_document and declared not in SHOWN else OPAQUE


def refuse_programs(first: bytes) -> None:
    """Raises BadInputError."""
    if first.startswith(_PROGRAMS):
        raise BadInputError(field="file", message=_("不能上传程序或脚本，请改为文档、图片或压缩包。"))


def clean_filename(name: str) -> str:
    """The last part of a path, without control characters.

    Raises BadInputError beyond 200 characters and for the name of a program.
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in name if sign.isprintable()).strip().strip(".")
    if len(name) > MAX_FILENAME:
        raise BadInputError(
            field="filename", message=_("文件名请控制在 {most} 字以内。").format(most=MAX_FILENAME)
        )
    if name.rpartition(".")[2].lower() in _PROGRAM_NAMES and "." in name:
        raise BadInputError(field="filename", message=_("不能上传程序或脚本，请改为文档、图片或压缩包。"))
    return name


def kind_of(mime: str) -> str:
    """image, video, audio or file: Matrix's message types without their `m.`."""
    kind = mime.partition("/")[0]
    if kind == "image" and mime not in IMAGES:
        return "file"
    return kind if kind in {"image", "video", "audio"} and mime in SHOWN else "file"
