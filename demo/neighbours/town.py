"""`python -m demo.neighbours.town`: the small set of neighbours of the demo city, until a signal. Loopback only.

NEIGHBOUR_SL651_PORT and NEIGHBOUR_HJ212_PORT are where the stations and polluters send to, NEIGHBOUR_OFFICES_PORT is
where alerts and the ledger are asked for. NEIGHBOUR_STEP_S (default 60) is the time between two reports. The water of
the stations follows `POST /water {"raise_m": 0.9}` of the offices' interface.
"""

import json
import os
import signal
import sys
import threading

from demo.neighbours import polluters, telemetry
from demo.neighbours.bulletins import Bulletins


def main() -> int:
    try:
        names = ("NEIGHBOUR_SL651_PORT", "NEIGHBOUR_HJ212_PORT", "NEIGHBOUR_OFFICES_PORT")
        water, air, offices = (int(os.environ[name]) for name in names)
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
    for work in (
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
    ):
        threading.Thread(target=work, daemon=True).start()
    print(json.dumps({"neighbour": "town", "url": server.url}), flush=True)  # noqa: T201
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
