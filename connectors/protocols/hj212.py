"""HJ 212-2017, the line of pollution monitors: bytes to messages, messages to measured values, and the answer owed.

A frame is `##`, four decimal digits (the length of the data part), the data part, four hex digits of CRC, CR LF.
TCP may split and join frames. Whatever a device sends, `Framer` never raises and never waits for more than one frame.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from connectors.protocols import frames
from connectors.protocols.frames import BadFrame, Place, bad, crc_hj212, moment_of

MARK = b"##"
END = b"\r\n"
HEAD, CRC = 6, 4
PARTS_MOST = 200

REALTIME, MINUTE, HOUR, DAY = "2011", "2051", "2061", "2031"
# Command number → which time of averaging it brings, and the suffix of the value.
SPANS = {REALTIME: ("rtd", "Rtd"), MINUTE: ("min", "Avg"), HOUR: ("hour", "Avg"), DAY: ("day", "Avg")}
ANSWER_OWED, IN_PACKETS = 1, 2
VERSION_BITS = {"2005": 0, "2017": 1}
# Mark of a value (general practice; the standard names the letters, regulators their consequence).
QUALITIES = {
    "N": "good",
    "F": "stopped",
    "M": "maintenance",
    "S": "set_by_hand",
    "D": "faulty",
    "C": "calibration",
    "T": "over_range",
    "B": "no_contact",
}
VALUE_LIMIT = Decimal(10) ** 11
_FACTOR = re.compile(r"[A-Za-z][A-Za-z0-9]{0,11}|[0-9A-Za-z]{1,4}")


@dataclass(frozen=True, slots=True)
class Message:
    """One data part. `flag` as sent; `content` is what stands between the two `&&`; `data` is the whole of it.

    `raw`: the frame as it came, all of them where it came in packets; "" where it came in none.
    """

    qn: str
    st: str
    cn: str
    pw: str
    mn: str
    flag: int
    packets: int
    packet: int
    content: str
    data: bytes
    raw: bytes = b""

    @property
    def wants_answer(self) -> bool:
        return bool(self.flag & ANSWER_OWED)

    @property
    def version(self) -> int:
        """The version bits of the flag: 0 is 2005, 1 is 2017."""
        return self.flag >> 2


@dataclass(frozen=True, slots=True)
class Value:
    """One factor of one message. `span` is rtd, min, hour or day; `converted` tells 折算 values (Zs…) apart."""

    factor: str
    span: str
    value: Decimal
    quality: str
    converted: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A data message read: local time of the data, the values, and fields that could not be read."""

    mn: str
    cn: str
    data_time: datetime
    values: tuple[Value, ...]
    faults: tuple[tuple[str, str], ...]  # field, reason: number, time, factor


class Framer(frames.Framer[Message]):
    """Messages of a byte stream."""

    def _cut(self) -> Iterator[Message | BadFrame]:
        buffer = self._buffer
        while buffer:
            start = buffer.find(MARK)
            if start < 0:
                keep = 1 if buffer.endswith(b"#") else 0
                yield from self._noise(len(buffer) - keep)
                return
            if start:
                yield from self._noise(start)
            if len(buffer) > len(MARK) and not buffer[2:HEAD].isdigit():
                yield from self._noise(1)
                continue
            if len(buffer) < HEAD:
                return
            whole = HEAD + int(buffer[2:HEAD]) + CRC
            # A damaged length must not swallow the frames after it: a new line and a mark end a frame.
            cut = buffer.find(END + MARK, HEAD, whole)
            if cut < 0 and len(buffer) < whole:
                return
            yield self._frame(whole if cut < 0 else cut)

    def _frame(self, length: int) -> Message | BadFrame:
        raw = bytes(self._buffer[:length])
        del self._buffer[:length]
        if self._buffer.startswith(END):
            del self._buffer[:2]
        data, said = raw[HEAD:-CRC], raw[-CRC:]
        self._in_noise = not _is_crc(data, said) or len(data) != int(raw[2:HEAD])
        if self._in_noise:
            return bad("checksum", raw)
        return read_message(data, raw + END) or bad("malformed", raw)

    def _says(self, raw: bytes | bytearray) -> bool:
        return bool(raw.strip())  # devices end a frame with more new lines than one


