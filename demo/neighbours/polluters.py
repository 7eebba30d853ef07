"""Fifty-nine polluters: data loggers that send HJ 212-2017 frames over TCP and wait for the acknowledgement 9014.

`python -m demo.neighbours.polluters --port 9212 [--every 60] [--outlets 59] [--rounds -1] [--flood 0]`. Names are
invented. Every tenth outlet is under maintenance, one exceeds its permit; frames are put together from the table below.
"""

import argparse
import json
import math
import socket
import sys
import time
from datetime import UTC, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=8))
COUNT = 59
KINDS = ["污水处理厂", "造纸厂", "制药厂", "食品厂", "热电厂", "水泥厂"]
PLACES = ["咸安区", "嘉鱼县", "赤壁市", "通城县", "崇阳县", "通山县"]
# Factor, mean, swing: water, then air. Units are those of the loggers: mg/L and mg/m³.
WATER = [("w01018", 38.0, 6.0), ("w21003", 3.1, 0.8), ("w21011", 0.32, 0.08), ("w01001", 7.4, 0.2)]
AIR = [("a21026", 24.0, 6.0), ("a21002", 41.0, 8.0), ("a34013", 8.0, 2.0), ("a19001", 6.1, 0.4)]
EXCEEDS = 7
MAINTAINED_EVERY = 10


def outlet(number: int) -> dict[str, object]:
    kind = KINDS[number % len(KINDS)]
    air = kind in {"热电厂", "水泥厂"}
    return {
        "mn": f"42120000{number:04d}A8900016F000",
        "name": f"{PLACES[number % len(PLACES)]}第{number + 1}{kind}",
        "place": PLACES[number % len(PLACES)],
        "st": "31" if air else "32",
        "factors": AIR if air else WATER,
    }


def checksum(text: bytes) -> str:
    """Annex A of the standard, bit by bit."""
    register = 0xFFFF
    for byte in text:
        register = (register >> 8) ^ byte
        for _ in range(8):
            out, register = register & 1, register >> 1
            if out:
                register ^= 0xA001
    return f"{register:04X}"


def packet(number: int, command: str, suffix: str, moment: datetime, data_time: datetime) -> bytes:
    about = outlet(number)
    mark = "M" if number % MAINTAINED_EVERY == MAINTAINED_EVERY - 1 else "N"
    content = [f"DataTime={data_time:%Y%m%d%H%M%S}"]
    hours = data_time.timestamp() / 3600
    for factor, mean, swing in about["factors"]:  # type: ignore[attr-defined]
        value = mean + swing * math.sin(hours / 3.3 + number)
        if number == EXCEEDS and factor == "w01018":
            value += 30
        content.append(f"{factor}-{suffix}={value:.3f},{factor}-Flag={mark}")
    fields = [
        f"QN={moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}", f"ST={about['st']}", f"CN={command}", "PW=123456",
        f"MN={about['mn']}", "Flag=5", f"CP=&&{';'.join(content)}&&",
    ]  # fmt: skip
    text = ";".join(fields).encode("ascii")
    return f"##{len(text):04d}".encode() + text + checksum(text).encode() + b"\r\n"


def send(line: socket.socket, raw: bytes) -> bool:
    line.sendall(raw)
    return b"CN=9014" in line.recv(512)


def run(
    port: int, *, host: str, every_s: float, outlets: int, rounds: int, flood_s: float, silent: bool = False
) -> None:
    while rounds:
        began = time.monotonic()
        now = datetime.now(UTC).astimezone(LOCAL)  # noqa: TID251 - a neighbour has a clock of its own
        hour, minute = now.replace(minute=0, second=0, microsecond=0), now.replace(second=0, microsecond=0)
        confirmed = 0
        try:
            with socket.create_connection((host, port), timeout=10) as line:
                for number in range(outlets):
                    confirmed += send(line, packet(number, "2061", "Avg", now, hour))
                    confirmed += send(line, packet(number, "2011", "Rtd", now, minute))
                if flood_s:
                    confirmed += _flood(line, outlets, now, flood_s)
        except OSError as err:
            if not silent:
                print(json.dumps({"error": str(err)}), flush=True)  # noqa: T201
        if not silent:
            print(json.dumps({"confirmed": confirmed}), flush=True)  # noqa: T201
        rounds -= 1
        time.sleep(max(0.0, every_s - (time.monotonic() - began)) if rounds else 0)


def _flood(line: socket.socket, outlets: int, now: datetime, seconds: float) -> int:
    """Send as fast as the other side takes it, a second of data time further each round."""
    ends, sent = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        now = now - timedelta(seconds=1)
        line.sendall(b"".join(packet(number, "2011", "Rtd", now, now) for number in range(outlets)))
        sent += outlets
        line.recv(65_536)
    return sent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--every", type=float, default=60.0)
    parser.add_argument("--outlets", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=-1)
    parser.add_argument("--flood", type=float, default=0.0)
    given = parser.parse_args()
    run(
        given.port, host=given.host, every_s=given.every, outlets=given.outlets, rounds=given.rounds,
        flood_s=given.flood,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
