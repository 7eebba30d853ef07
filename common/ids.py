"""Public identifiers (architecture §9, Ids). Database keys never leave the house; these do."""

import base64
import secrets
from uuid import UUID

from django.conf import settings
from uuid_utils.compat import uuid7


def new_uuid() -> UUID:
    """A UUIDv7 (RFC 9562): rises with time, so indexes stay compact."""
    return uuid7()


def new_room_id() -> str:
    """`!` + 22 url-safe characters + `:server`, a Matrix room id with a domain (version 11)."""
    return f"!{_url_safe(16)}:{settings.SERVER_NAME}"


def new_event_id() -> str:
    """`$` + 43 url-safe characters: the look of Matrix room versions 4 and later, but random."""
    return f"${_url_safe(32)}"


def new_secret() -> str:
    """256 random bits for cookies, tokens and one-time links; only their hash is stored."""
    return _url_safe(32)


def user_id(staff_number: str) -> str:
    return f"@{staff_number}:{settings.SERVER_NAME}"


def staff_number_of(user: str) -> str | None:
    """The staff number in `@number:our-server`, or None for a foreign or malformed user id."""
    localpart, _, server = user.removeprefix("@").partition(":")
    return localpart if user.startswith("@") and localpart and server == settings.SERVER_NAME else None


def _url_safe(octets: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(octets)).rstrip(b"=").decode()
