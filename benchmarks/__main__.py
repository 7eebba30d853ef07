"""`python -m benchmarks [part …]`: see docs/benchmarks.md."""

import argparse
import os
import signal
import sys
import time
from typing import Any

from benchmarks.gauges import open_files_to_most
from benchmarks.stage import Stage, stage

PARTS = (
    "w1",
    "w2",
    "w3",
    "w4",
    "w5",
    "w6",
    "w7",
    "crowded",
    "pages",
    "search",
    "matrix",
    "ledgers",
    "reminders",
    "approvals",
    "groups",
    "orders",
    "cards",
    "alerts",
    "readings",
    "frames",
    "pulls",
)
SERVERS = ("daphne", "uvicorn", "granian")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the running system.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument(
        "--servers",
        default="daphne,uvicorn",
        help=f"with a comma, of {', '.join(SERVERS)}; default %(default)s",
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each load; the median is shown")
    parser.add_argument("--secs", type=float, default=4.0, help="seconds of load in each run")
    parser.add_argument("--sockets", type=int, default=10_000, help="of w3, w7 and members of crowded")
    parser.add_argument("--events", type=int, default=1_000_000, help="in the room of w4")
    parser.add_argument("--reminders", type=int, default=55_000, help="due at one moment, in reminders")
    parser.add_argument("--spread", type=int, default=600, help="seconds over which they go out")
    parser.add_argument("--known", type=float, default=0.0, help="share of people the bot wrote to before")
    parser.add_argument("--viewers", type=int, default=200, help="of the card, in cards")
    parser.add_argument("--cases", type=int, default=10_000, help="running, in approvals")
    parser.add_argument(
        "--timers", type=int, default=55_800, help="due at once, in approvals; 0 leaves them out"
    )
    parser.add_argument("--coloured", type=int, default=34_843, help="items of a night, in ledgers")
    parser.add_argument("--open", type=int, default=56_000, help="open items of the pending list, in ledgers")
    parser.add_argument("--people", type=int, default=100_000, help="in orders; a tenth reached by the first")
    parser.add_argument("--groups", type=int, default=1000, help="of fifty people, in groups")
    parser.add_argument("--alerts", type=int, default=40, help="of a station each, in alerts")
    parser.add_argument("--items", type=int, default=20_000_000, help="stored values, in readings")
    parser.add_argument("--sources", type=int, default=1250, help="asked each minute, in pulls")
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


def run_items(stage_: Stage, given: argparse.Namespace) -> None:
    """Items and approvals, which share a city."""
    from benchmarks import approvals, ledgers, report

    city = ledgers.prepare() if {"approvals", "ledgers"} & set(given.parts) else None
    if "approvals" in given.parts and city is not None:
        say("approvals: running cases, one step, the timers of a morning")
        running = approvals.prepare(city, given.cases)
        print(f"\n{report.timed_table(approvals.over_http(stage_, given.servers, running))}\n", flush=True)
        print(f"\n{report.timed_table(approvals.steps(stage_, running))}\n", flush=True)
        if given.timers:
            print(f"\n{report.timed_table(approvals.morning(stage_, given.timers))}\n", flush=True)
    if "ledgers" in given.parts and city is not None:
        say("ledgers: colours of a night, what waits, the one table")
        print(f"\n{report.timed_table(ledgers.colours(city, given.coloured))}\n", flush=True)
        ledgers.empty()
        print(
            f"\n{report.timed_table(ledgers.pending(stage_, given.servers, city, given.open))}\n", flush=True
        )
        print(f"\n{report.timed_table(ledgers.table(city))}\n", flush=True)


def run(stage_: Stage, given: argparse.Namespace) -> None:
    os.environ.update(stage_.environment, DJANGO_SETTINGS_MODULE="config.settings")
    import django

    django.setup()
    from benchmarks import cast, loads, pages, report

    wanted = [loads.LOADS[part] for part in given.parts if part in loads.LOADS]
    many = given.sockets + 100 if {"w3", "w7", "crowded"} & set(given.parts) else 0
    least = given.viewers if given.parts == ["cards"] else 1000
    people = cast.make_people(max([least, many, *(load.rooms * load.members for load in wanted)]))
    say(f"{report.machine()}; {given.runs} runs of {given.secs:g} s; {len(people)} people made")
    for load in wanted:
        say(f"{load.name}: {load.title}")
        result = loads.measure(stage_, load, given.servers, people, runs=given.runs, secs=given.secs)
        print(f"\n{report.loads_table(result)}\n", flush=True)
    run_crowds(stage_, given, people)
    run_sources(stage_, given)
    if "alerts" in given.parts:
        from benchmarks import alerts

        say(f"alerts: {given.alerts} of them, from the frame to the screen and to the order")
        told = alerts.measure(stage_, given.servers, people, given.alerts)
        print(f"\n{report.timed_table(told)}\n", flush=True)
    if "orders" in given.parts:
        from benchmarks import orders

        say(f"orders: {given.people:,} people")
        told = orders.measure(stage_, given.servers, given.people)
        print(f"\n{report.lines_table(told)}\n", flush=True)
    if "matrix" in given.parts:
        from benchmarks import matrix

        say("matrix: sends, long polls, idle polls")
        print("\n" + matrix.measure(stage_, given.servers, people).table() + "\n", flush=True)
    if "cards" in given.parts:
        from benchmarks import cards

        say(f"cards: one subject, fifty changes a second, {given.viewers} viewers")
        print("\n" + cards.measure(stage_, given.servers, people, given.viewers) + "\n", flush=True)
    if "pages" in given.parts:
        say("pages: making rooms and messages")
        print(
            "\n" + report.pages_table(pages.measure(stage_, given.servers, pages.prepare(people))), flush=True
        )
    run_items(stage_, given)
    if "reminders" in given.parts:
        from benchmarks import reminders

        say(f"reminders: {given.reminders:,} at one moment, a run takes {given.spread // 60 + 2} minutes")
        told = reminders.measure(
            stage_, given.servers, people, count=given.reminders, spread_s=given.spread, known=given.known
        )
        print(f"\n{report.timed_table(told)}\n", flush=True)
    if "groups" in given.parts:
        from benchmarks import groups

        say(f"groups: {given.groups} from a template")
        print(f"\n{report.timed_table(groups.measure(given.groups))}\n", flush=True)
    if "search" in given.parts:
        from benchmarks import search

        say("search: writing and indexing a million messages, some minutes")
        city = search.prepare(people)
        print("\n" + report.search_table(city, search.measure(stage_, given.servers, city)), flush=True)


def run_sources(stage_: Stage, given: argparse.Namespace) -> None:
    """What other systems bring."""
    from benchmarks import frames, pulls, readings, report

    if "readings" in given.parts:
        say(f"readings: {given.items:,} stored values")
        print(f"\n{report.timed_table(readings.measure(given.items))}\n", flush=True)
    if "frames" in given.parts:
        say(f"frames: {given.secs:g} s of each kind")
        print(f"\n{report.timed_table(frames.measure(stage_, given.secs))}\n", flush=True)
    if "pulls" in given.parts:
        say(f"pulls: {given.sources:,} sources, some four minutes")
        print(f"\n{report.timed_table(pulls.measure(stage_, given.sources))}\n", flush=True)


def run_crowds(stage_: Stage, given: argparse.Namespace, people: list[Any]) -> None:
    from benchmarks import crowds, report, rooms

    servers, runs, secs = given.servers, given.runs, given.secs
    large = people[: given.sockets]
    crowd_parts = {
        "w3": lambda: crowds.idle(stage_, servers, large),
        "w5": lambda: crowds.storm(stage_, servers, people, runs),
        "w6": lambda: crowds.marking(stage_, servers, people, runs, max(secs, 6)),
        "w7": lambda: crowds.large(stage_, servers, large, max(secs, 60)),
    }
    for part in given.parts:
        if part in crowd_parts:
            say(f"{part}: making rooms")
            print(f"\n{report.lines_table(crowd_parts[part]())}\n", flush=True)
    if "w4" in given.parts:
        say(f"w4: writing {given.events:,} events")
        room = rooms.long_room(people, given.events)
        plan = rooms.check_plan(room, people[0])
        print(
            f"\n{report.requests_table(rooms.pages(stage_, servers, people, room))}\n\nplan: {plan}\n",
            flush=True,
        )
    if "crowded" in given.parts:
        say(f"crowded: a room of {len(large):,}")
        print(
            f"\n{report.requests_table(rooms.crowded(stage_, servers, people[: given.sockets + 100]))}\n",
            flush=True,
        )


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
