"""Reading a payload that anybody may have written: every look is tolerant, every text is clean. Pure."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bots.hooks.message import RefusedPayloadError

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
DEEPEST = 8


def clean(text: str) -> str:
    """Without characters that no event may carry, lines ended in one way."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def text(value: Any, key: str, default: str = "") -> str:
    """The text at `key`; whole numbers are taken as text, everything else is the default."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return clean(found) if isinstance(found, str) else default


def need_text(value: Any, key: str, where: str) -> str:
    """Raises RefusedPayloadError: missing (no such text), empty."""
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, str):
        raise RefusedPayloadError("missing", f"{where}.{key}")
    if not clean(found).strip():
        raise RefusedPayloadError("empty", f"{where}.{key}")
    return clean(found)


def part(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def need_part(value: Any, key: str) -> dict[str, Any]:
    """Raises RefusedPayloadError: missing."""
    found = part(value, key)
    if not found:
        raise RefusedPayloadError("missing", key)
    return found


def parts(value: Any, key: str) -> list[dict[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def texts(value: Any, key: str) -> tuple[str, ...]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, list):
        return ()
    return tuple(clean(str(one)) for one in found[:200] if isinstance(one, str | int) and str(one).strip())


def url(value: Any, key: str) -> str:
    """The http(s) address at `key`, or ""."""
    return web_url(text(value, key))


def web_url(found: str) -> str:
    """An http(s) address as it is, taken out of a `dingtalk://…?url=` if need be; "" for any other scheme."""
    found = found.strip()
    try:
        split = urlsplit(found)
        if split.scheme == "dingtalk":
            found = parse_qs(split.query).get("url", [""])[0]
            split = urlsplit(found)
    except ValueError:
        return ""
    return found if split.scheme in {"http", "https"} and split.netloc and not re.search(r"\s", found) else ""
