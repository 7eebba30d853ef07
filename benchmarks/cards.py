"""One subject that changes fifty times a second, in a room with two hundred viewers. `python -m benchmarks cards`,
`--viewers` for another number.

The changes are readings of a station, through the intake that all sources use; the bots process shows them, as it
does in production.
What a viewer sees is counted on a socket of each: edits of the card, and when the last state was there.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
import orjson

from benchmarks import cast, changes
from benchmarks.fleet import App, process, running
from benchmarks.stage import Stage
from benchmarks.watching import watch
from deploy.embedded.places import CHECKOUT

RATE, SECONDS = 50, 10
LAST = f"{changes.value(RATE * SECONDS)} "
STATION = {"port": 9, "bind": "127.0.0.1", "stations": {changes.CODE: {"name": changes.NAME}}}
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
                if card["value"].startswith(LAST) and not self.last_at:
                    self.last_at = self.edits[-1]


def measure(stage: Stage, servers: list[str], people: list[cast.Person], viewers: int) -> str:
    """The table, one row a server."""
    rows = [
        "| server | changes/s | edits/s at a viewer | last state at all viewers after |",
        "|---|---|---|---|",
    ]
    for server in servers:
        subject = _subject(people[:viewers], server)
        with running(stage, server, "ours") as app, process(_bots(app)):
            rows.append(f"| {server} | {' | '.join(asyncio.run(_watch(app, people[:viewers], subject)))} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def _bots(app: App) -> list[str]:
    return [sys.executable, "manage.py", "runbots", "--homeserver", f"http://127.0.0.1:{app.port}"]


@dataclass(frozen=True)
class Subject:
    """A station whose status card stands in the room, and the source that tells of it."""

    room_id: str
    connector_id: UUID
    subject_id: UUID


def _subject(people: list[cast.Person], server: str) -> Subject:
    """A station with a first reading, and a room with everybody in it that wants its card."""
    from bots.services import accounts
    from connectors.services import intake, manage
    from connectors.store.models import Connector
    from directory.actors import system_actor
    from directory.store.models import Unit

    accounts.ensure_bots()
    room = cast.make_room(people[0], people[1:], f"值守 {server}")
    source = manage.Source(
        f"cards-{server}", "遥测", STATION, kind="sl651", fresh_for_s=7200, lost_after_s=9000
    )
    connector = manage.connect(
        actor=system_actor("压测"), owner=Unit.objects.order_by("name")[0], source=source
    )
    Connector.objects.filter(pk=connector.pk).update(sources=["127.0.0.1"])
    subject_id = intake.take(connector.pk, [changes.reading(0)]).subjects[0]
    manage.subscribe(actor=system_actor("压测"), connector=connector, room_id=room.room_id, codes=[])
    intake.take(connector.pk, [changes.reading(1)])  # the first that somebody wants to see
    return Subject(room.room_id, connector.pk, subject_id)


async def _watch(app: App, people: list[cast.Person], subject: Subject) -> list[str]:
    viewers = [Viewer() for _ in people]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        following = [
            asyncio.create_task(watch(session, app, person, viewer.take))
            for person, viewer in zip(people, viewers, strict=True)
        ]
        await _first_card(subject)
        made, began, ended = await _change(subject)
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


async def _first_card(subject: Subject) -> None:
    from bots.models import CardPost
    from common.aio import call_service

    wanted = {"subject": str(subject.subject_id), "room_id": subject.room_id}
    async with asyncio.timeout(PATIENCE_S):
        while not await call_service(CardPost.objects.filter(**wanted).exclude(event_id="").exists):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _change(subject: Subject) -> tuple[int, float, float]:
    """Readings by a process of its own (benchmarks/changes.py): how many, and when first and last were stored."""
    argv = [sys.executable, "-m", "benchmarks.changes", str(subject.connector_id), str(RATE), str(SECONDS)]
    maker = await asyncio.create_subprocess_exec(*argv, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    said, _ = await maker.communicate()
    told = orjson.loads(said)
    return told["made"], told["began"], told["ended"]
