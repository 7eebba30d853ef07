"""From a frame at our listener to the alert's card on a screen, and to an issued order. `python -m benchmarks alerts`.

Gateway, worker, bots and web application are processes of their own, as in production. Each alert is of a station of
its own; a hydrological station (SL 651) crosses the limit, a person in the subscribed room waits on a socket, and an
approved template issues an order. All clocks are this machine's.
"""

import asyncio
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson

from benchmarks import cast
from benchmarks.fleet import App, process, running, started
from benchmarks.gauges import cpu_seconds
from benchmarks.ledgers import Timed
from benchmarks.stage import Stage
from benchmarks.watching import watch
from deploy.embedded.places import any_free_port
from directory.store.models import Appointment, Post, PostRole, Staff, Unit

COUNT, PAUSE_S = 40, 0.7
PATIENCE_S = 90.0
TARGETS_S = {"card": 2.0, "order": 5.0}
KEY = "alert-stations"


@dataclass
class Screen:
    """`shown`: station → when its alert's card came."""

    shown: dict[str, float] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()

    def take(self, frame: bytes) -> None:
        told = orjson.loads(frame)
        for event in told.get("events", ()) if told.get("type") == "events" else ():
            content = event["content"]
            card = content.get("org.tongzhou.card") or {}
            for name in self.wanted - self.shown.keys():
                if card.get("kind") == "alert" and name in card["title"]:
                    self.shown[name] = time.time()


def measure(
    stage: Stage, servers: Sequence[str], people: list[cast.Person], count: int = COUNT
) -> list[Timed]:
    """One row a server: the middle, the 95th and the worst of all alerts, with the load and the processor taken."""
    port = any_free_port()
    room = _prepare(people, port, (count + 1) * len(servers))
    rows = []
    for turn, server in enumerate(servers):
        names = [_name(number) for number in range(turn * (count + 1), (turn + 1) * (count + 1))]
        with running(stage, server, "ours") as app:
            manage = [sys.executable, "manage.py"]
            home = ["--homeserver", f"http://127.0.0.1:{app.port}"]
            with (
                process([*manage, "work"]) as worker,
                process([*manage, "runbots", *home]) as bots,
                started([*manage, "gateway"], {}, port) as gateway,
            ):
                ours = {
                    "application": app.pid,
                    "worker": worker.pid,
                    "gateway": gateway.pid,
                    "bots": bots.pid,
                }
                rows += asyncio.run(_run(app, people[0], port, names, server, {**ours, "": stage.roots}))
    assert room
    return rows


async def _run(
    app: App, person: cast.Person, port: int, names: list[str], server: str, pids: dict[str, Any]
) -> list[Timed]:
    screen = Screen(wanted=frozenset(names))
    async with aiohttp.ClientSession() as session:
        watching = asyncio.create_task(watch(session, app, person, screen.take))
        first, *others = names
        await asyncio.to_thread(_send, port, first, 20.0)
        await asyncio.to_thread(_send, port, first, 29.0, 1)
        await _until(lambda: first in screen.shown)  # everything has started by now
        roots = {name: [pid] if isinstance(pid, int) else pid for name, pid in pids.items()}
        before = {name: cpu_seconds(pid) for name, pid in roots.items()}
        sent: dict[str, float] = {}
        for name in others:
            sent[name] = time.time()
            await asyncio.to_thread(_send, port, name, 29.0)
            await asyncio.sleep(PAUSE_S)
        await _until(lambda: all(name in screen.shown for name in others))
        issued = await asyncio.to_thread(_issued, others)
        spent = {name or "databases": cpu_seconds(pid) - before[name] for name, pid in roots.items()}
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    cpu = ", ".join(f"{name} {1000 * used / len(others):.0f}" for name, used in spent.items())
    cards = [screen.shown[name] - sent[name] for name in others]
    orders = [issued[name] - sent[name] for name in others]
    what = f"{len(others)} alerts, {server}; CPU ms an alert: {cpu}"
    return [
        _timed(f"frame to card on a screen; {what}", cards, TARGETS_S["card"]),
        _timed(f"frame to issued order; {server}", orders, TARGETS_S["order"]),
    ]


