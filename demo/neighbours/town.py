"""`python -m demo.neighbours.town`: the small set of neighbours of the demo city, until a signal. Loopback only.

NEIGHBOUR_SL651_PORT and NEIGHBOUR_HJ212_PORT are where the stations and polluters send to, NEIGHBOUR_OFFICES_PORT is
where alerts and the ledger are asked for. With NEIGHBOUR_DATABASE_URL and WATERBASE_PASSWORD there is a flood database,
with NEIGHBOUR_MQTT_PORT buoys publish where Debian's mosquitto is installed. NEIGHBOUR_STEP_S (default 60) is the time
between two reports. The water of stations and reservoirs follows `POST /water {"raise_m": 0.9}` of the offices.
"""

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from demo.neighbours import buoys, polluters, telemetry, waterbase
from demo.neighbours.bulletins import Bulletins


def main() -> int:
    try:
        names = ("NEIGHBOUR_SL651_PORT", "NEIGHBOUR_HJ212_PORT", "NEIGHBOUR_OFFICES_PORT")
        water, air, offices = (int(os.environ[name]) for name in names)
        mqtt = int(os.environ.get("NEIGHBOUR_MQTT_PORT", "0"))
        step_s = max(1.0, float(os.environ.get("NEIGHBOUR_STEP_S", "60")))
        server = Bulletins(offices)
    except (KeyError, ValueError) as err:
        print(f"the ports of the neighbours must be numbers: {err}", file=sys.stderr)  # noqa: T201
        return 2
    except OSError as err:
        print(f"the offices cannot listen: {err.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    office = server.office
    database, password = (
        os.environ.get(name, "") for name in ("NEIGHBOUR_DATABASE_URL", "WATERBASE_PASSWORD")
    )
    works: list[Callable[[], None]] = [
        lambda: telemetry.run(
            water,
            host="127.0.0.1",
            every_s=step_s,
            stations=7,
            raised=lambda: office.raised_m,
            rounds=-1,
            silent=True,
        ),
        lambda: polluters.run(
            air, host="127.0.0.1", every_s=step_s, outlets=polluters.COUNT, rounds=-1, flood_s=0, silent=True
        ),
    ]
    if database and password:
        works.append(
            lambda: waterbase.run(database, password=password, every_s=step_s, raised=lambda: office.raised_m)
        )
    with tempfile.TemporaryDirectory(prefix="buoys-") as folder:
        broker = buoys.start_broker(mqtt, Path(folder)) if mqtt else None
        if broker is not None:
            works.append(lambda: buoys.publish(mqtt, step_s, -1))
        for work in works:
            threading.Thread(target=work, daemon=True).start()
        print(json.dumps({"neighbour": "town", "url": server.url}), flush=True)  # noqa: T201
        server.serve_forever(poll_interval=0.2)
        server.server_close()
        if broker is not None:
            broker.terminate()
            broker.wait(timeout=10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
