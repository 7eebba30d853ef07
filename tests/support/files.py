"""Small real files of many kinds, made here byte by byte or by the libraries that read them."""

import io
import zipfile
from collections.abc import Mapping

from PIL import Image


def picture(width: int = 640, height: int = 480, kind: str = "PNG", **more) -> bytes:
    """Left half red, right half blue, so that turning shows."""
    made = Image.new("RGB", (width, height), (200, 30, 30))
    made.paste((30, 30, 200), (width // 2, 0, width, height))
    out = io.BytesIO()
    made.save(out, kind, **more)
    return out.getvalue()


def photo(width: int = 640, height: int = 480, turned: int = 6) -> bytes:
    """A JPEG as a phone makes it: turned by EXIF, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif.get_ifd(0x8825).update({1: "N", 2: (29.0, 52.0, 30.0), 3: "E", 4: (114.0, 19.0, 10.0)})
    return picture(width, height, "JPEG", exif=exif)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


_TYPES = {"[Content_Types].xml": "<Types/>"}


def docx(*lines: str, split: bool = False) -> bytes:
    """`split`: each character in a run of its own, as Word leaves them after editing."""

    def runs(line: str) -> str:
        return "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in (line if split else [line]))

    body = "".join(f"<w:p>{runs(line)}</w:p>" for line in lines)
    return zipped(
        {**_TYPES, "word/document.xml": f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'}
    )


def xlsx(*cells: str) -> bytes:
    strings = "".join(f"<si><t>{cell}</t></si>" for cell in cells)
    return zipped(
        {**_TYPES, "xl/workbook.xml": "<workbook/>", "xl/sharedStrings.xml": f"<sst>{strings}</sst>"}
    )


def pptx(*lines: str) -> bytes:
    body = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return zipped({**_TYPES, "ppt/slides/slide1.xml": f'<p:sld xmlns:p="p" xmlns:a="a">{body}</p:sld>'})


def pdf(text: str, pages: int = 1) -> bytes:
    """Pages that say `text`: codes 1, 2, … of a font that tells by ToUnicode which characters they are."""
    codes = "".join(f"{place:02x}" for place in range(1, len(text) + 1))
    pairs = "\n".join(f"<{place:02x}> <{ord(sign):04x}>" for place, sign in enumerate(text, 1))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(text)} beginbfchar\n{pairs}\nendbfchar\n"
        "endcmap end end"
    )
    content = f"BT /F 24 Tf 60 700 Td <{codes}> Tj ET"
    kids = " ".join(f"{6 + number} 0 R" for number in range(pages))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 5 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    fonts = "/Resources << /Font << /F 3 0 R >> >>"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R {fonts} >>"
    bodies += [page] * pages
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(bodies) + 1
    head = f"xref\n0 {count}\n0000000000 65535 f \n{table}"
    end = f"{head}trailer << /Size {count} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode()


def ole(text: str) -> bytes:
    """The shell of an old Word or WPS file, with its text as such files keep it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + text.encode("utf-16-le") + bytes(500)
