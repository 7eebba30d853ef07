"""How an app signs a call: HMAC-SHA256 with its secret over method, path, time, nonce and the body's digest. Pure."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
MOST_NONCE = 80


@dataclass(frozen=True)
class Call:
    """What was signed; `path` with its query as it was sent, `timestamp` in seconds as text."""

    method: str
    path: str
    timestamp: str
    nonce: str
    body: bytes


def sign(secret: str, call: Call) -> str:
    """Hexadecimal."""
    digest = hashlib.sha256(call.body).hexdigest()
    text = f"{call.method.upper()}\n{call.path}\n{call.timestamp}\n{call.nonce}\n{digest}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def holds(secret: str, call: Call, signature: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(sign(secret, call), signature.lower())


def is_recent(call: Call, now: datetime) -> bool:
    """Whether the call was signed within five minutes of now."""
    text = call.timestamp
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):  # noqa: PLR2004 - seconds
        return False
    return abs(now.timestamp() - int(text)) <= WINDOW.total_seconds()
