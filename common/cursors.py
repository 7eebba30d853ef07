"""Whole numbers that come as text, cursors of pages among them."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import BadInputError

BIGINT_DIGITS = 18
OFFSET_DIGITS = 9


def whole(text: str, digits: int = BIGINT_DIGITS) -> int | None:
    """The number that at most so many ASCII digits spell, else None.

    `int` takes signs, blanks, underscores and the digits of every script, at any length.
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def bad_cursor() -> BadInputError:
    return BadInputError(field="cursor", message=_("翻页位置无效，请从第一页重新查看。"))


def offset_of(cursor: str | None) -> int:
    """A cursor that is an offset; none is the first page. Clients treat it as opaque. Raises BadInputError."""
    offset = whole(cursor, OFFSET_DIGITS) if cursor else 0
    if offset is None:
        raise bad_cursor()
    return offset


def key_of(cursor: str | None) -> int | None:
    """A cursor that is a row's key; none is the first page. Raises BadInputError."""
    if not cursor:
        return None
    key = whole(cursor)
    if key is None:
        raise bad_cursor()
    return key


def moment_cursor(moment: datetime, key: UUID) -> str:
    """A cursor that is a row's moment and key, for pages in the order of time."""
    return f"{moment.isoformat()}~{key}"


def moment_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """What `moment_cursor` made; none is the first page. Raises BadInputError."""
    if not cursor:
        return None
    text, _sep, key = cursor.partition("~")
    try:
        moment, found = datetime.fromisoformat(text), UUID(key)
    except ValueError as err:
        raise bad_cursor() from err
    if moment.tzinfo is None:
        raise bad_cursor()
    return moment, found
