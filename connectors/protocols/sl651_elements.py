"""What stands in the body of an SL 651-2014 message: elements to measured values.

An element is its id, a definer (high five bits: bytes, low three: decimals) and the value in BCD. Decimals come from
the definer, never from a table.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.protocols.frames import moment_of
from connectors.protocols.sl651 import BODY_HEAD, FUNCTIONS, SERIES, Packet, is_bcd

STATION, OBSERVED, TYPED, PICTURE, STEP = 0xF1, 0xF0, 0xF2, 0xF3, 0x04
FIVE_MINUTE_RAIN, FIVE_MINUTE_STAGE, LAST_STAGE = 0xF4, 0xF5, 0xFC
STATUS, EXTENDED = 0x45, 0xFF
GROUPED = frozenset({STEP, STATUS, *range(FIVE_MINUTE_RAIN, LAST_STAGE + 1)})
STEP_BYTES = 3
RAIN_5_MIN = 0x22
MISSING = 0xFF


@dataclass(frozen=True, slots=True)
class Value:
    """One element at one moment (local time). `element` is its id, in hexadecimal and in lower case."""

    element: str
    value: Decimal
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A message read. `text` is what a person typed at the station (function 35)."""

    station: str
    function: int
    serial: int
    sent_at: datetime | None
    values: tuple[Value, ...]
    faults: tuple[tuple[str, str], ...]  # element, reason: number, time, cut, element
    text: str = ""


def read_report(packet: Packet) -> Report | None:
    """The values of a whole message; None for functions that bring none and for bodies without a head."""
    body = packet.body
    if packet.function not in FUNCTIONS or len(body) < BODY_HEAD:
        return None
    reader = _Elements(body[BODY_HEAD:], packet)
    reader.read(_time(body[2:BODY_HEAD]))
    return Report(
        reader.station, packet.function, int.from_bytes(body[:2]), reader.sent_at, tuple(reader.values),
        tuple(reader.faults), reader.text,
    )  # fmt: skip


class _Elements:
    """Reads the elements after the head of a body, one after the other; stops where it cannot go on."""

    def __init__(self, body: bytes, packet: Packet) -> None:
        self.body, self.at = body, 0
        self.function = packet.function
        self.station = packet.station
        self.values: list[Value] = []
        self.faults: list[tuple[str, str]] = []
        self.text = ""
        self.sent_at: datetime | None = None
        self.observed_at: datetime | None = None
        self.step = timedelta()

    def read(self, sent_at: datetime | None) -> None:
        self.sent_at = self.observed_at = sent_at
        while self.at < len(self.body):
            before = self.at
            if not self._one():
                self.faults.append((self.body[before : before + 2].hex(), "cut"))
                return

    def _take(self, length: int) -> bytes | None:
        part = self.body[self.at : self.at + length]
        self.at += length
        return part if len(part) == length else None

    def _one(self) -> bool:
        head = self._take(2)
        if head is None:
            return False
        if head[0] == head[1] and head[0] in {STATION, OBSERVED, TYPED, PICTURE}:
            return self._named(head[0])
        if head[0] == EXTENDED:
            more = self._take(1)
            return more is not None and self._measured(f"ff{head[1]:02x}", more[0])
        return self._grouped(*head) if head[0] in GROUPED else self._measured(f"{head[0]:02x}", head[1])

    def _named(self, element: int) -> bool:
        if element in {STATION, OBSERVED}:
            return self._head(element)
        rest, self.at = self.body[self.at :], len(self.body)
        if element == TYPED:
            self.text = rest.decode("gb18030", "replace").replace("\x00", "�")[:2000]
        return True

    def _grouped(self, element: int, definer: int) -> bool:
        length = definer >> 3
        if element == STATUS:
            return self._take(length) is not None  # bits of the station itself, no measured values
        if element == STEP:
            return self._step(length)
        return self._five_minutes(element, length)

    def _measured(self, name: str, definer: int) -> bool:
        length, decimals = definer >> 3, definer & 7
        if not length:
            return False  # nothing says where the next element begins
        if self.function == SERIES and self.step:
            return self._series(name, length, decimals)
        raw = self._take(length)
        if raw is not None:
            self._value(name, raw, decimals, self.observed_at)
        return raw is not None

    def _head(self, element: int) -> bool:
        raw = self._take(6 if element == STATION else 5)
        if raw is None:
            return False
        if element == STATION:
            self.station = raw[:5].hex() if all(map(is_bcd, raw[:5])) else self.station
        else:
            self.observed_at = _time(raw + b"\x00")
            if self.observed_at is None:
                self.faults.append(("f0f0", "time"))
        return True

    def _step(self, length: int) -> bool:
        """Days, hours and minutes between the values of a series."""
        raw = self._take(length)
        if raw is None:
            return False
        if length == STEP_BYTES and all(map(is_bcd, raw)):
            days, hours, minutes = (int(f"{byte:02x}") for byte in raw)
            self.step = timedelta(days=days, hours=hours, minutes=minutes)
        return True

    def _series(self, name: str, length: int, decimals: int) -> bool:
        """The id came once; values follow to the end, but for a supply voltage that closes the message."""
        rest = self.body[self.at :]
        closes = len(rest) % length == 4 % length and rest[-4:-2] == b"\x38\x12"
        count = (len(rest) - (4 if closes else 0)) // length
        if not count:
            return False
        moment = self.observed_at
        for _ in range(count):
            self._value(name, self._take(length) or b"", decimals, moment)
            moment = moment and _later(moment, self.step)
        return True

    def _five_minutes(self, element: int, length: int) -> bool:
        """Twelve values of the hour that ends with the observation time: rain 0.1 mm, stage 0.01 m, in HEX."""
        raw = self._take(length)
        if raw is None:
            return False
        size, exponent = (1, -1) if element == FIVE_MINUTE_RAIN else (2, -2)
        name = f"{RAIN_5_MIN if element == FIVE_MINUTE_RAIN else _relative_stage(element):02x}"
        count = length // size
        for place in range(count):
            part = raw[place * size : (place + 1) * size]
            if all(byte == MISSING for byte in part):
                continue
            ago = timedelta(minutes=5 * (count - 1 - place))
            moment = self.observed_at and _later(self.observed_at, -ago)
            self._keep(name, Decimal(int.from_bytes(part)).scaleb(exponent), moment)
        return True

    def _value(self, name: str, raw: bytes, decimals: int, moment: datetime | None) -> None:
        if all(byte == MISSING for byte in raw):
            return  # the station says that it has no value
        sign = 1
        if raw[0] == MISSING and len(raw) > 1:
            sign, raw = -1, raw[1:]
        number = _bcd(raw)
        if number is None:
            self.faults.append((name, "number"))
            return
        self._keep(name, Decimal(sign * number).scaleb(-decimals), moment)

    def _keep(self, name: str, value: Decimal, moment: datetime | None) -> None:
        if moment is None:
            self.faults.append((name, "time"))
        else:
            self.values.append(Value(name, value, moment))


def _relative_stage(element: int) -> int:
    """F5 is the relative stage of gauge 1; gauges 1 to 8 have the ids 3C to 43 (general practice)."""
    return 0x3C + element - FIVE_MINUTE_STAGE


def _bcd(raw: bytes) -> int | None:
    text = raw.hex()
    return int(text) if text.isdecimal() else None


def _time(raw: bytes) -> datetime | None:
    """YYMMDDhhmmss in BCD, of this century."""
    return moment_of(f"20{raw.hex()}")


def _later(moment: datetime, step: timedelta) -> datetime | None:
    try:
        return moment + step
    except OverflowError:
        return None