def _is_crc(data: bytes, said: bytes) -> bool:
    try:
        return crc_hj212(data) == int(said.decode("ascii"), 16)
    except ValueError:
        return False


def read_message(data: bytes, raw: bytes = b"") -> Message | None:
    """The fields of a data part; None when the ones that everything hangs on are missing."""
    text = data.decode("ascii", "replace").replace("\x00", "�")
    head, mark, tail = text.partition("CP=&&")
    if not mark:
        return None
    fields: dict[str, str] = {}
    for pair in head.split(";"):
        name, _, value = pair.partition("=")
        fields.setdefault(name.strip().upper(), value.strip())
    flag, packets, packet = (_whole(fields.get(name, "")) for name in ("FLAG", "PNUM", "PNO"))
    if not fields.get("MN") or not fields.get("CN"):
        return None
    names = ("QN", "ST", "CN", "PW", "MN")
    said = {name.lower(): fields.get(name, "")[:40] for name in names}
    return Message(
        **said,
        flag=flag,
        packets=packets,
        packet=packet,
        content=tail.rpartition("&&")[0],
        data=data,
        raw=raw,
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004


def read_report(message: Message) -> Report | None:
    """The values of a data message; None when it brings none (a request, a notice) or no data time."""
    span = SPANS.get(message.cn)
    if span is None:
        return None
    moment, factors, faults = _read_content(message.content)
    if moment is None:
        return None
    values: list[Value] = []
    for factor, said in factors.items():
        quality = QUALITIES.get(said.get("flag", "N").upper()[:1] or "N", "faulty")
        for suffix, converted in ((span[1], False), (f"Zs{span[1]}", True)):
            text = said.get(suffix.lower())
            if text is None:
                continue
            number = _number(text)
            if number is None:
                faults.append((f"{factor}-{suffix}", "number"))
            else:
                values.append(Value(factor, span[0], number, quality, converted))
    return Report(message.mn, message.cn, moment, tuple(values), tuple(faults))


def _read_content(text: str) -> tuple[datetime | None, dict[str, dict[str, str]], list[tuple[str, str]]]:
    """The data time, what is said of each factor by suffix (in lower case), and fields that name no factor."""
    moment: datetime | None = None
    factors: dict[str, dict[str, str]] = {}
    faults: list[tuple[str, str]] = []
    for pair in re.split("[;,]", text):
        name, equals, value = pair.partition("=")
        factor, dash, suffix = name.strip().partition("-")
        if factor.lower() == "datatime":
            moment = moment_of(value.strip())
        elif not equals or not dash:
            continue
        elif _FACTOR.fullmatch(factor):
            factors.setdefault(factor.lower(), {})[suffix.lower()] = value.strip()
        else:
            faults.append((name.strip()[:60], "factor"))
    return moment, factors, faults


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < VALUE_LIMIT and len(text) <= 40 else None  # noqa: PLR2004


class Joiner(frames.Joiner[Message]):
    """Messages of their packets."""

    def _place(self, frame: Message) -> Place | None:
        if not frame.flag & IN_PACKETS or not 1 <= frame.packet <= frame.packets <= PARTS_MOST:
            return None
        return (
            Place((frame.mn, frame.cn, frame.qn), frame.packet, frame.packets) if frame.packets > 1 else None
        )

    def _join(self, parts: Sequence[Message]) -> Message:
        last = parts[-1]
        return Message(
            last.qn, last.st, last.cn, last.pw, last.mn, last.flag, 1, 1,
            ";".join(part.content for part in parts), last.data, b"".join(part.raw for part in parts),
        )  # fmt: skip


def frame(data: bytes) -> bytes:
    """The frame around a data part."""
    return b"##%04d%b%04X\r\n" % (len(data), data, crc_hj212(data))


def answer(message: Message) -> bytes:
    """The data acknowledgement 9014 to a message, in its version of the protocol."""
    flag = message.version << 2
    text = f"QN={message.qn};ST=91;CN=9014;PW={message.pw};MN={message.mn};Flag={flag};CP=&&&&"
    return frame(text.encode("ascii", "replace"))
