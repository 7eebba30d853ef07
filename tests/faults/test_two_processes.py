"""Two app processes behind nginx, members spread over both: the same promises, with Redis lossy, killed and back."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.faults.pair import Pair, pair_of_apps
from tests.faults.people import make_clients
from tests.faults.scene import Scene, chance, live

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.timeout(600),
]

MEMBERS = 60
AWAY_S = 30
CATCH_UP_S = 10  # ten times the promised second
WOKEN_S = (
    0.5  # ten times what a wake-up takes; read by the second, ten in a row come so soon once in 1,000 runs
)
PROBES = 10


@dataclass
class Probe:
    """A person's socket to one of the processes."""

    socket: ClientConnection
    taken: int = 0

    @classmethod
    @contextmanager
    def open(cls, url: str, secret: str) -> Iterator[Self]:
        with connect(
            live(url), additional_headers={"Authorization": f"Bearer {secret}"}, compression=None,
            max_size=None, proxy=None,
        ) as socket:  # fmt: skip
            socket.send(json.dumps({"type": "hello", "v": 1}))
            yield cls(socket)

    def say(self, room: str, txn: str) -> None:
        content = {"msgtype": "m.text", "body": txn}
        self.socket.send(json.dumps({"type": "send", "txn": txn, "room": room, "content": content}))

    def wait_for(self, body: str, seconds: float) -> float:
        """Seconds until the message came. Raises TimeoutError."""
        began = time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0:
            frame: dict[str, Any] = json.loads(self.socket.recv(left))
            self.taken += 1
            self.socket.send(json.dumps({"type": "pos", "frames": self.taken}))
            if any(event["content"].get("body") == body for event in frame.get("events", ())):
                return time.monotonic() - began
        raise TimeoutError(body)


@pytest.fixture
def pair() -> Iterator[Pair]:
    with pair_of_apps(SENDS_PER_MINUTE="1000000") as made:
        yield made


def crossings(pair: Pair, people: list[dict[str, Any]], room: str, name: str, seconds: float) -> list[float]:
    """How long each of some messages took from one process to the other."""
    secrets, (here, there), took = [who["secret"] for who in people], pair.apps, []
    with Probe.open(here.url, secrets[0]) as near, Probe.open(there.url, secrets[1]) as far:
        time.sleep(1)
        for number in range(PROBES):
            near.say(room, f"{name}{number}")
            took.append(far.wait_for(f"{name}{number}", seconds))
    return took


def test_two_processes_keep_the_promises_whatever_redis_does(pair, tmp_path: Path):
    from django.conf import settings

    moments = chance()
    clients = make_clients(MEMBERS)
    pair_room, probes = clients[0]["rooms"][2], clients[0:2]  # a room of two: nobody else's frames to read
    swarm = [{**client, "url": live(pair.url)} for client in clients[2:]]
    scene = Scene(tmp_path, settings.DATABASE_URL, swarm)
    try:
        scene.start()
        pair.doorbell.drop_every = 3
        lossy = crossings(pair, probes, pair_room, "lossy", CATCH_UP_S)
        pair.apps[moments.randrange(2)].kill()
        time.sleep(moments.uniform(0, 1))
        for app in pair.apps:
            if app.process is None:
                app.start()
        assert pair.doorbell.dropped > 0
        pair.doorbell.drop_every = 0

        pair.redis.kill()
        since = time.monotonic()
        away = crossings(pair, probes, pair_room, "away", CATCH_UP_S)
        time.sleep(max(0.0, since + AWAY_S - time.monotonic()))
        pair.redis.start()

        woken = crossings(pair, probes, pair_room, "warm", CATCH_UP_S)
        give_up = time.monotonic() + 60
        while max(woken) > WOKEN_S and time.monotonic() < give_up:
            woken = crossings(pair, probes, pair_room, f"woken{time.monotonic()}", CATCH_UP_S)
        print(f"across: lossy {max(lossy):.2f} s, away {max(away):.2f} s, back {max(woken):.2f} s")  # noqa: T201
        assert max(woken) < WOKEN_S, "forwarding is not by wake-up again"
        assert scene.finish(), "clients did not converge by themselves"
        assert scene.faults() == []
    finally:
        scene.stop()
    assert scene.acks() > MEMBERS
