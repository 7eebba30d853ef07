"""Water quality buoys that publish over MQTT, through a broker of their own office (Debian's mosquitto).

`python -m demo.neighbours.buoys --port 9883 [--every 30] [--rounds -1]` starts the broker when `mosquitto` is
installed, publishes `buoys/{code}/quality` with QoS 1, and ends with the broker.
"""

import argparse
import getpass
import json
import math
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from deploy.embedded.processes import die_with_parent

BUOYS = [("B01", "淦河马柏大道桥", 7.2), ("B02", "淦河龙潭", 6.8), ("B03", "斧头湖湖心", 7.9)]
CONFIG = "listener {port} 127.0.0.1\nallow_anonymous true\nuser {user}\npersistence false\nlog_type error\n"


def program() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def start_broker(port: int, folder: Path) -> subprocess.Popen[bytes] | None:
    """The broker's process; None where mosquitto is not installed."""
    found = program()
    if found is None:
        return None
    config = folder / "mosquitto.conf"
    # As us: with another account it would outlive us.
    config.write_text(CONFIG.format(port=port, user=getpass.getuser()), encoding="ascii")
    return subprocess.Popen(
        [found, "-c", str(config)],
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - nobody starts it beside threads
    )


def message(code: str, name: str, mean: float, moment: datetime) -> dict[str, object]:
    hours = moment.timestamp() / 3600
    return {
        "code": code, "name": name, "at": int(moment.timestamp() * 1000),
        "oxygen": round(mean + 0.5 * math.sin(hours / 3), 2), "ph": round(7.4 + 0.1 * math.sin(hours / 5), 2),
    }  # fmt: skip


def publish(port: int, every_s: float, rounds: int) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="buoys")
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    while rounds:
        moment = datetime.now(UTC)  # noqa: TID251 - a neighbour has a clock of its own
        for code, name, mean in BUOYS:
            body = json.dumps(message(code, name, mean, moment), ensure_ascii=False)
            client.publish(f"buoys/{code}/quality", body.encode(), qos=1)
        rounds -= 1
        time.sleep(every_s if rounds else 1)
    client.loop_stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--every", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=-1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="buoys-") as folder:
        broker = start_broker(given.port, Path(folder))
        if broker is None:
            print("mosquitto is not installed: apt install mosquitto", file=sys.stderr)  # noqa: T201
            return 3
        try:
            print(json.dumps({"neighbour": "buoys", "port": given.port}), flush=True)  # noqa: T201
            publish(given.port, given.every, given.rounds)
        finally:
            broker.terminate()
            broker.wait(timeout=10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
