"""Text out of office documents, PDFs, plain files and archives. Runs in the limited child only; knows no Django.

Documents of the OOXML, ODF and OFD families are zips of XML: text is what stands in their text elements, one
paragraph, string or cell a line. The old binary formats are searched for runs of UTF-16 text, which is where Word,
Excel and WPS keep it; that finds marks but is not a reading, so such a file stays unchecked.
"""

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

MAX_CHARS = 4_000_000
MAX_MEMBER = 64 * 1024 * 1024
MAX_NAMES = 5_000
MAX_NESTED = 50
LONG_LINE = 1_000  # pieces
OVERLAP = 64
PAGES = 2_000
_TEXT_PARTS = ("word/", "xl/sharedstrings", "xl/worksheets/", "xl/comments", "ppt/slides/", "ppt/notesslides/",
               "docprops/", "content.xml", "meta.xml", "styles.xml", "doc_")  # fmt: skip
_HELD = frozenset(
    {"t", "f", "p", "h", "span", "a", "TextCode", "title", "subject", "keywords", "description"}
)
_ENDED = frozenset(
    {"p", "h", "si", "is", "c", "TextObject", "title", "subject", "keywords", "description", "br", "tr"}
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Reading:
    """What was found so far. `whole` turns False when a limit cut it short or a part could not be read."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._left = MAX_CHARS
        self.parts: list[str] = []
        self.whole = True

    def add(self, text: str) -> bool:
        """False when there is no room or time for more."""
        if len(text) > self._left or time.monotonic() > self._until:
            self.whole = False
            text = text[: self._left]
        self.parts.append(text)
        self._left -= len(text)
        return self.whole

    def text(self) -> str:
        return "\n".join(self.parts)


def read_text(path: Path, reading: Reading) -> None:
    """Add all text of the file; what cannot be read leaves `whole` False. Raises what a broken file makes raise."""
    with path.open("rb") as file:
        first = file.read(8)
        file.seek(0)
        _read(file, first, reading, depth=0)


def _read(file: IO[bytes], first: bytes, reading: Reading, depth: int) -> None:
    if first.startswith(b"PK"):
        _read_zip(file, reading, depth)
    elif first.startswith(b"%PDF-"):
        _read_pdf(file, reading)
    elif first.startswith(OLE):
        _read_runs(file.read(MAX_MEMBER), reading)
        reading.whole = False
    else:
        _read_plain(file.read(MAX_MEMBER), reading)


def _read_plain(raw: bytes, reading: Reading) -> None:
    text = decode(raw)
    if text is None:
        reading.whole = False
    else:
        reading.add(text)


def decode(raw: bytes) -> str | None:
    """A text file's text, or None for what is no text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if b"\x00" in raw:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = sum(1 for sign in text[:20_000] if not (sign.isprintable() or sign.isspace()))
        return text if odd * 50 <= len(text[:20_000]) else None
    return None


def _read_zip(file: IO[bytes], reading: Reading, depth: int) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MAX_NAMES:
            reading.whole = False
        names = [_name(member) for member in members[:MAX_NAMES]]
        is_document = any(name in {"[Content_Types].xml", "content.xml", "OFD.xml"} for name in names)
        if not is_document:
            reading.add("\n".join(part for name in names for part in name.split("/") if part))
        nested = 0
        for member, name in zip(members, names, strict=False):
            if member.is_dir():
                continue
            if member.flag_bits & 1 or member.file_size > MAX_MEMBER:
                reading.whole = False
                continue
            if is_document:
                if name.lower().startswith(_TEXT_PARTS) and name.lower().endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        _read_xml(part, reading)
                continue
            nested += 1
            if depth or nested > MAX_NESTED:
                reading.whole = False
                continue
            with archive.open(member) as part:
                first = part.read(8)
            with archive.open(member) as part:
                try:
                    _read(part, first, reading, depth + 1)
                except Exception:  # noqa: BLE001 - one broken member leaves the others readable
                    reading.whole = False


def _name(member: zipfile.ZipInfo) -> str:
    """Chinese Windows writes GBK names without saying so; zipfile takes them for cp437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


class _Lines:
    """What an XML parser meets, as lines: the text of held elements, ended where a paragraph or a cell ends."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._line: list[str] = []
        self._held = 0

    def start(self, tag: str, _attributes: object) -> None:
        self._held += _local(tag) in _HELD

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._held -= name in _HELD
        if name in {"tab", "s"}:
            self._line.append(" ")
        if name in _ENDED and self._line:
            self.close()

    def characters(self, text: str) -> None:
        if not self._held:
            return
        self._line.append(text)
        if len(self._line) > LONG_LINE:
            # Without end: counted in time, with an overlap so that no mark falls between.
            whole = "".join(self._line)
            self._reading.add(whole)
            self._line = [whole[-OVERLAP:]]

    def close(self) -> None:
        self._reading.add("".join(self._line))
        self._line.clear()


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse_entities(*_: object) -> None:
    raise ValueError("entities are not read")


def _read_xml(part: IO[bytes], reading: Reading) -> None:
    lines = _Lines(reading)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = lines.start, lines.end
    parser.CharacterDataHandler = lines.characters
    parser.EntityDeclHandler = _refuse_entities
    for chunk in _chunks(part):
        parser.Parse(chunk, False)
        if not reading.whole:
            return
    parser.Parse(b"", True)
    lines.close()


def _chunks(part: IO[bytes]) -> Iterator[bytes]:
    taken = 0
    while (chunk := part.read(256 * 1024)) and taken <= MAX_MEMBER:
        taken += len(chunk)
        yield chunk


def _read_pdf(file: IO[bytes], reading: Reading) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(file.read())
    try:
        seen = 0
        for number in range(min(len(document), PAGES)):
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            page.close()
            seen += len(text.strip())
            if not reading.add(text.replace("\r\n", "\n")):
                return
        if len(document) > PAGES or not seen:  # scanned pages are pictures of text
            reading.whole = False
    finally:
        document.close()


def _read_runs(raw: bytes, reading: Reading) -> None:
    """Runs of four and more readable UTF-16 characters, at either alignment, and of GBK text."""
    for shift in (0, 1):
        text = raw[shift:].decode("utf-16-le", "replace")
        run: list[str] = []
        for sign in text:
            if sign.isprintable() and (
                "\u4e00" <= sign <= "\u9fff" or sign < "\u0100" or sign in "★☆　：（）【】"
            ):
                run.append(sign)
                continue
            if len(run) > 1 and not reading.add("".join(run)):
                return
            run.clear()
        if run:
            reading.add("".join(run))
