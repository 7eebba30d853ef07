"""A hostile client is limited, answered and logged; the others' messages go on as before."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from chatops.services import rooms
from deploy.embedded.places import CHECKOUT
from directory.models import PostRole
from tests.faults.scene import live
from tests.support.app import DaphneApp
from tests.support.world import Person, make_person, make_unit

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.timeout(300),
]

QUIET_MESSAGES = 150
MESSAGES = 150
PAUSE_S = 0.05
FLOOR_S = 0.05  # a quiet p99 below this is one good minute of the host, not a promise
MEMORY_MIB = 80


@dataclass
class Voice:
    """Somebody who works on: sends, and measures how long acknowledgement and delivery take."""

    socket: ClientConnection
    taken: int = 0
    acked: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)

    async def listen(self) -> None:
        async for data in self.socket:
            frame: dict[str, Any] = json.loads(data)
            self.taken += 1
            now = time.monotonic()
            assert frame["type"] not in {"resume", "bye"}, "somebody else's frames were too many for us"
            for ack in frame.get("acks", ()):
                self.acked[ack["txn"]] = now
            for event in frame.get("events", ()):
                self.heard[str(event["content"].get("body"))] = now
            if self.taken % 8 == 0:
                await self.socket.send(json.dumps({"type": "pos", "frames": self.taken}))


@asynccontextmanager
async def voice(url: str, person: Person) -> AsyncIterator[Voice]:
    async with connect(
        live(url), additional_headers={"Authorization": f"Bearer {person.secret}"}, compression=None,
        max_size=None, proxy=None,
    ) as socket:  # fmt: skip
        await socket.send(json.dumps({"type": "hello", "v": 1}))
        made = Voice(socket)
        listening = asyncio.create_task(made.listen())
        yield made
        listening.cancel()


async def p99(speaker: Voice, listener: Voice, room: str, name: str, messages: int) -> float:
    """Of the acknowledgements, in seconds; all must be acknowledged and heard."""
    sent = {}
    for number in range(messages):
        txn = f"{name}{number}"
        sent[txn] = time.monotonic()
        content = {"msgtype": "m.text", "body": txn}
        await speaker.socket.send(json.dumps({"type": "send", "txn": txn, "room": room, "content": content}))
        await asyncio.sleep(PAUSE_S)
    async with asyncio.timeout(20):
        while not (sent.keys() <= speaker.acked.keys() and sent.keys() <= listener.heard.keys()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    took = sorted(speaker.acked[txn] - at for txn, at in sent.items())
    return took[int(len(took) * 0.99)]


class Cast:
    def __init__(self) -> None:
        unit = make_unit()
        self.speaker, self.listener, self.hostile = (
            make_person(name, unit=unit, role=PostRole.OFFICE) for name in ("周牧远", "罗清和", "陆景川")
        )
        room = rooms.create_room(
            actor=self.speaker.actor(), kind="work", name="群", members=[self.listener.pk, self.hostile.pk]
        )
        self.room = room.room_id


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[DaphneApp]:
    with DaphneApp(SENDS_PER_MINUTE="1000000") as made:
        yield made


@asynccontextmanager
async def attack(kind: str, app: DaphneApp, cast: Cast, said: Path) -> AsyncIterator[None]:
    with said.open("w") as out:
        process = subprocess.Popen(  # noqa: ASYNC220 (a matter of milliseconds)
            [sys.executable, "-m", "tests.faults.hostile", kind, live(app.url), cast.hostile.secret, cast.room],
            cwd=CHECKOUT, stdout=out,
        )  # fmt: skip
        try:
            await asyncio.sleep(2)
            assert process.poll() is None
            yield
            assert process.poll() is None, "the attacker gave up"
        finally:
            process.kill()
            process.wait()


def resident_mib(app: DaphneApp) -> float:
    assert app.process is not None
    status = Path(f"/proc/{app.process.pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("frames", {(4429, "too_fast")}),
        ("nonsense", {(4429, "too_fast")}),
        ("sockets", {(4409, "too_many_sockets")}),
        ("oversized", {(None, "oversized")}),
        ("slow", {(4408, "no_hello")}),
        ("deaf", set()),
    ],
)
async def test_others_go_on_as_before(app, cast, tmp_path, kind, ends):
    said = tmp_path / "said"
    async with voice(app.url, cast.speaker) as speaker, voice(app.url, cast.listener) as listener:
        await p99(speaker, listener, cast.room, "warm", 20)
        quiet = await p99(speaker, listener, cast.room, "quiet", QUIET_MESSAGES)
        before = resident_mib(app)
        async with attack(kind, app, cast, said):
            loud = await p99(speaker, listener, cast.room, "loud", MESSAGES)
            await asyncio.sleep(10 if kind == "slow" else 0)
        grown = resident_mib(app) - before
    answers = Counter((line["close"], line["bye"]) for line in map(json.loads, said.read_text().splitlines()))
    print(f"{kind}: p99 {quiet * 1000:.0f} → {loud * 1000:.0f} ms, {grown:.0f} MiB, {dict(answers)}")  # noqa: T201
    assert loud < 10 * max(quiet, FLOOR_S)
    assert grown < MEMORY_MIB
    assert ends <= answers.keys()
