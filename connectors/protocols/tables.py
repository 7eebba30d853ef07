"""Rows of a .csv or .xlsx file as dictionaries of text, by the names in the first row that is not empty."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_ROWS, MOST_COLUMNS, MOST_CELL = 50_000, 500, 4000
MOST_UNPACKED = 100_000_000
ZIP = b"PK\x03\x04"
DELIMITERS = ",;\t|"


class TableError(Exception):
    """Reasons: encoding, not_table, empty, too_large, no_sheet."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_rows(raw: bytes, *, sheet: str = "", encoding: str = "") -> list[dict[str, str]]:
    """The rows below the names. `encoding`: else a byte order mark, UTF-8, then GB18030 decide. Raises TableError."""
    cells = _sheet(raw, sheet) if raw.startswith(ZIP) else _csv(raw, encoding)
    return list(_named(cells))


def _named(rows: Iterable[list[str]]) -> Iterator[dict[str, str]]:
    names: list[str] | None = None
    for number, row in enumerate(rows):
        if not any(cell.strip() for cell in row):
            continue
        if names is None:
            names = [cell.strip() for cell in row[:MOST_COLUMNS]]
            continue
        if number > MOST_ROWS:
            raise TableError("too_large")
        yield {name: cell.strip()[:MOST_CELL] for name, cell in zip(names, row, strict=False) if name}
    if names is None:
        raise TableError("empty")


def _csv(raw: bytes, encoding: str) -> Iterator[list[str]]:
    text = _decode(raw, encoding)
    if "\x00" in text:
        raise TableError("not_table")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as err:
        raise TableError("not_table") from err


def _decode(raw: bytes, encoding: str) -> str:
    for name in [encoding] if encoding else _encodings(raw):
        try:
            return raw.decode(name).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    raise TableError("encoding")


def _encodings(raw: bytes) -> list[str]:
    marked = {
        b"\xef\xbb\xbf": "utf-8-sig",
        b"\xff\xfe": "utf-16",
        b"\xfe\xff": "utf-16",
        b"\x84\x31\x95\x33": "gb18030",
    }
    known = [name for mark, name in marked.items() if raw.startswith(mark)]
    return known or ["utf-8", "gb18030"]


def _sheet(raw: bytes, name: str) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise TableError("too_large")
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        if not book.sheet_names or (name and name not in book.sheet_names):
            raise TableError("no_sheet")
        rows = book.get_sheet_by_name(name or book.sheet_names[0]).to_python()
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as err:
        raise TableError("not_table") from err
    yield from ([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact up to there
        return str(int(value))
    return str(value)
