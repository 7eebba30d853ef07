"""What the framers of all protocols share: cutting a stream, the checksums, and bytes that are no frame."""

import re
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

BAD_KEPT_BYTES = 2000
PENDING_MOST = 256  # messages in several packets that are not whole yet
_MOMENT = re.compile(r"[0-9]{14}")
Whole = TypeVar("Whole")


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that cannot be used. `raw` is their beginning.

    Reasons: noise (no frame starts here), checksum, cut (the line ended within a frame), too_long, control
    (a byte that must be a control character is none), malformed (the frame is whole, its content is not).
    """

    reason: str
    raw: bytes


def bad(reason: str, raw: bytes | bytearray) -> BadFrame:
    return BadFrame(reason, bytes(raw[:BAD_KEPT_BYTES]))


class Framer(ABC, Generic[Whole]):
    """Cuts a byte stream into frames. What was cut does not depend on how the stream was divided.

    Whatever comes, nothing is raised, and nothing waits for more than one frame.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_noise = False

    def feed(self, chunk: bytes) -> list[Whole | BadFrame]:
        self._buffer += chunk
        return list(self._cut())

    def close(self) -> list[Whole | BadFrame]:
        """The line ended, or nothing came for long: what waits within an unfinished frame is looked through."""
        found: list[Whole | BadFrame] = []
        while self._buffer:
            if not self._in_noise and self._says(self._buffer):
                found.append(bad("cut", self._buffer))
            self._in_noise = True
            del self._buffer[:1]
            found.extend(self._cut())
        self._in_noise = False
        return found

    @property
    def waits(self) -> bool:
        """Whether the beginning of a frame is waiting for its end."""
        return bool(self._buffer)

    @abstractmethod
    def _cut(self) -> Iterator[Whole | BadFrame]:
        """The frames that are whole, taken off the buffer."""

    def _says(self, raw: bytes | bytearray) -> bool:
        """Whether bytes between frames are worth a word."""
        return bool(raw)

    def _noise(self, length: int) -> Iterator[BadFrame]:
        """Pass over bytes that begin no frame; told once until the next frame."""
        raw = bytes(self._buffer[:length])
        del self._buffer[:length]
        if not self._in_noise and self._says(raw):
            self._in_noise = True
            yield bad("noise", raw)


@dataclass(frozen=True, slots=True)
class Place:
    """Which packet of which message a frame is; `number` counts from 1."""

    key: Hashable
    number: int
    total: int


class Joiner(ABC, Generic[Whole]):
    """Puts messages of several packets together. Packets may come twice and in any order."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, dict[int, Whole]] = OrderedDict()

    def add(self, frame: Whole) -> Whole | None:
        """The whole message when this packet completes it, else None."""
        place = self._place(frame)
        if place is None:
            return frame
        parts = self._waiting.setdefault(place.key, {})
        self._waiting.move_to_end(place.key)
        parts[place.number] = frame
        if len(parts) < place.total:
            while len(self._waiting) > PENDING_MOST:
                self._waiting.popitem(last=False)
            return None
        del self._waiting[place.key]
        return self._join([parts[number] for number in sorted(parts)])

    def missing(self, frame: Whole) -> list[int]:
        """The numbers that are still to come of this packet's message."""
        place = self._place(frame)
        parts = self._waiting.get(place.key) if place else None
        return [one for one in range(1, place.total + 1) if one not in parts] if place and parts else []

    @abstractmethod
    def _place(self, frame: Whole) -> Place | None:
        """None for a frame that is a whole message."""

    @abstractmethod
    def _join(self, parts: Sequence[Whole]) -> Whole:
        """One message of all packets in order."""


def moment_of(text: str) -> datetime | None:
    """YYYYMMDDhhmmss at its beginning, local time as the device says it. By hand: strptime takes ten times as long."""
    if not _MOMENT.match(text):
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:14])
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - see above
    except ValueError:
        return None


def _reflected_table() -> tuple[int, ...]:
    """What eight shifts make of each low byte; polynomial A001."""
    table = []
    for start in range(256):
        value = start
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


_TABLE = _reflected_table()
_HIGH = bytes(value >> 8 for value in _TABLE)


def crc_hj212(data: bytes) -> int:
    """HJ 212-2017, annex A: the high byte is taken up before the shifts. Not the Modbus CRC."""
    high = 0xFF
    for byte in data[:-1]:  # each step looks at the high byte alone
        high = _HIGH[high ^ byte]
    return _TABLE[high ^ data[-1]] if data else 0xFFFF


def crc_modbus(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc
