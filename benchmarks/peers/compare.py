"""W1 on ours, on the raw application and on each peer, one after the other within one run."""

from collections import defaultdict
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks import cast, report
from benchmarks.fleet import App, ask, crowd, running
from benchmarks.loads import LOADS, WARM_UP_S, job_for, seats_of
from benchmarks.peers import servers
from benchmarks.stage import Stage

FIGURES = (
    ("deliveries_s", ",.0f"), ("acked_s", ",.0f"), ("cpu_ms_1000", ",.2f"), ("ack_p50_ms", ",.1f"),
    ("ack_p99_ms", ",.1f"), ("lost", ".2%"), ("client_cores", ".2f"), ("foreign_cores", ".2f"),
)  # fmt: skip
LOAD = LOADS["w1"]


def measure(
    stage_: Stage, own_servers: list[str], peers: list[str], runs: int, secs: float
) -> dict[str, list[dict[str, float]]]:
    """The runs of each application by its name. One application at a time is alive: they would share the two cores."""
    people = cast.make_people(LOAD.members)
    room = cast.make_room(people[0], people[1:], "W1").room_id
    seats = seats_of(LOAD, people, [room])
    cast.settle()
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for server in own_servers:
        for kind in ("ours", "raw"):
            with running(stage_, server, kind) as app:
                found[f"{kind}, {server}"] = _carry(stage_, app, job_for(app, LOAD, seats), runs, secs)
    for peer in peers:
        with ExitStack() as stack:
            app = stack.enter_context(getattr(servers, peer)(stage_))
            found[peer] = _carry(stage_, app, _job(app), runs, secs)
    return found


def _carry(stage_: Stage, app: App, job: dict[str, Any], runs: int, secs: float) -> list[dict[str, float]]:
    with crowd(job, app, stage_) as client:
        ask(client, {"secs": WARM_UP_S})
        return [ask(client, {"secs": secs}) for _ in range(runs)]


def _job(app: App) -> dict[str, Any]:
    room, secrets = "w1", [""] * LOAD.members
    if app.kind == "synapse":
        room, secrets = servers.make_members(app.port, LOAD.members)
    seats = [
        {
            "port": app.port,
            "room": room,
            "name": f"m{number}",
            "secret": secret,
            "sends": number < LOAD.senders,
        }
        for number, secret in enumerate(secrets)
    ]
    return {"seats": seats, "window": LOAD.window, "members_per_room": LOAD.members}


def table(found: dict[str, list[dict[str, float]]]) -> str:
    head = ["", "deliveries/s", "acked/s", "CPU ms per 1,000", "ack p50 ms", "ack p99 ms", "lost", "client cores",
            "foreign cores", *(f"ours to it, {name.split(', ')[1]}" for name in _own(found))]  # fmt: skip
    middle = {
        name: {figure: median(run[figure] for run in runs) for figure, _ in FIGURES}
        for name, runs in found.items()
    }
    rows = [
        [
            name,
            *(f"{figures[figure]:{form}}" for figure, form in FIGURES),
            *(
                f"{middle[own]['deliveries_s'] / figures['deliveries_s']:,.2f} × speed, "
                f"{middle[own]['cpu_ms_1000'] / figures['cpu_ms_1000']:,.3f} × CPU"
                for own in _own(found)
            ),
        ]
        for name, figures in middle.items()
    ]
    return report.table(head, rows)


def _own(found: dict[str, Any]) -> list[str]:
    return [name for name in found if name.startswith("ours")]
