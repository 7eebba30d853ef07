"""Secrets of hooks: tokens that are shown once and kept as hashes, and signing secrets that are not kept at all."""

import hashlib
import hmac
import secrets
import string
from uuid import UUID

from django.conf import settings

# The products' own clients check the form of a token: letters and digits are right for every one of them.
ALPHABET = string.ascii_letters + string.digits
LENGTH = 32


def new_token() -> str:
    """190 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_nonce() -> str:
    return secrets.token_hex(16)


def signing_secret(hook_id: UUID, nonce: str) -> str:
    """`SEC` and 64 hexadecimal digits, made from the site's SECRET_KEY; a new nonce makes another."""
    key = hashlib.sha256(b"bots.hooks.sign" + settings.SECRET_KEY.encode()).digest()
    return "SEC" + hmac.new(key, f"{hook_id}:{nonce}".encode(), hashlib.sha256).hexdigest()
