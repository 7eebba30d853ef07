"""Eight writers over the socket and eight over Matrix, twenty readers of /sync with forced reconnects and tokens used
again, one writer killed between its two transactions, a write transaction held open elsewhere: everybody sees every
event once, per room in the order of the sequence."""

import asyncio
import os
import random
import subprocess
import sys
import textwrap

import httpx
import psycopg
import pytest
from django.conf import settings

from chatops.services import rooms
from chatops.store.models import Event, Room
from common.aio import call_service
from deploy.embedded.places import CHECKOUT
from directory.models import PostRole
from tests.chatops.matrix.conftest import Raw
from tests.support.app import serving
from tests.support.live import LiveClient, opened_delivery
from tests.support.world import make_person, make_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(400)]

WRITERS, READERS, SENDS = 8, 20, 25
SEED = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6))
FILTER = '{"room":{"timeline":{"limit":100}}}'
# Dies after the commit of its event and before any drain: what it wrote is left in the inbox.
DYING = textwrap.dedent(
    """
    import os, sys, django
    django.setup()
    from chatops.delivery import wake
    wake.wake_on_commit = lambda: None
    from chatops.services import messages
    messages.wake_on_commit = lambda: None
    from directory.services import devices
    actor = devices.actor_for_secret(sys.argv[2], "api")
    content = {"msgtype": "m.text", "body": "the last words"}
    sent = messages.send(actor=actor, room_id=sys.argv[1], type="m.room.message", content=content)
    print(sent.event_id, flush=True)
    os.kill(os.getpid(), 9)
    """
)


def stage():
    unit = make_unit()
    people = [make_person(f"人{n}", unit=unit, role=PostRole.OFFICE) for n in range(WRITERS + 2)]
    keys = [person.pk for person in people]
    made = [
        rooms.create_room(actor=people[0].actor(), kind="work", name=f"群{n}", members=keys) for n in range(3)
    ]
    return people, made


class Reader:
    """Follows /sync, pages back over gaps; now and then breaks off a poll, or asks again by a used token."""

    def __init__(self, url, secret, seed):
        self._url, self._secret, self._random = url, secret, random.Random(seed)
        self.since = ""
        self.seen: dict[str, list[str]] = {}
        self.known: dict[str, str] = {}

    async def follow(self, stop):
        while not stop.is_set():
            async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=60) as client:
                asks = Raw(client, self._secret)
                for _ in range(self._random.randrange(1, 6)):
                    await self._once(asks)

    async def _once(self, asks):
        given = self.since
        polling = asyncio.create_task(asks.sync(given, filter=FILTER, timeout=1000))
        if self._random.random() < 0.15:
            await asyncio.sleep(self._random.random() * 0.2)
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            return
        got = await polling
        if given and self._random.random() < 0.15:
            got = await asks.sync(given, filter=FILTER)  # the first answer was lost on its way
        await self.take(asks, got)

    async def start(self, asks):
        """Remembers where the rooms stand; what comes after that is `seen`."""
        await self.take(asks, await asks.sync())
        self.seen.clear()

    async def take(self, asks, got):
        for room, section in got["rooms"]["join"].items():
            timeline = section["timeline"]
            events = [one["event_id"] for one in timeline["events"]]
            if self.since and timeline["limited"]:  # far behind, on a busy machine
                events = await self._missed(asks, room, timeline["prev_batch"]) + events
            self.seen.setdefault(room, []).extend(events)
            if events:
                self.known[room] = events[-1]
        self.since = got["next_batch"]

    async def _missed(self, asks, room, before):
        """Pages back from a gap to what it has seen."""
        found = []
        while True:
            page = await asks.ok(
                "GET", f"/rooms/{room}/messages", params={"dir": "b", "from": before, "limit": 30}
            )
            names = [one["event_id"] for one in page["chunk"]]
            if self.known[room] in names:
                found += names[: names.index(self.known[room])]
                return found[::-1]
            found += names
            before = page["end"]


def truth_of(pk, after):
    return list(
        Event.objects.filter(room_id=pk, seq__gt=after).order_by("seq").values_list("event_id", flat=True)
    )


async def test_every_reader_sees_every_event_once_and_in_order():
    people, made = await call_service(stage)
    names = [room.room_id for room in made]
    starts = {name: (await call_service(Room.objects.get, room_id=name)).last_seq for name in names}
    async with opened_delivery() as delivery, serving(delivery) as url:
        readers = [Reader(url, people[n % len(people)].secret, SEED + n) for n in range(READERS)]
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            for reader in readers:
                await reader.start(Raw(client, reader._secret))
            stop = asyncio.Event()
            following = [asyncio.create_task(reader.follow(stop)) for reader in readers]
            async with await psycopg.AsyncConnection.connect(settings.DATABASE_URL) as elsewhere:
                # A write transaction that somebody forgot: an xid horizon would stop all readers here.
                await elsewhere.execute(
                    "UPDATE directory_staff SET phone = phone WHERE id = %s", [people[-1].pk]
                )
                await write(client, delivery, people, names)
                await asyncio.to_thread(die, names[0], people[-2].secret)
                truth = {
                    name: await call_service(truth_of, room.pk, starts[name])
                    for name, room in zip(names, made, strict=True)
                }
                async with asyncio.timeout(60):
                    while any(
                        reader.seen.get(name, []) != truth[name] for reader in readers for name in names
                    ):
                        await asyncio.sleep(0.2)
                        for task in following:
                            assert not task.done() or task.result() is None
                await elsewhere.rollback()
            stop.set()
            await asyncio.gather(*following)
    assert sum(map(len, truth.values())) == 2 * WRITERS * SENDS + 1, f"FAULT_SEED={SEED}"
    for reader in readers:
        assert reader.seen == truth, f"FAULT_SEED={SEED}"


async def write(client, delivery, people, names):
    chance = random.Random(SEED)

    async def by_matrix(person):
        asks = Raw(client, person.secret)
        for number in range(SENDS):
            await asks.say(chance.choice(names), str(number))

    async def by_socket(person):
        socket = await LiveClient(delivery, person.secret).start()
        await socket.wait_for("welcome")
        for number in range(SENDS):
            await socket.acked(await socket.send(chance.choice(names), str(number)))
        await socket.stop()

    await asyncio.gather(*(how(person) for person in people[:WRITERS] for how in (by_matrix, by_socket)))


def die(room, secret):
    done = subprocess.run(
        [sys.executable, "-c", DYING, room, secret],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -9, done.stderr
    assert done.stdout.startswith("$")
