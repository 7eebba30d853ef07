"""Signatures with a shared secret: of our requests (AppKey with HMAC), and of messages that are pushed to us."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl, quote

from connectors.config import Auth


def digest(secret: str, text: bytes, *, algorithm: str = "sha256", encoding: str = "hex") -> str:
    raw = hmac.new(secret.encode(), text, algorithm).digest()
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


def body_digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def canonical_query(query: str) -> str:
    """The parameters in order of their names, each percent-encoded."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def signed_headers(
    auth: Auth,
    secret: str,
    *,
    method: str,
    path: str,
    query: str,
    body: bytes,
    now: datetime,
    nonce: str = "",
) -> dict[str, str]:
    """The headers of a signed request. The time is in milliseconds; the body counts by its SHA-256 in hex."""
    said = {
        "method": method.upper(),
        "path": path,
        "query": canonical_query(query),
        "app_key": auth.app_key,
        "timestamp": str(int(now.timestamp() * 1000)),
        "nonce": nonce or secrets.token_hex(16),
        "body": body_digest(body),
    }
    text = auth.separator.join(said[name] for name in auth.signed)
    said["signature"] = digest(secret, text.encode(), algorithm=auth.digest, encoding=auth.encoding)
    return {header: said[name] for name, header in auth.headers.items() if header}


def is_signed(secret: str, parts: Sequence[str], body: bytes, said: str) -> bool:
    """Whether `said` is the hex HMAC-SHA256 of the parts, one a line, and the body after them."""
    text = "\n".join(parts).encode() + b"\n" + body
    return hmac.compare_digest(digest(secret, text).encode(), said.strip().lower().encode())
