"""Hydrological telemetry: stations that send SL 651-2014 frames over TCP, as a terminal in the field would.

`python -m demo.neighbours.telemetry --port 9651 [--every 60] [--speed 1] [--stations 7] [--raise 1.2]`. Frames are put
together from the field table below; no code is shared with what reads them. Each line of output is one confirmation.
"""

import argparse
import json
import math
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=8))
# Station number, name, mean stage (m), swing (m): numbers are invented, names are real places.
STATIONS = [
    ("0042120001", "西河桥站", 27.60, 0.25),
    ("0042120002", "马桥站", 33.10, 0.30),
    ("0042120003", "高桥站", 41.20, 0.20),
    ("0042120004", "汀泗桥站", 25.30, 0.22),
    ("0042120005", "官埠桥站", 24.80, 0.18),
    ("0042120006", "双溪桥站", 52.40, 0.15),
    ("0042120007", "大幕站", 88.20, 0.12),
]
# Part of a frame, bytes, how it is written. The order is that of the standard's table of the upward frame.
HEAD = [
    ("mark", 2),
    ("centre", 1),
    ("station", 5),
    ("password", 2),
    ("function", 1),
    ("length", 2),
    ("start", 1),
]
# Element, definer (high five bits: bytes, low three: decimals): stage, rain so far, supply voltage.
ELEMENTS = {"stage": (0x39, 0x23), "rain": (0x26, 0x19), "volts": (0x38, 0x12)}


def crc(data: bytes) -> bytes:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            carry = value & 1
            value >>= 1
            if carry:
                value ^= 0xA001
    return bytes([value >> 8, value & 0xFF])


def digits(number: float, definer: int) -> bytes:
    """A value in BCD as the definer says."""
    size, decimals = definer // 8, definer % 8
    text = f"{round(abs(number) * 10**decimals):0{size * 2}d}"[-size * 2 :]
    return bytes.fromhex(text)


def frame(
    station: str, serial: int, sent: datetime, seen: datetime, values: dict[str, float], function: int
) -> bytes:
    body = serial.to_bytes(2, "big") + bytes.fromhex(f"{sent:%y%m%d%H%M%S}")
    body += b"\xf1\xf1" + bytes.fromhex(station) + b"\x48" + b"\xf0\xf0" + bytes.fromhex(f"{seen:%y%m%d%H%M}")
    for name, value in values.items():
        element, definer = ELEMENTS[name]
        body += bytes([element, definer]) + digits(value, definer)
    said = {
        "mark": b"\x7e\x7e", "centre": b"\x01", "station": bytes.fromhex(station), "password": b"\x12\x34",
        "function": bytes([function]), "length": len(body).to_bytes(2, "big"), "start": b"\x02",
    }  # fmt: skip
    whole = b"".join(said[name].rjust(size, b"\0") for name, size in HEAD) + body + b"\x03"
    return whole + crc(whole)


def stage(mean: float, swing: float, moment: datetime, raised: float) -> float:
    hours = moment.timestamp() / 3600
    return mean + raised + swing * (0.7 * math.sin(hours / 9.7 + mean) + 0.3 * math.sin(hours / 2.1))


def rain(moment: datetime, raised: float) -> float:
    """Millimetres since the year began: it rains harder while the water is raised."""
    day = moment.timetuple().tm_yday + moment.hour / 24 + moment.minute / 1440
    return 3.1 * day + raised * 20


class Terminal:
    """One station's line, opened anew when it breaks; a frame that was not confirmed is sent again."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.line: socket.socket | None = None

    def send(self, raw: bytes, patience_s: float = 5.0) -> bytes:
        """The confirmation, or b"" when none came."""
        try:
            if self.line is None:
                self.line = socket.create_connection(self.address, timeout=patience_s)
            self.line.sendall(raw)
            said = self.line.recv(512)
            if said[:2] == b"\x7e\x7e":
                return said
        except OSError:
            pass
        self.close()
        return b""

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None


def run(
    port: int,
    *,
    host: str,
    every_s: float,
    stations: int,
    raised: Callable[[], float],
    rounds: int,
    silent: bool = False,
) -> None:
    terminals = {row[0]: Terminal((host, port)) for row in STATIONS[:stations]}
    serial = 0
    while rounds:
        began = time.monotonic()
        now = datetime.now(UTC).astimezone(LOCAL)  # noqa: TID251 - a neighbour has a clock of its own
        seen, up = now.replace(second=0), raised()
        for number, name, mean, swing in STATIONS[:stations]:
            serial = serial % 65_535 + 1
            values = {"stage": stage(mean, swing, seen, up), "rain": rain(seen, up), "volts": 12.5}
            confirmed = bool(terminals[number].send(frame(number, serial, now, seen, values, 0x32)))
            if not silent:
                print(json.dumps({"station": name, "serial": serial, "confirmed": confirmed}), flush=True)  # noqa: T201
        rounds -= 1
        time.sleep(max(0.0, every_s - (time.monotonic() - began)) if rounds else 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--every", type=float, default=60.0)
    parser.add_argument("--stations", type=int, default=len(STATIONS))
    parser.add_argument("--raise", dest="raised", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=-1)
    given = parser.parse_args()
    run(
        given.port, host=given.host, every_s=given.every, stations=given.stations, raised=lambda: given.raised,
        rounds=given.rounds,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
