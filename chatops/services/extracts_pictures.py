"""Pictures of pictures and of pages: sizes, thumbnails, rendered pages. Runs in the limited child; knows no Django."""

import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

SIZES = (480, 1600)
PAGE_WIDTH = 1240
MOST_PIXELS = 80_000_000
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def picture_facts(path: Path, folder: Path) -> dict[str, Any]:
    """{w, h, thumbs: {size: [file, w, h]}}: upright, without what the camera knew of place and person.

    Raises whatever a broken or boundless picture makes raise.
    """
    with Image.open(path) as opened:
        full = _upright_size(opened)
        if opened.format == "JPEG":
            opened.draft("RGB", (SIZES[-1], SIZES[-1]))  # decoded no larger than needed
        upright = ImageOps.exif_transpose(opened)
        return {"w": full[0], "h": full[1], "thumbs": thumbs(upright, folder)}


def pdf_facts(path: Path, folder: Path) -> dict[str, Any]:
    """{pages, thumbs} with the first page as the picture."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        facts: dict[str, Any] = {"pages": len(document)}
        if len(document):
            facts["thumbs"] = thumbs(_render(document, 0), folder)
        return facts
    finally:
        document.close()


def page_picture(path: Path, number: int, target: Path) -> None:
    """Page `number` (from 0) as a JPEG of PAGE_WIDTH pixels. Raises IndexError beyond the last."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        if not 0 <= number < len(document):
            raise IndexError(number)
        _render(document, number).save(target, "JPEG", quality=82)
    finally:
        document.close()


def thumbs(picture: Image.Image, folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = {}
    clear = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    for size in SIZES:
        small = picture.copy()
        small.thumbnail((size, size), Image.Resampling.LANCZOS)
        name = f"{size}.png" if clear else f"{size}.jpg"
        if clear:
            small.save(folder / name, "PNG", optimize=True)
        else:
            small.save(folder / name, "JPEG", quality=82, optimize=True)
        made[str(size)] = [name, *small.size]
    return made


def _render(document: Any, number: int) -> Image.Image:
    page = document[number]
    width, height = page.get_size()
    scale = min(PAGE_WIDTH / max(width, 1), 4 * PAGE_WIDTH / max(height, 1))
    return page.render(scale=scale).to_pil().convert("RGB")  # type: ignore[no-any-return]


def _upright_size(opened: Image.Image) -> tuple[int, int]:
    turned = opened.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    return (opened.height, opened.width) if turned else (opened.width, opened.height)
