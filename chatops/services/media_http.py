"""How a file is answered over HTTP, the same on REST and Matrix: headers that let nothing run, names, ranges. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; frame-ancestors 'self'"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Part:
    """Bytes start…end, both included, of `size`."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.end}/{self.size}"


class RangeError(ValueError):
    """The range lies outside: 416."""


def parse_range(value: str, size: int) -> Part | None:
    """A `Range` header (RFC 9110 §14). None for none, for several ranges and for what is no range: all is sent.

    Raises RangeError for a range outside the file.
    """
    match = _RANGE.fullmatch(value.strip().replace(" ", ""))
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        if not length or not size:
            raise RangeError
        return Part(max(0, size - length), size - 1, size)
    start, end = int(first), min(int(last) if last else size - 1, size - 1)
    if last and int(last) < start:
        return None
    if start >= size:
        raise RangeError
    return Part(start, end, size)


def file_headers(*, mime: str, filename: str, size: int, etag: str, shown: bool) -> dict[str, str]:
    """Headers of a whole file; `shown`: in place, else to be saved."""
    return {
        "Content-Type": f"{mime}; charset=utf-8" if mime == "text/plain" else mime,
        "Content-Length": str(size),
        "Content-Disposition": disposition(filename, shown=shown),
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{etag}"',
        "Accept-Ranges": "bytes",
        # Compression in between would break lengths and ranges.
        "Content-Encoding": "identity",
    }


def disposition(filename: str, *, shown: bool) -> str:
    """RFC 6266: an ASCII name for old clients, the real one in UTF-8."""
    kind = "inline" if shown else "attachment"
    if not filename:
        return kind
    plain = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in filename
    )
    return f"{kind}; filename=\"{plain}\"; filename*=utf-8''{quote(filename, safe='')}"
