"""`python -m benchmarks.peers [ejabberd] [synapse]`: see docs/benchmarks.md."""

import argparse
import os
import signal
import sys

from benchmarks.gauges import open_files_to_most
from benchmarks.stage import stage

PEERS = ("ejabberd", "synapse")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="W1 beside open peers.")
    parser.add_argument("peers", nargs="*", metavar="peer", help="both by default")
    parser.add_argument("--servers", default="daphne,uvicorn")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--secs", type=float, default=8.0)
    given = parser.parse_args()
    open_files_to_most()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with stage() as made:
        os.environ.update(made.environment, DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        from benchmarks import report
        from benchmarks.peers import compare

        print(
            f"{report.machine()}; {compare.LOAD.title}; medians of {given.runs} runs of {given.secs:g} s\n",
            flush=True,
        )
        found = compare.measure(
            made, given.servers.split(","), given.peers or list(PEERS), given.runs, given.secs
        )
        print(compare.table(found), flush=True)


if __name__ == "__main__":
    main()