def _timed(what: str, took: list[float], target_s: float) -> Timed:
    ordered = sorted(took)
    figures = {
        "p50 s": ordered[len(ordered) // 2],
        "p95 s": ordered[int(len(ordered) * 0.95)],
        "worst s": ordered[-1],
    }
    return Timed(
        what, {name: f"{value:.2f}" for name, value in figures.items()} | {"target p95 s": f"{target_s:g}"}
    )


async def _until(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - a socket fills it
            await asyncio.sleep(0.02)


def _issued(names: list[str]) -> dict[str, float]:
    """When each station's order was issued. Raises TimeoutError."""
    from workflows.store.models import Order

    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        rows = Order.objects.filter(issued_at__isnull=False).values_list("title", "issued_at")
        found = {name: at.timestamp() for title, at in rows for name in names if name in title}
        if len(found) == len(names):
            return found
        time.sleep(0.2)
    raise TimeoutError("not every alert became an order")


def _prepare(people: list[cast.Person], port: int, stations: int) -> str:
    from bots.services import accounts
    from connectors.services import manage
    from connectors.store.models import Connector
    from directory.actors import system_actor
    from directory.services.acting import actor_of
    from workflows.orders.views import OrderScopeIn
    from workflows.triggers import services
    from workflows.triggers.contents import OrderContent

    accounts.ensure_bots()
    unit = Unit.objects.order_by("name")[0]
    seats = []
    for role in (PostRole.DUTY_OFFICER, PostRole.HEAD):
        staff = Staff.objects.create(staff_number=f"alerts-{role}", name=f"值守{role}", password="!")
        post = Post.objects.create(unit=unit, title=role.label, role=role)
        since = datetime.now(UTC).date() - timedelta(days=99)  # noqa: TID251 - the city of the benchmark lives now
        Appointment.objects.create(staff=staff, post=post, is_primary=True, valid_from=since)
        seats.append(actor_of(staff.staff_number, "web"))
    duty, head = seats
    assert duty
    assert head
    room = cast.make_room(people[0], people[1:5], "防汛值守").room_id
    limits = {"stage": {"warning": "28", "guarantee": "28.5"}}
    config = {
        "port": port,
        "bind": "127.0.0.1",
        "stations": {
            f"{42130000 + number}": {"name": _name(number), "limits": limits} for number in range(stations)
        },
    }
    source = manage.Source(KEY, "遥测", config, kind="sl651", fresh_for_s=7200, lost_after_s=9000)
    connector = manage.connect(actor=system_actor("压测"), owner=unit, source=source)
    Connector.objects.filter(pk=connector.pk).update(sources=["127.0.0.1"])
    manage.put_subscription(
        actor=system_actor("压测"), connector=connector, room_id=room, wish=manage.Wish(what=("alerts",))
    )
    content = OrderContent(
        title="{对象}处置", text="{原因}。请立即处置。", scope=OrderScopeIn(units=[unit.pk]), sign_minutes=60
    )
    template = services.TriggerIn(
        "预警转指令", "alert", "order", content.model_dump(mode="json"), {"least": "red"}
    )
    trigger = services.put_trigger(actor=duty, new=template)
    services.check_approve_trigger(actor=head, trigger_id=trigger.pk)
    return room


def _name(number: int) -> str:
    return f"量测{number:04d}站"


def _send(port: int, name: str, stage: float, minutes: int = 0) -> None:
    """One timed report of a station over a line of its own; returns when it is confirmed."""
    from demo.neighbours import telemetry

    number = f"{42130000 + int(name[2:6]):010d}"
    now = datetime.now(UTC).astimezone(telemetry.LOCAL) + timedelta(minutes=minutes - 2)  # noqa: TID251 - a device's clock
    raw = telemetry.frame(number, 1, now, now.replace(second=0), {"stage": stage, "volts": 12.5}, 0x32)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
        line.sendall(raw)
        assert line.recv(512), "a frame was not confirmed"
