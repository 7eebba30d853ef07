"""One sequence on every door: /sync sees what the socket, history and the database see, once and in order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import uuid

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from chatops.services import messages, redactions
from chatops.store.models import Event, Room
from common.aio import call_service
from deploy.embedded.places import CHECKOUT
from tests.support.live import LiveClient

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = '{"room":{"timeline":{"limit":100}}}'
DEEDS = st.lists(
    st.sampled_from(["matrix", "socket", "rest", "service", "recall", "sync", "wait"]),
    min_size=3,
    max_size=16,
)


def interleavings(count):
    """Drawn by Hypothesis beforehand: its own runner would need an event loop for each example."""
    drawn: list[list[str]] = []

    @settings(max_examples=count, database=None, deadline=None)
    @given(DEEDS)
    def draw(deeds):
        drawn.append(deeds)

    draw()
    return drawn


async def follow(asks, room, since, ids, *, wait_ms=0):
    """One more sync: the room's new event ids are added."""
    got = await asks.sync(since, filter=EVERYTHING, timeout=wait_ms)
    section = got["rooms"]["join"].get(room)
    if section is not None:
        assert section["timeline"]["limited"] is False
        ids += [event["event_id"] for event in section["timeline"]["events"]]
    return got["next_batch"]


def stored(room, after):
    rows = Event.objects.filter(room_id=room.pk, seq__gt=after).order_by("seq")
    return [(row.seq, row.event_id) for row in rows]


@pytest.fixture
async def rest(url, people):
    """`rest(method, path, …)` at Anna's REST door, by the cookie of her session."""
    proof = "x" * 32
    cookies = {"tz_session": people.anna.secret, "csrftoken": proof}
    async with httpx.AsyncClient(base_url=url, cookies=cookies, trust_env=False, timeout=30) as client:

        async def ask(method, path, **options):
            answer = await client.request(method, f"/api/v1{path}", headers={"X-CSRFToken": proof}, **options)
            assert answer.is_success, answer.text
            return answer

        yield ask


async def test_every_door_tells_the_same_sequence(raw, people, together, delivery, rest):
    """Random interleavings of writers on four doors and of recalls, with readers that come and wait at random."""
    anna, ben = raw(people.anna), raw(people.ben)
    room = await call_service(Room.objects.get, room_id=together)
    socket = await LiveClient(delivery, people.anna.secret).start()
    await socket.wait_for("welcome")
    actor = await call_service(people.ben.actor)
    text = {"msgtype": "m.text", "body": "x"}
    for deeds in interleavings(8):
        start = (await call_service(Room.objects.get, pk=room.pk)).last_seq
        seen: list[str] = []
        since, sends, latest = (await ben.sync())["next_batch"], [], None
        for deed in deeds:
            match deed:
                case "matrix":
                    sends.append(asyncio.create_task(anna.say(together, "x")))
                case "socket":
                    sends.append(asyncio.create_task(socket.acked(await socket.send(together, "x"))))
                case "rest":
                    body = {"txn_id": str(uuid.uuid4()), "content": text}
                    sends.append(asyncio.create_task(rest("POST", f"/rooms/{together}/messages", json=body)))
                case "service":
                    latest = await call_service(
                        messages.send, actor=actor, room_id=together, type="m.room.message", content=text
                    )
                case "recall" if latest is not None:
                    gone = {"actor": actor, "room_id": together, "event_id": latest.event_id}
                    await call_service(redactions.recall, **gone)
                case "sync":
                    since = await follow(ben, together, since, seen)
                case _:
                    since = await follow(ben, together, since, seen, wait_ms=30)
        await asyncio.gather(*sends)
        while (await call_service(stored, room, start))[len(seen) :]:
            since = await follow(ben, together, since, seen, wait_ms=1000)
        truth = await call_service(stored, room, start)
        assert seen == [event_id for _, event_id in truth], deeds
        assert [seq for seq, _ in truth] == list(range(start + 1, start + 1 + len(truth)))
        events = await socket.reach(together, truth[-1][0] if truth else 0)
        assert [event["event_id"] for event in events if event["seq"] > start] == seen
        page = await ben.ok("GET", f"/rooms/{together}/messages", params={"dir": "b", "limit": 100})
        assert [event["event_id"] for event in page["chunk"]][: len(seen)] == seen[::-1]
        shown = (
            await rest("GET", f"/rooms/{together}/timeline", params={"after": start, "limit": 200})
        ).json()
        assert [event["event_id"] for event in shown["items"]] == seen
    await socket.stop()


WRITER = textwrap.dedent(
    """
    import json, sys, time, django
    django.setup()
    from chatops.services import messages
    from directory.services import devices
    rooms, secret = json.loads(sys.argv[1]), sys.argv[2]
    actor, number = devices.actor_for_secret(secret, "api"), 0
    print("ready", flush=True)
    while True:
        number += 1
        content = {"msgtype": "m.text", "body": str(number)}
        sent = messages.send(actor=actor, room_id=rooms[number % len(rooms)], type="m.room.message", content=content)
        print(sent.event_id, flush=True)
        time.sleep(0.005)  # three of them shall not fill a page of the reader's
    """
)


def start_writer(rooms, secret):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, json.dumps(rooms), secret],
        cwd=CHECKOUT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_nothing_is_missed_when_a_writer_is_killed(raw, people, delivery):
    """Three processes write into two rooms, one is killed in between its commits; a reader syncs all the time."""
    anna, ben = raw(people.anna), raw(people.ben)
    rooms = []
    for _ in range(2):
        rooms.append(await anna.room(invite=[people.ben.user_id]))
        await ben.ok("POST", f"/join/{rooms[-1]}")
    starts = {room: (await call_service(Room.objects.get, room_id=room)).last_seq for room in rooms}
    since = (await ben.sync())["next_batch"]
    writers = [await asyncio.to_thread(start_writer, rooms, people.anna.secret) for _ in range(3)]
    for writer in writers:
        assert (await asyncio.to_thread(writer.stdout.readline)) == "ready\n"
    seen: dict[str, list[str]] = {room: [] for room in rooms}

    async def step(wait_ms):
        nonlocal since
        got = await ben.sync(since, filter=EVERYTHING, timeout=wait_ms)
        since = got["next_batch"]
        for room, section in got["rooms"]["join"].items():
            assert section["timeline"]["limited"] is False
            seen[room] += [event["event_id"] for event in section["timeline"]["events"]]

    async def follow_for(seconds):
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            await step(200)

    await follow_for(1.5)
    writers[0].send_signal(signal.SIGKILL)
    await follow_for(1)
    acked = set()
    for writer in writers:
        writer.kill()
        said, _ = await asyncio.to_thread(writer.communicate)
        acked |= set(said.split("\n")[:-1])
    async with asyncio.timeout(20):
        # Read anew each time: PostgreSQL may still finish what a killed writer had asked for.
        while seen != {room: await call_service(truth_of, room, starts[room]) for room in rooms}:
            await step(1000)
    assert acked <= {event_id for ids in seen.values() for event_id in ids}
    assert len(acked) > 20


def truth_of(room_id, after):
    room = Room.objects.get(room_id=room_id)
    return [event_id for _, event_id in stored(room, after)]
