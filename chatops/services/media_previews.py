"""Previews: thumbnails, and pages of PDFs; with a watermark where downloading is not allowed."""

import functools
import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from chatops.services.extracts import rendered_page
from chatops.services.media import Found, access_media, read_key
from chatops.store import media_files
from common import clock
from common.errors import NotFoundError
from directory.actors import Actor

_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
)


@dataclass(frozen=True)
class Preview:
    body: bytes
    mime: str
    etag: str


def thumbnail(*, actor: Actor, media_id: str, width: int, height: int) -> Preview:
    """The smallest kept thumbnail that fills `width` by `height`, else the largest.

    Raises NotFoundError for a file that is not the actor's to see, or has no picture.
    """
    found = access_media(actor=actor, media_id=media_id)
    thumbs = found.media.info.get("thumbs") or {}
    if not thumbs:
        raise NotFoundError(message=_("此文件没有预览图，请下载后查看。"))
    by_size = sorted(thumbs.items(), key=lambda pair: int(pair[0]))
    fitting = [pair for pair in by_size if pair[1][1] >= width or pair[1][2] >= height]
    size, picture = fitting[0] if fitting else by_size[-1]
    name = picture[0]
    body = b"".join(read_key(f"{found.media.preview_key}/{name}"))
    kind = "image/png" if name.endswith(".png") else "image/jpeg"
    return _guarded(found, actor, Preview(body, kind, f"{found.media.sha256[:32]}-{size}"))


def page(*, actor: Actor, media_id: str, number: int) -> Preview:
    """Page `number` (from 1) of a PDF as a picture; made at the first call, kept for the next.

    Raises NotFoundError: not the actor's to see, no PDF, no such page, or a page that cannot be drawn.
    """
    found = access_media(actor=actor, media_id=media_id)
    if not 1 <= number <= int(found.media.info.get("pages", 0)):
        raise NotFoundError(message=_("没有这一页，请返回后重新打开。"))
    key = f"{found.media.preview_key}/p{number}.jpg"
    try:
        body = b"".join(media_files.files().read(key))
    except FileNotFoundError:
        body = _draw(found, number, key)
    return _guarded(found, actor, Preview(body, "image/jpeg", f"{found.media.sha256[:32]}-p{number}"))


def _draw(found: Found, number: int, key: str) -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="page-", dir=media_files.incoming()))
    try:
        source = folder / "source"
        with source.open("wb") as file:
            file.writelines(found.read())
        with rendered_page(source, number - 1) as made:
            if made is None or not made.is_file():
                raise NotFoundError(message=_("这一页无法预览，请下载后查看。"))
            body = made.read_bytes()
            media_files.files().put(key, made)
        return body
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _guarded(found: Found, actor: Actor, preview: Preview) -> Preview:
    if not found.guarded:
        return preview
    return Preview(watermark(preview.body, actor), "image/jpeg", f"{preview.etag}-{actor.staff_number}")


def watermark(body: bytes, actor: Actor) -> bytes:
    """The picture with who looked at it and on which day written across; a JPEG."""
    with Image.open(io.BytesIO(body)) as opened:
        picture = Image.new("RGB", opened.size, "white")
        clear = opened.convert("RGBA")
        picture.paste(clear, mask=clear.getchannel("A"))
    font, can_chinese = _font(max(12, picture.width // 36))
    words = f"{actor.staff_number} {clock.today():%Y-%m-%d}"
    if can_chinese:
        words = f"{actor.name} {words}"
    width = int(font.getlength(words)) + 40
    side = int((picture.width**2 + picture.height**2) ** 0.5)
    layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    step = max(60, int(font.size * 6))
    for row, y in enumerate(range(0, side, step)):
        for x in range(-(row % 2) * width // 2, side, width):
            draw.text((x + 1, y + 1), words, font=font, fill=(255, 255, 255, 70))
            draw.text((x, y), words, font=font, fill=(60, 70, 90, 70))
    layer = layer.rotate(18, resample=Image.Resampling.BILINEAR)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    layer = layer.crop((left, top, left + picture.width, top + picture.height))
    picture.paste(layer, mask=layer)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


@functools.lru_cache(maxsize=16)
def _font(size: int) -> tuple[ImageFont.FreeTypeFont, bool]:
    """A font with Chinese where the system has one; else number and day are written in Pillow's own."""
    for path in _FONTS:
        if Path(path).is_file():
            return ImageFont.truetype(path, size), True
    plain = ImageFont.load_default(size)
    if not isinstance(plain, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType")  # noqa: TRY004 - a broken installation, no argument
    return plain, False
