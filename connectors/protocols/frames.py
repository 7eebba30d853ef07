"""What the framers of all protocols share: the checksums, and bytes that are no frame."""

from dataclasses import dataclass

BAD_KEPT_BYTES = 2000


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


def crc_hj212(data: bytes) -> int:
    """HJ 212-2017, annex A: the high byte is taken up before the shifts. Not the Modbus CRC."""
    crc = 0xFFFF
    for byte in data:
        crc = _TABLE[(crc >> 8) ^ byte]
    return crc


def crc_modbus(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc
