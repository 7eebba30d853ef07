"""Loggers and stations on one line, as a process of its own. `python -m benchmarks.devices WISH` (JSON) says when its
frames are ready, begins when it is told, and prints how many frames were acknowledged in time.
"""

import asyncio
import json
import sys
import time

OUTLETS, IN_FLIGHT = 200, 400
READY_PER_SECOND = 4000  # frames that are made beforehand, of all lines; beyond it they are made on the way
GO = "go\n"


def mn(number: int) -> str:
    return f"BENCH{number:06d}"


def frame_of(kind: str, number: int, turn: int) -> bytes:
    from connectors.protocols.frames import crc_modbus
    from connectors.protocols.hj212 import frame

    moment = time.strftime("%Y%m%d%H%M%S", time.localtime(BEGAN - 80_000 + turn))
    if kind == "hj212":
        values = ";".join(
            f"w0101{factor}-Rtd={turn % 997}.{number % 10},w0101{factor}-Flag=N" for factor in (0, 4, 8)
        )
        text = (
            f"QN={moment}{turn % 1000:03d};ST=32;CN=2011;PW=123456;MN={mn(number)};Flag=5;"
            f"CP=&&DataTime={moment};{values}&&"
        )
        return frame(text.encode())
    at = time.strftime("%y%m%d%H%M", time.localtime(BEGAN - 80_000 + turn * 60))
    station = f"{42120000 + number:010d}"
    body = bytes.fromhex(f"{turn % 65536:04x}{at}00f1f1{station}48f0f0{at}")
    body += bytes.fromhex(f"3923{turn % 9999_9999:08d}2619{turn % 999_999:06d}3812{turn % 9999:04d}")
    raw = (
        b"\x7e\x7e\x01"
        + bytes.fromhex(station)
        + b"\x12\x34\x32"
        + len(body).to_bytes(2)
        + b"\x02"
        + body
        + b"\x03"
    )
    return raw + crc_modbus(raw).to_bytes(2)


BEGAN = int(time.time())
ANSWER_BYTES = 25  # of SL 651


class Supply:
    """One frame of each device at a time; those of the first turns are ready."""

    def __init__(self, kind: str, first: int, count: int, turns: int) -> None:
        self._kind, self._numbers = kind, range(first, first + count)
        self._ready = [self._make(turn) for turn in range(turns)]

    def of(self, turn: int) -> bytes:
        return self._ready[turn] if turn < len(self._ready) else self._make(turn)

    def _make(self, turn: int) -> bytes:
        return b"".join(frame_of(self._kind, number, turn) for number in self._numbers)


async def send(kind: str, port: int, first: int, count: int, secs: float) -> dict[str, int]:
    """Keep IN_FLIGHT frames unanswered on one connection; how many were acknowledged in time."""
    supply = Supply(kind, first, count, int(READY_PER_SECOND * secs / OUTLETS))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    print(GO, end="", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    sent = acked = turn = 0
    ends = time.monotonic() + secs
    tail = b""
    while time.monotonic() < ends:
        while sent - acked < IN_FLIGHT:
            writer.write(supply.of(turn))
            sent, turn = sent + count, turn + 1
        try:
            async with asyncio.timeout(max(0.01, ends - time.monotonic())):
                chunk = tail + await reader.read(65_536)
        except TimeoutError:
            break
        if kind == "hj212":
            whole, _, tail = chunk.rpartition(b"\r\n")
            acked += whole.count(b"CN=9014")
        else:
            acked += len(chunk) // ANSWER_BYTES
            tail = chunk[len(chunk) // ANSWER_BYTES * ANSWER_BYTES :]
    writer.close()
    return {"acked": acked, "sent": sent}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(send(**json.loads(sys.argv[1])))), flush=True)
