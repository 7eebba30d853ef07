"""SL 651-2014 in its HEX/BCD form, the line of hydrological telemetry: bytes to packets, packets to measured values.

`7E7E` centre(1) station(5 BCD) password(2) function(1) direction and length(2) STX, body, ETX, CRC(2, Modbus, high
byte first). The length counts the bytes between start and end character. With SYN for STX the body begins with the
number of packets and the packet's own (12 bits each). Decimals come from the definer, never from a table.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.protocols.frames import BadFrame, bad, crc_modbus

MARK = b"\x7e\x7e"
HEAD, TAIL = 14, 3
STX, SYN, ETX, ETB = 0x02, 0x16, 0x03, 0x17
EOT, ENQ, ACK, NAK, ESC = 0x04, 0x05, 0x06, 0x15, 0x1B
ENDS = frozenset({ETX, ETB, EOT, ENQ, ACK, NAK, ESC})
PACKET_HEAD, BODY_HEAD = 3, 8
DOWN = 0x8000
# Whole frames are looked for within a damaged one so many times; then it is passed over at once.
TRIES_MOST = 16
MESSAGES_PENDING = 256

LINK, TEST, SERIES, TIMED, EXTRA, HOURLY, MANUAL = 0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35
FUNCTIONS = frozenset({LINK, TEST, SERIES, TIMED, EXTRA, HOURLY, MANUAL})

STATION, OBSERVED, TYPED, PICTURE, STEP = 0xF1, 0xF0, 0xF2, 0xF3, 0x04
FIVE_MINUTE_RAIN, FIVE_MINUTE_STAGE, LAST_STAGE = 0xF4, 0xF5, 0xFC
STATUS, EXTENDED = 0x45, 0xFF
GROUPED = frozenset({STEP, STATUS, *range(FIVE_MINUTE_RAIN, LAST_STAGE + 1)})
STEP_BYTES = 3
RAIN_5_MIN = 0x22
MISSING = 0xFF


@dataclass(frozen=True, slots=True)
class Packet:
    """One frame. `station` is ten digits; `body` without the head of a multi-packet frame."""

    station: str
    centre: int
    password: int
    function: int
    packets: int
    packet: int
    end: int
    body: bytes
    raw: bytes


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


class Framer:
    """Cuts a byte stream into packets. What was cut does not depend on how the stream was divided."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_noise = False
        self._tries = 0

    def feed(self, chunk: bytes) -> list[Packet | BadFrame]:
        self._buffer += chunk
        return list(self._cut())

    def close(self) -> list[Packet | BadFrame]:
        """The line ended, or nothing came for long: what waits within an unfinished frame is looked through."""
        found: list[Packet | BadFrame] = []
        while self._buffer:
            if not self._in_noise:
                found.append(bad("cut", self._buffer))
            self._in_noise = True
            del self._buffer[:1]
            found.extend(self._cut())
        self._in_noise = False
        return found

    @property
    def waits(self) -> bool:
        return bool(self._buffer)

    def _cut(self) -> Iterator[Packet | BadFrame]:
        buffer = self._buffer
        while buffer:
            start = buffer.find(MARK)
            if start < 0:
                yield from self._noise(len(buffer) - buffer.endswith(b"\x7e"))
                return
            if start:
                yield from self._noise(start)
            if not _may_begin(buffer):
                yield from self._noise(1)
                continue
            if len(buffer) < HEAD:
                return
            whole = HEAD + (int.from_bytes(buffer[11:13]) & 0x0FFF) + TAIL
            if len(buffer) < whole:
                return
            yield from self._frame(whole)

    def _frame(self, whole: int) -> Iterator[Packet | BadFrame]:
        raw = bytes(self._buffer[:whole])
        is_end = raw[-TAIL] in ENDS
        if not is_end or crc_modbus(raw[:-2]) != int.from_bytes(raw[-2:]):
            if not self._in_noise:
                yield bad("checksum" if is_end else "control", raw)
            self._in_noise = True
            self._tries += 1
            del self._buffer[: 1 if self._tries < TRIES_MOST else whole]
            return
        del self._buffer[:whole]
        self._in_noise, self._tries = False, 0
        packet = read_packet(raw)
        yield bad("malformed", raw) if packet is None else packet

    def _noise(self, length: int) -> Iterator[BadFrame]:
        raw = bytes(self._buffer[:length])
        del self._buffer[:length]
        if raw and not self._in_noise:
            self._in_noise = True
            yield bad("noise", raw)


