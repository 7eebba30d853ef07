"""What a column of text can hold."""

from collections.abc import Iterator
from typing import Any


def can_be_kept(text: str) -> bool:
    """PostgreSQL holds no NUL, and half of a surrogate pair is no character."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def unkeepable(value: Any) -> Iterator[str]:
    """The texts within a JSON value, keys among them, that no column can hold."""
    if isinstance(value, str):
        if not can_be_kept(value):
            yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from unkeepable(key)
            yield from unkeepable(one)
    elif isinstance(value, list):
        for one in value:
            yield from unkeepable(one)
