"""The whole way: neighbour process, worker process, database; the gauges stop, the card says so, they return."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from connectors.cards import status_card
from connectors.store.models import Subject
from deploy.embedded.places import CHECKOUT
from tests.support.neighbour import Neighbour

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60


@pytest.fixture
def worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=CHECKOUT, env=os.environ.copy())
    yield
    process.terminate()
    assert process.wait(timeout=30) == 0


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, "等得太久"
        time.sleep(0.2)


def shown() -> tuple[str, bool]:
    """The words on the chip of 西河桥站, and whether the card is marked old."""
    station = Subject.objects.filter(code="62310101").first()
    card = status_card(station.pk) if station else None
    return (card.state.word, card.stale) if card and card.state else ("", False)


@pytest.mark.timeout(240)
def test_a_stopped_gauge_is_seen_and_seen_to_return(make_connector, worker):
    with Neighbour(step_s=1) as gauges:
        make_connector(gauges.url, interval_s=1, fresh_for_s=4, lost_after_s=8)
        eventually(lambda: shown()[0] in {"正常", "接近警戒"})
        gauges.control(mode="normal", raise_m=0.6)
        eventually(lambda: shown() == ("超警戒", False))
        gauges.control(mode="stop", raise_m=0.6)
        eventually(lambda: Subject.objects.get(code="62310101").freshness == "lost")
        assert shown() == ("失联", True)
        gauges.control(mode="normal", raise_m=0.6)
        eventually(lambda: Subject.objects.get(code="62310101").freshness == "fresh")
        assert shown() == ("超警戒", False)
