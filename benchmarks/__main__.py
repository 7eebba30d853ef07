"""`python -m benchmarks [w1] [w2] [pages] [search]`: see docs/benchmarks.md."""

import argparse
import os
import signal
import sys
import time
from typing import Any

from benchmarks.gauges import open_files_to_most
from benchmarks.stage import Stage, stage

PARTS = ("w1", "w2", "pages", "search")
SERVERS = ("daphne", "uvicorn")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the running system.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--servers", default=",".join(SERVERS), help="with a comma; default %(default)s")
    parser.add_argument("--runs", type=int, default=3, help="runs of each load; the median is shown")
    parser.add_argument("--secs", type=float, default=4.0, help="seconds of load in each run")
    given = parser.parse_args()
    given.parts = given.parts or list(PARTS)
    given.servers = given.servers.split(",")
    if (
        set(given.parts) - set(PARTS)
        or set(given.servers) - set(SERVERS)
        or given.runs < 1
        or given.secs <= 0
    ):
        parser.error(
            f"parts are {', '.join(PARTS)}; servers are {', '.join(SERVERS)}; runs and seconds above 0"
        )
    return given


def run(stage_: Stage, given: argparse.Namespace) -> None:
    os.environ.update(stage_.environment, DJANGO_SETTINGS_MODULE="config.settings")
    import django

    django.setup()
    from benchmarks import cast, loads, pages, report

    wanted = [loads.LOADS[part] for part in given.parts if part in loads.LOADS]
    people = cast.make_people(max([100, *(load.rooms * load.members for load in wanted)]))
    say(f"{report.machine()}; {given.runs} runs of {given.secs:g} s; {len(people)} people made")
    for load in wanted:
        say(f"{load.name}: {load.title}")
        result = loads.measure(stage_, load, given.servers, people, runs=given.runs, secs=given.secs)
        print(f"\n{report.loads_table(result)}\n", flush=True)
    if "pages" in given.parts:
        say("pages: making rooms and messages")
        print(
            "\n" + report.pages_table(pages.measure(stage_, given.servers, pages.prepare(people))), flush=True
        )
    if "search" in given.parts:
        from benchmarks import search

        say("search: writing and indexing a million messages, some minutes")
        city = search.prepare(people)
        print("\n" + report.search_table(city, search.measure(stage_, given.servers, city)), flush=True)


def say(text: str) -> None:
    print(f"[{time.perf_counter() - BEGAN:5.1f} s] {text}", file=sys.stderr, flush=True)


def stop(*_: Any) -> None:
    raise SystemExit(1)


BEGAN = time.perf_counter()

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)  # so that a time-out still stops the servers
    open_files_to_most()
    options = arguments()
    with stage() as made:
        run(made, options)
