"""The figures as Markdown tables."""

import os
import platform
from collections.abc import Iterable

from benchmarks.crowds import Line
from benchmarks.ledgers import Timed
from benchmarks.loads import Result
from benchmarks.pages import Answered
from benchmarks.rooms import Waited as Request
from benchmarks.search import City, Waited


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def loads_table(result: Result) -> str:
    head = [
        "server, application", "deliveries/s", "acked/s", "CPU ms per 1,000", "of it databases", "ack p50 ms",
        "ack p99 ms", "events/frame", "lost", "gaps", "resumes", "client cores", "foreign cores",
    ]  # fmt: skip
    rows = []
    for server, kind in result.runs:
        shown = [
            f"{result.middle(server, kind, figure):{form}}"
            for figure, form in (
                ("deliveries_s", ",.0f"), ("acked_s", ",.0f"), ("cpu_ms_1000", ".2f"), ("database_ms_1000", ".2f"),
                ("ack_p50_ms", ".1f"),
                ("ack_p99_ms", ".1f"), ("batch", ".1f"), ("lost", ".2%"), ("gaps", ".0f"), ("resumes", ".0f"),
                ("client_cores", ".2f"), ("foreign_cores", ".2f"),
            )
        ]  # fmt: skip
        rows.append([f"{server}, {kind}", *shown])
    ratios = [
        [
            server,
            *(
                f"{result.ratio(server, figure):.2f}"
                for figure in ("deliveries_s", "cpu_ms_1000", "ack_p50_ms")
            ),
        ]
        for server in dict.fromkeys(server for server, _kind in result.runs)
    ]
    return "\n\n".join(
        [
            f"**{result.load.name.upper()}**: {result.load.title}",
            table(head, rows),
            table(["ours to raw", "deliveries/s", "CPU", "ack p50"], ratios),
        ]
    )


def lines_table(lines: list[Line]) -> str:
    """Their figures are the columns: a table for each kind of line."""
    kinds: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        kinds.setdefault(tuple(line.figures), []).append(line)
    return "\n\n".join(
        table(
            ["what; server", *figures],
            ([f"{line.what}; {line.server}", *line.figures.values()] for line in alike),
        )
        for figures, alike in kinds.items()
    )


def timed_table(lines: list[Timed]) -> str:
    head = ["what", *lines[0].figures]
    return table(head, ([line.what, *line.figures.values()] for line in lines))


def requests_table(waits: list[Request]) -> str:
    rows = [
        [
            f"{each.what}; {each.server}",
            *(f"{value:.1f}" for value in (each.p50_ms, each.p95_ms, each.p99_ms, each.cpu_ms)),
        ]
        for each in waits
    ]  # fmt: skip
    return table(["request; server", "p50 ms", "p95 ms", "p99 ms", "CPU ms"], rows)


def pages_table(answers: list[Answered]) -> str:
    rows = [
        [
            f"{each.what}; {each.server}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}", f"{each.cpu_ms:.1f}",
            f"{each.size / 1024:.0f}",
        ]
        for each in answers
    ]  # fmt: skip
    return "**Pages**: one request at a time over HTTP\n\n" + table(
        ["request; server", "p50 ms", "p99 ms", "CPU ms", "KiB"], rows
    )


def search_table(city: City, waits: list[Waited]) -> str:
    rows = [
        [
            each.what, f"{each.p50_ms:.0f}", f"{each.p95_ms:.0f}", f"{each.worst_ms:.0f}",
            f"{each.worst.text} ({each.worst.found_in:,})",
        ]
        for each in waits
    ]  # fmt: skip
    spread = {
        share: sorted(word.found_in for word in city.words if word.share == share)
        for share in dict.fromkeys(word.share for word in city.words)
    }
    facts = [
        "**Search**: one request at a time over HTTP",
        "messages that hold a word, least to most: "
        + "; ".join(f"{share}: {found[0]:,} to {found[-1]:,}" for share, found in spread.items()),
        "messages in the readers' rooms: "
        + "; ".join(f"{number} rooms: {own:,}" for number, own in city.own.items()),
        "indexed a second: " + "; ".join(f"{how}: {rate:,.0f}" for how, rate in city.rates.items()),
    ]
    head = ["group; reader; server; word in", "p50 ms", "p95 ms", "worst ms", "worst word (messages with it)"]
    return "\n\n".join([*facts, table(head, rows)])
