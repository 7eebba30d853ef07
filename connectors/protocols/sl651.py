"""SL 651-2014 in its HEX/BCD form, the line of hydrological telemetry: bytes to packets and answers.

`7E7E` centre(1) station(5 BCD) password(2) function(1) direction and length(2) STX, body, ETX, CRC(2, Modbus, high
byte first). The length counts the bytes between start and end character. With SYN for STX the body begins with the
number of packets and the packet's own (12 bits each). What stands in the body is read by sl651_elements.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.protocols import frames
from connectors.protocols.frames import BadFrame, Place, bad, crc_modbus

MARK = b"\x7e\x7e"
HEAD, TAIL = 14, 3
STX, SYN, ETX, ETB = 0x02, 0x16, 0x03, 0x17
EOT, ENQ, ACK, NAK, ESC = 0x04, 0x05, 0x06, 0x15, 0x1B
ENDS = frozenset({ETX, ETB, EOT, ENQ, ACK, NAK, ESC})
PACKET_HEAD, BODY_HEAD = 3, 8
DOWN = 0x8000
# Whole frames are looked for within a damaged one so many times; then it is passed over at once.
TRIES_MOST = 16

LINK, TEST, SERIES, TIMED, EXTRA, HOURLY, MANUAL = 0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35
FUNCTIONS = frozenset({LINK, TEST, SERIES, TIMED, EXTRA, HOURLY, MANUAL})


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


class Framer(frames.Framer[Packet]):
    """Packets of a byte stream."""

    def __init__(self) -> None:
        super().__init__()
        self._tries = 0

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


def _may_begin(buffer: bytearray) -> bool:
    """Whether what is there of a head can be one: the station in BCD, upwards, a start character."""
    if any(not is_bcd(byte) for byte in buffer[3:8]):
        return False
    if len(buffer) > 11 and buffer[11] >> 4:  # noqa: PLR2004 - where direction and length stand
        return False
    return len(buffer) < HEAD or buffer[13] in {STX, SYN}


def is_bcd(byte: int) -> bool:
    return byte >> 4 < 10 and byte & 15 < 10  # noqa: PLR2004


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


class Joiner(frames.Joiner[Packet]):
    """Messages of their packets."""

    def _place(self, frame: Packet) -> Place | None:
        if frame.packets <= 1:
            return None
        return Place((frame.station, frame.function, frame.packets), frame.packet, frame.packets)

    def _join(self, parts: Sequence[Packet]) -> Packet:
        first, last = parts[0], parts[-1]
        body, raw = (b"".join(getattr(part, name) for part in parts) for name in ("body", "raw"))
        about = (first.station, first.centre, first.password, first.function)
        return Packet(*about, 1, 1, last.end, body, raw)


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
