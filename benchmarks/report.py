"""The figures as Markdown tables."""

import os
import platform
from collections.abc import Iterable

from benchmarks.loads import Result
from benchmarks.pages import Answered


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
