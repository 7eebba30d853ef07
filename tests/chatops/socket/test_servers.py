"""What the servers themselves do: no compression of frames, and no harm from a client that never reads."""

import asyncio
import base64
import json
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from chatops.services import rooms
from directory.models import PostRole
from tests.support.app import DaphneApp, serving
from tests.support.live import opened_delivery
from tests.support.world import make_person, make_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

HELLO = json.dumps({"type": "hello", "v": 1})


class Cast:
    def __init__(self):
        unit = make_unit()
        self.sender = make_person("周牧远", unit=unit, role=PostRole.OFFICE)
        self.reader = make_person("罗清和", unit=unit)
        self.deaf = make_person("陆景川", unit=unit)
        made = rooms.create_room(
            actor=self.sender.actor(), kind="work", name="群", members=[self.reader.pk, self.deaf.pk]
        )
        self.room = made.room_id


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture(params=["daphne", "uvicorn"])
async def server(request, cast):
    """The address and the process id of the application under each server."""
    if request.param == "daphne":
        with DaphneApp(SENDS_PER_MINUTE="1000000") as app:
            assert app.process is not None
            yield app.url, app.process.pid
    else:
        async with opened_delivery() as delivery, serving(delivery) as url:
            yield url, os.getpid()


def handshake(host, secret):
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {secret}\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    ).encode()


def masked(text):
    """A text frame from a client (RFC 6455, 5.2), masked with zeros."""
    body = text.encode()
    return b"\x81" + bytes([0x80 | len(body)]) + b"\x00" * 4 + body


async def raw_client(url, secret):
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**16)
    writer.write(handshake(parts.netloc, secret))
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


def resident_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError


async def test_frames_are_not_compressed_even_when_the_client_offers(server, cast):
    _reader, writer, answer = await raw_client(server[0], cast.reader.secret)
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in answer.lower()
    writer.close()


async def test_a_client_that_never_reads_costs_little_and_delays_nobody(server, cast):
    """20 MiB pass through the room; the deaf client's share must not pile up in the server."""
    url, pid = server
    _reader, deaf, _ = await raw_client(url, cast.deaf.secret)
    deaf.write(masked(HELLO))
    live = url.replace("http", "ws", 1) + "/live"

    def as_person(person):
        headers = {"Authorization": f"Bearer {person.secret}"}
        return connect(live, additional_headers=headers, compression=None, max_size=None, proxy=None)

    async with as_person(cast.sender) as sender, as_person(cast.reader) as reader:
        await sender.send(HELLO)
        await reader.send(HELLO)
        await asyncio.sleep(1)
        before = resident_mib(pid)
        reading = asyncio.create_task(take(reader, 400))
        await send_all(sender, cast.room, 400)
        await asyncio.wait_for(reading, 90)
        assert resident_mib(pid) - before < 15
    deaf.close()


async def take(socket, wanted):
    """Read like a browser until `wanted` events have come."""
    events = frames = 0
    while events < wanted:
        frame = json.loads(await socket.recv())
        frames += 1
        assert frame["type"] != "resume"
        events += len(frame.get("events", ()))
        if frames % 2 == 0:
            await socket.send(json.dumps({"type": "pos", "frames": frames}))


async def send_all(socket, room, count):
    """Send `count` messages of 50 KiB, one outstanding, each acknowledged within ten seconds."""
    frames = 0
    for number in range(count):
        content = {"msgtype": "m.text", "body": "水" * 17_000}
        await socket.send(json.dumps({"type": "send", "txn": f"n{number}", "room": room, "content": content}))
        sent_at = time.monotonic()
        while True:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
            frames += 1
            if frames % 2 == 0:
                await socket.send(json.dumps({"type": "pos", "frames": frames}))
            if frame.get("acks"):
                break
            assert frame["type"] != "refused", frame
        assert time.monotonic() - sent_at < 10
