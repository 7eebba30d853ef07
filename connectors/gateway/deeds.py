"""What a line makes of the bytes it gets: deeds to be stored, each with the answer that is owed for it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from connectors.items import Item, Rejection


@dataclass
class Deed:
    """One frame or message.

    Attributes:
        error: why nothing of it can be used; it is kept and shown all the same.
        answer, send: what is owed once it is stored, and the line that it goes down; answers of one line go together.
        done: called once it is stored, where an answer is no bytes.
        joins: whether payloads of this kind can stand one behind the other in one row.
    """

    payload: bytes
    sender: str
    items: tuple[Item, ...] = ()
    error: str = ""
    rejections: tuple[Rejection, ...] = ()
    answer: bytes = b""
    send: Callable[[bytes], None] | None = None
    done: Callable[[], object] | None = None
    joins: bool = True
    frames: int = 1


class Line(Protocol):
    """One connection's protocol. Neither method raises, whatever comes."""

    def feed(self, chunk: bytes) -> list[tuple[Deed, bytes]]:
        """Deeds, each with the answer to send once it is stored (b"" for none)."""

    def close(self) -> list[tuple[Deed, bytes]]:
        """What is left when the connection ends or a frame does not come to its end."""

    @property
    def waits(self) -> bool:
        """Whether a frame has begun and not ended."""


class Seen:
    """The last keys of a listener: the same data sent again count once."""

    def __init__(self, most: int = 20_000) -> None:
        self._keys: OrderedDict[Hashable, None] = OrderedDict()
        self._most = most

    def is_new(self, key: Hashable) -> bool:
        if key in self._keys:
            self._keys.move_to_end(key)
            return False
        self._keys[key] = None
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)
        return True
