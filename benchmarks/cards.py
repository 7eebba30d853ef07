"""One subject that changes fifty times a second, in a room with two hundred viewers. `python -m benchmarks cards`.

The changes are made by the service that people's reports use; the bots process shows them, as it does in production.
What a viewer sees is counted on a socket of each: edits of the card, and when the last state was there.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import aiohttp
import orjson

from benchmarks import cast
from benchmarks.fleet import App, process, running
from benchmarks.stage import Stage

VIEWERS, RATE, SECONDS = 200, 50, 10
LAST = 99
PATIENCE_S = 60


@dataclass
class Viewer:
    """`edits`: when each edit came; `last_at`: when the last state was there."""

    edits: list[float] = field(default_factory=list)
    last_at: float = 0.0

    def take(self, frame: bytes) -> None:
        told = orjson.loads(frame)
        if told.get("type") != "events":
            return
        for event in told["events"]:
            card = event["content"].get("m.new_content", {}).get("org.tongzhou.card")
            if card is not None:
                self.edits.append(time.perf_counter())
                if card["progress"]["percent"] == LAST and not self.last_at:
                    self.last_at = self.edits[-1]


def measure(stage: Stage, servers: list[str], people: list[cast.Person]) -> str:
    """The table, one row a server."""
    rows = [
        "| server | changes/s | edits/s at a viewer | last state at all viewers after |",
        "|---|---|---|---|",
    ]
    for server in servers:
        subject = _subject(people[:VIEWERS], server)
        with running(stage, server, "ours") as app, process(_bots(app)):
            rows.append(f"| {server} | {' | '.join(asyncio.run(_watch(app, people[:VIEWERS], subject)))} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def _bots(app: App) -> list[str]:
    return [sys.executable, "manage.py", "runbots", "--homeserver", f"http://127.0.0.1:{app.port}"]


@dataclass(frozen=True)
class Subject:
    room_id: str
    item_id: Any
    handler: Any


def _subject(people: list[cast.Person], name: str) -> Subject:
    """A signed item of a task force, everybody in its room."""
    from bots.services import accounts
    from chatops.services import membership
    from directory.services.acting import actor_of
    from directory.store.models import Appointment, Post, Staff, Unit
    from workflows.services import acts, items, registering, taskforces

    accounts.ensure_bots()
    unit = Unit.objects.get()
    seats = []
    for role in ("leader", "liaison"):
        staff = Staff.objects.create(staff_number=f"{name}-{role}", name=role, password="!")
        post = Post.objects.create(unit=unit, title=role, role=role)
        Appointment.objects.create(staff=staff, post=post, is_primary=True, valid_from=date(2020, 1, 1))
        seats.append(actor_of(staff.staff_number, "web"))
    lead, liaison = seats
    assert lead
    assert liaison
    today = date.today()  # noqa: DTZ011, TID251 - the city of the benchmark lives now
    force = taskforces.check_found_taskforce(
        actor=lead, name=f"{name}专班", goal="办好", unit_ids=[unit.pk], ends_on=today + timedelta(days=200)
    )
    new = items.NewItem(
        title="智慧社区", lead_unit_id=unit.pk, starts_on=today, due_on=today + timedelta(days=100)
    )
    home = registering.Home(taskforce_id=force.id)
    item = registering.check_register(actor=lead, home=home, new=new, dispatch=True).item
    acts.check_sign_for(actor=liaison, item_id=item.id)
    membership.add_members(actor=lead, room_id=force.room_id, staff_ids=[person.pk for person in people])
    return Subject(force.room_id, item.id, liaison)


async def _watch(app: App, people: list[cast.Person], subject: Subject) -> list[str]:
    viewers = [Viewer() for _ in people]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        following = [
            asyncio.create_task(_follow(session, app, person, viewer))
            for person, viewer in zip(people, viewers, strict=True)
        ]
        await _first_card(subject)
        began = time.perf_counter()
        made, ended = await asyncio.to_thread(_change, subject)
        async with asyncio.timeout(PATIENCE_S):
            while not all(viewer.last_at for viewer in viewers):  # noqa: ASYNC110 - sockets fill it
                await asyncio.sleep(0.05)
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    spent = ended - began
    most = max(len(viewer.edits) for viewer in viewers)
    slowest = max(viewer.last_at for viewer in viewers) - ended
    return [f"{made / spent:.0f}", f"{most / (spent + slowest):.2f}", f"{slowest:.2f} s"]


async def _follow(session: aiohttp.ClientSession, app: App, person: cast.Person, viewer: Viewer) -> None:
    headers = {"Authorization": f"Bearer {person.secret}"}
    async with session.ws_connect(
        f"http://127.0.0.1:{app.port}/live", headers=headers, max_msg_size=0
    ) as line:
        await line.send_str('{"type":"hello","v":1,"positions":{},"person":0}')
        frames = 0
        async for message in line:
            frames += 1
            viewer.take(message.data if isinstance(message.data, bytes) else message.data.encode())
            if frames % 16 == 0:
                await line.send_str(orjson.dumps({"type": "pos", "frames": frames}).decode())


async def _first_card(subject: Subject) -> None:
    from bots.models import CardPost
    from common.aio import call_service

    wanted = {"subject": str(subject.item_id), "room_id": subject.room_id}
    async with asyncio.timeout(PATIENCE_S):
        while not await call_service(CardPost.objects.filter(**wanted).exclude(event_id="").exists):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


def _change(subject: Subject) -> tuple[int, float]:
    """Reports at the rate, one after the other; how many, and when the last was acknowledged."""
    from django.db import close_old_connections

    from workflows.services import acts

    began, made = time.perf_counter(), 0
    total = RATE * SECONDS
    while made < total:
        time.sleep(max(0.0, began + made / RATE - time.perf_counter()))
        percent = LAST if made == total - 1 else 1 + made * 97 // total
        acts.check_report(actor=subject.handler, item_id=subject.item_id, percent=percent, text="进展")
        made += 1
    close_old_connections()
    return made, time.perf_counter()
