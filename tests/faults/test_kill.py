"""kill -9 of the app while twenty clients send: what was acknowledged is there, once, in order, and all catch up."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.people import make_clients
from tests.faults.scene import Scene, chance, live
from tests.support.app import DaphneApp

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.every_time,
    pytest.mark.timeout(400),
]

CLIENTS = 20
OPEN = {"SENDS_PER_MINUTE": "1000000", "LIVE_FRAMES_PER_SECOND": "100000"}


@pytest.fixture
def make_scene(tmp_path: Path) -> Iterator[object]:
    """A scene at a live address: everybody sends without pause, to the large group and to one of two small ones."""
    made: list[Scene] = []

    def make(url: str) -> Scene:
        from django.conf import settings

        clients = make_clients(CLIENTS)
        senders = [client["rooms"] for client in clients if client["rooms"]]
        everywhere = senders[0][0]
        clients = [
            {"secret": client["secret"], "url": live(url), "rooms": client["rooms"] or [everywhere]}
            for client in clients
        ]
        made.append(Scene(tmp_path, settings.DATABASE_URL, clients))
        made[0].start()
        return made[0]

    yield make
    for scene in made:
        scene.stop()


def test_nothing_acknowledged_is_lost_doubled_or_reordered(make_scene):
    moments = chance()
    with DaphneApp(**OPEN) as app:
        scene = make_scene(app.url)
        for _ in range(4):
            time.sleep(moments.uniform(1.0, 4.0))
            app.kill()
            time.sleep(moments.uniform(0.0, 1.0))
            app.start()
        time.sleep(2)
        assert scene.finish(), "clients did not catch up by themselves"
        assert scene.faults() == []
    assert scene.acks() > 500
    assert all(client["connects"] >= 4 for client in scene.timelines())


def test_the_checker_finds_an_acknowledgement_before_the_commit(make_scene):
    with DaphneApp(**OPEN, APPLICATION="tests.faults.early_ack:application") as app:
        scene = make_scene(app.url)
        time.sleep(3)
        app.kill()
        app.start()
        time.sleep(1)
        scene.finish()
    assert any(fault.startswith("acknowledged but not there") for fault in scene.faults())
