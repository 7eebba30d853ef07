"""W1, one large room, and W2, many small rooms: ours against the raw application, in turns."""

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import cast
from benchmarks.cast import Person
from benchmarks.fleet import App, all_running, ask, crowd
from benchmarks.stage import Stage

WARM_UP_S = 1.0
KINDS = ["ours", "raw"]


@dataclass(frozen=True)
class Load:
    """`senders` members of each room keep `window` messages on the way, each 300 bytes of text."""

    name: str
    rooms: int
    members: int
    senders: int
    window: int

    @property
    def title(self) -> str:
        return (
            f"{self.rooms} room(s) of {self.members} members, {self.senders} sender(s), window {self.window}"
        )


LOADS = {load.name: load for load in (Load("w1", 1, 200, 4, 8), Load("w2", 100, 10, 1, 1))}


@dataclass(frozen=True)
class Result:
    """The runs of one load, by (server, kind); the n-th runs of both kinds followed each other."""

    load: Load
    runs: dict[tuple[str, str], list[dict[str, float]]]

    def middle(self, server: str, kind: str, figure: str) -> float:
        return median(run[figure] for run in self.runs[server, kind])

    def ratio(self, server: str, figure: str) -> float:
        """Median of ours to raw, run by run: neighbours in time share the machine's mood."""
        pairs = zip(self.runs[server, "ours"], self.runs[server, "raw"], strict=True)
        return median(ours[figure] / raw[figure] for ours, raw in pairs)


def seats_of(load: Load, people: list[Person], room_ids: list[str]) -> list[dict[str, Any]]:
    """A seat a member: where it connects (path), with what, and whether it sends."""
    seats = []
    for place, room_id in enumerate(room_ids):
        for number in range(load.members):
            person = people[place * load.members + number]
            seats.append(
                {"room": room_id, "path": place, "secret": person.secret, "sends": number < load.senders}
            )
    return seats


def job_for(app: App, load: Load, seats: list[dict[str, Any]]) -> dict[str, Any]:
    """The job of a client process. Ours is signed in to as by a browser: cookie and origin."""
    host = f"127.0.0.1:{app.port}"
    addressed = [
        {
            "url": f"ws://{host}/live" if app.kind == "ours" else f"ws://{host}/g{seat['path']}",
            "headers": {"Cookie": f"tz_session={seat['secret']}", "Origin": f"http://{host}"},
            "room": seat["room"],
            "sends": seat["sends"],
        }
        for seat in seats
    ]
    return {"seats": addressed, "window": load.window, "members_per_room": load.members}


def measure(
    stage: Stage, load: Load, servers: list[str], people: list[Person], *, runs: int, secs: float
) -> Result:
    """Make the rooms, start what is to be compared, and let each in turn carry the load."""
    others = people[: load.rooms * load.members]
    parts = [others[place * load.members :][: load.members] for place in range(load.rooms)]
    made = [cast.make_room(part[0], part[1:], f"{load.name} {place}") for place, part in enumerate(parts)]
    seats = seats_of(load, others, [room.room_id for room in made])
    cast.settle()  # else the application begins with the news of a thousand joins
    results: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for server in servers:  # one of ours at a time: a second would follow the same stream
        with ExitStack() as stack:
            apps = stack.enter_context(all_running(stage, [server], KINDS))
            crowds = [
                (app, stack.enter_context(crowd(job_for(app, load, seats), app, stage))) for app in apps
            ]
            for _app, client in crowds:
                ask(client, {"secs": WARM_UP_S})
            for _ in range(runs):
                for app, client in crowds:
                    results[app.server, app.kind].append(ask(client, {"secs": secs}))
    return Result(load, results)
