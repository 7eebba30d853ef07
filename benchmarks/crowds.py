"""Many sockets: W3 idle, W5 back all at once, W6 marking read meanwhile, W7 in one very large room."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from subprocess import Popen
from typing import Any

from benchmarks import cast
from benchmarks.cast import Person
from benchmarks.fleet import App, ask, crowd, running
from benchmarks.gauges import memory_bytes
from benchmarks.stage import Stage

IDLE_ROOMS, IDLE_ROOM_MEMBERS, IDLE_S = 20, 500, 20
STORM_CLIENTS, STORM_ROOM, STORM_MISSED = 500, 50, 100
MARKED_MEMBERS, MARKED_RATE, MARK_EVERY_S = 200, 200, 2
LARGE_RATE = 5
WARM_UP_S = 1.0


@dataclass(frozen=True)
class Line:
    """One line of the table: what was done on which server, and what came of it."""

    what: str
    server: str
    figures: dict[str, str]


def job(app: App, seats: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    host = f"127.0.0.1:{app.port}"
    addressed = [
        {
            "sends": False,
            **seat,
            "url": f"ws://{host}/live" if app.kind == "ours" else f"ws://{host}/one",
            "headers": {"Cookie": f"tz_session={seat['secret']}", "Origin": f"http://{host}"},
        }
        for seat in seats
    ]
    return {"seats": addressed, "window": 1, "members_per_room": len(seats), **more}


@contextmanager
def seated(
    stage: Stage, server: str, seats: list[dict[str, Any]], kind: str = "ours", **more: Any
) -> Iterator[tuple[App, Popen[str]]]:
    with running(stage, server, kind) as app, crowd(job(app, seats, **more), app, stage) as client:
        yield app, client


def idle(stage: Stage, servers: list[str], people: list[Person]) -> list[Line]:
    """W3: each person in 20 rooms, connected and silent. Memory a socket is what the application grew by."""
    rooms: dict[int, str] = {}
    groups = [people[at:][:IDLE_ROOM_MEMBERS] for at in range(0, len(people), IDLE_ROOM_MEMBERS)]
    for group, number in itertools.product(groups, range(IDLE_ROOMS)):
        room = cast.make_room(group[0], group[1:], f"W3 {number}")
        rooms.update({person.pk: room.room_id for person in group})
    cast.settle()
    seats = [{"room": rooms[person.pk], "secret": person.secret} for person in people]
    return [idle_line(stage, server, kind, seats) for server in servers for kind in ("ours", "raw")]


def idle_line(stage: Stage, server: str, kind: str, seats: list[dict[str, Any]]) -> Line:
    with running(stage, server, kind) as app:
        with crowd(job(app, seats[:1]), app, stage) as client:  # so that it has opened its connections
            ask(client, {"idle": 1})
        empty = memory_bytes([app.pid])
        with crowd(job(app, seats), app, stage) as client:
            ask(client, {"idle": 5})
            grown = memory_bytes([app.pid]) - empty
            cores = ask(client, {"idle": IDLE_S})["cores"]
    figures = {
        "sockets": f"{len(seats):,}",
        "KiB a socket": f"{grown / 1024 / len(seats):.1f}",
        "cores, idle": f"{cores:.3f}",
    }
    return Line(f"W3, {kind}", server, figures)


def storm(stage: Stage, servers: list[str], people: list[Person], runs: int) -> list[Line]:
    """W5: 500 clients come back at the same moment, each with 100 messages to catch up with."""
    seats = []
    for at in range(0, STORM_CLIENTS, STORM_ROOM):
        group = people[at:][:STORM_ROOM]
        room = cast.make_room(group[0], group[1:], f"W5 {at}")
        cast.append(cast.plain(group[0].actor(), room.pk, STORM_MISSED))
        room.refresh_from_db()
        place = {"position": room.last_seq - STORM_MISSED, "goal": room.last_seq, "room": room.room_id}
        seats += [{**place, "secret": person.secret} for person in group]
    cast.settle()
    lines = []
    for server in servers:
        took = []
        for _ in range(runs):
            with seated(stage, server, seats, waits=True) as (_app, client):
                took.append(ask(client, {"storm": 1}))
        if any(each["behind"] or each["gaps"] for each in took):
            raise RuntimeError(f"not everybody caught up: {took}")
        figures = {
            "s until all have all": f"{median(each['seconds'] for each in took):.2f}",
            "slowest run": f"{max(each['seconds'] for each in took):.2f}",
            "CPU s": f"{median(each['cpu_s'] for each in took):.2f}",
        }
        lines.append(Line(f"W5, {STORM_CLIENTS} clients, {STORM_MISSED} missed", server, figures))
    return lines


def marking(stage: Stage, servers: list[str], people: list[Person], runs: int, secs: float) -> list[Line]:
    """W6: 200 messages a second in a room of 200, without and with everybody marking read every two seconds."""
    seats = large_room(people[:MARKED_MEMBERS], "W6", senders=4)
    lines = []
    for server in servers:
        with seated(stage, server, seats) as (_app, client):
            ask(client, {"secs": WARM_UP_S, "rate": MARKED_RATE})
            pairs = [
                (
                    ask(client, {"secs": secs, "rate": MARKED_RATE}),
                    ask(client, {"secs": secs, "rate": MARKED_RATE, "read_every": MARK_EVERY_S}),
                )
                for _ in range(runs)
            ]
        figures = {
            "CPU ms per 1,000 without": f"{median(pair[0]['cpu_ms_1000'] for pair in pairs):.2f}",
            "with": f"{median(pair[1]['cpu_ms_1000'] for pair in pairs):.2f}",
            "ratio": f"{median(pair[1]['cpu_ms_1000'] / pair[0]['cpu_ms_1000'] for pair in pairs):.2f}",
            "ack p99 ms with": f"{median(pair[1]['ack_p99_ms'] for pair in pairs):.1f}",
            "lost": f"{max(each['lost'] for pair in pairs for each in pair):.2%}",
        }
        lines.append(Line("W6", server, figures))
    return lines


def large(stage: Stage, servers: list[str], people: list[Person], secs: float) -> list[Line]:
    """W7: one room of very many sockets, 5 messages a second: nothing can be batched, each delivery is a frame."""
    seats = large_room(people, "W7", senders=5)
    lines = []
    for server, kind in itertools.product(servers, ("ours", "raw")):
        with seated(stage, server, seats, kind) as (_app, client):
            ask(client, {"secs": WARM_UP_S, "rate": LARGE_RATE})
            got = ask(client, {"secs": secs, "rate": LARGE_RATE})
        figures = {
            "sockets": f"{len(seats):,}",
            "CPU ms per 1,000": f"{got['cpu_ms_1000']:.2f}",
            "ack p99 ms": f"{got['ack_p99_ms']:.1f}",
            "lost": f"{got['lost']:.2%}",
        }
        lines.append(Line(f"W7, {kind}", server, figures))
    return lines


def large_room(people: list[Person], name: str, *, senders: int) -> list[dict[str, Any]]:
    room = cast.make_room(people[0], people[1:], name)
    cast.settle()
    return [
        {"room": room.room_id, "secret": person.secret, "sends": number < senders}
        for number, person in enumerate(people)
    ]