def _may_begin(buffer: bytearray) -> bool:
    """Whether what is there of a head can be one: the station in BCD, upwards, a start character."""
    if any(not _is_bcd(byte) for byte in buffer[3:8]):
        return False
    if len(buffer) > 11 and buffer[11] >> 4:  # noqa: PLR2004 - where direction and length stand
        return False
    return len(buffer) < HEAD or buffer[13] in {STX, SYN}


def read_packet(raw: bytes) -> Packet | None:
    """A frame whose checksum is right; None when its inside cannot be."""
    body, packets, packet = raw[HEAD:-TAIL], 1, 1
    if raw[13] == SYN:
        if len(body) < PACKET_HEAD:
            return None
        both = int.from_bytes(body[:PACKET_HEAD])
        packets, packet, body = both >> 12, both & 0x0FFF, body[PACKET_HEAD:]
        if not 1 <= packet <= packets:
            return None
    password = int.from_bytes(raw[8:10])
    return Packet(raw[3:8].hex(), raw[2], password, raw[10], packets, packet, raw[-TAIL], body, raw)


class Joiner:
    """Puts messages of several packets together. Packets may come twice and in any order."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[str, int, int], dict[int, Packet]] = OrderedDict()

    def add(self, packet: Packet) -> Packet | None:
        """The whole message when this packet completes it, else None."""
        if packet.packets <= 1:
            return packet
        key = (packet.station, packet.function, packet.packets)
        parts = self._waiting.setdefault(key, {})
        self._waiting.move_to_end(key)
        parts[packet.packet] = packet
        if len(parts) < packet.packets:
            while len(self._waiting) > MESSAGES_PENDING:
                self._waiting.popitem(last=False)
            return None
        del self._waiting[key]
        ordered = [parts[number] for number in sorted(parts)]
        first, last = ordered[0], ordered[-1]
        body, raw = (b"".join(getattr(part, name) for part in ordered) for name in ("body", "raw"))
        about = (first.station, first.centre, first.password, first.function)
        return Packet(*about, 1, 1, last.end, body, raw)

    def missing(self, packet: Packet) -> list[int]:
        """The numbers that are still to come of this packet's message."""
        parts = self._waiting.get((packet.station, packet.function, packet.packets), {})
        return [number for number in range(1, packet.packets + 1) if number not in parts] if parts else []


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
            self.station = raw[:5].hex() if all(map(_is_bcd, raw[:5])) else self.station
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
        if length == STEP_BYTES and all(map(_is_bcd, raw)):
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


def _is_bcd(byte: int) -> bool:
    return byte >> 4 < 10 and byte & 15 < 10  # noqa: PLR2004


def _bcd(raw: bytes) -> int | None:
    text = raw.hex()
    return int(text) if text.isdecimal() else None


def _time(raw: bytes) -> datetime | None:
    """YYMMDDhhmmss in BCD, of this century."""
    try:
        return datetime.strptime(f"20{raw.hex()}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - local time, as the station says it
    except ValueError:
        return None


def _later(moment: datetime, step: timedelta) -> datetime | None:
    try:
        return moment + step
    except OverflowError:
        return None


def answer(packet: Packet, sent_at: datetime, *, stays: bool = True) -> bytes:
    """The confirmation of a whole message; `stays` keeps the station on line.

    Downwards the station stands before the centre, and the length bears the direction.
    """
    head = bytes.fromhex(packet.station) + bytes([packet.centre])
    body = packet.body[:2] + bytes.fromhex(sent_at.strftime("%y%m%d%H%M%S"))
    return _down(packet, head, body, STX, ESC if stays else EOT)


def ask_again(packet: Packet, number: int) -> bytes:
    """Ask for one packet of a message again (mode M3)."""
    head = bytes.fromhex(packet.station) + bytes([packet.centre])
    body = (packet.packets << 12 | number).to_bytes(3)
    return _down(packet, head, body, SYN, NAK)


def _down(packet: Packet, head: bytes, body: bytes, start: int, end: int) -> bytes:
    length = (DOWN | len(body)).to_bytes(2)
    raw = MARK + head + packet.password.to_bytes(2) + bytes([packet.function]) + length
    raw += bytes([start]) + body + bytes([end])
    return raw + crc_modbus(raw).to_bytes(2)
