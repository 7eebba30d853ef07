"""Positions as clients hold them: opaque, but with an epoch, so that a restored database is noticed.

`s<epoch>_<pos>_<typing>` marks a place in the stream, `t<seq>` a place between two events of one room: `t5` is after
the fifth. `typing` is a number that changes with each change of who is typing; `_f` tells apart two answers at the same
place, since matrix-nio throws an answer away whose token equals the last (matrix.md §2.1).
"""

import re
from dataclasses import dataclass

from chatops.matrix.errors import MatrixError

_SYNC = re.compile(r"s([0-9A-Za-z]{1,32})_(\d{1,18})_(\d{1,18})(_f)?")
_PAGE = re.compile(r"t(\d{1,18})")


@dataclass(frozen=True, slots=True)
class SyncToken:
    epoch: str
    pos: int
    typing: int
    flip: bool = False

    def __str__(self) -> str:
        return f"s{self.epoch}_{self.pos}_{self.typing}{'_f' if self.flip else ''}"


def bad_token(name: str) -> MatrixError:
    return MatrixError(400, "M_UNKNOWN", f"{name} is not a token of this server")


def read_sync(text: str, name: str = "since") -> SyncToken:
    """Raises MatrixError M_UNKNOWN."""
    found = _SYNC.fullmatch(text) if text.isascii() else None
    if found is None:
        raise bad_token(name)
    epoch, pos, typing, flip = found.groups()
    return SyncToken(epoch, int(pos), int(typing), flip is not None)


def page_token(seq: int) -> str:
    return f"t{seq}"


def read_page(text: str, name: str) -> int | SyncToken:
    """A place in the room, or a sync token that still has to be mapped to one. Raises MatrixError M_UNKNOWN."""
    if text.isascii() and (found := _PAGE.fullmatch(text)):
        return int(found.group(1))
    return read_sync(text, name)
