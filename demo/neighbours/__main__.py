"""`python -m demo.neighbours`: run the neighbours until a signal. Loopback only.

NEIGHBOUR_PORT (0 takes a free one), NEIGHBOUR_STEP_S (seconds between readings, default 60) and
NEIGHBOUR_SLOW_S (how long mode `slow` waits) come from the environment. The first line of output is the
address as JSON.
"""

import json
import os
import signal
import sys
import threading

from demo.neighbours.gauges import GaugeServer, Network


def main() -> int:
    try:
        port = int(os.environ.get("NEIGHBOUR_PORT", "0"))
        step_s = max(1, int(os.environ.get("NEIGHBOUR_STEP_S", "60")))
        slow_s = float(os.environ.get("NEIGHBOUR_SLOW_S", "20"))
        server = GaugeServer(port, Network(step_s=step_s, slow_s=slow_s))
    except ValueError:
        print("NEIGHBOUR_PORT, NEIGHBOUR_STEP_S and NEIGHBOUR_SLOW_S must be numbers", file=sys.stderr)  # noqa: T201
        return 2
    except OSError as err:
        print(f"the river gauge neighbour cannot listen on port {port}: {err.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, which this handler interrupts: so from a thread.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    print(json.dumps({"neighbour": "river-gauges", "url": server.url}), flush=True)  # noqa: T201
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
