"""A connector of the city's water bureau, and ears for what it publishes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from common import clock, events
from connectors.asking import Ask, Pulled
from connectors.events import (
    AlertClosed,
    AlertOpened,
    AlertUpgraded,
    ReadingsChanged,
    RecordChanged,
    SourceRecovered,
    SourceStale,
)
from connectors.mapping import parse
from connectors.services import manage, pull
from connectors.store.models import Connector, PullRun
from directory.actors import system_actor
from tests.connectors import gauge
from tests.support.neighbour import Neighbour
from tests.support.world import make_unit


@pytest.fixture(scope="module")
def gauges() -> Iterator[Neighbour]:
    with Neighbour(step_s=1, slow_s=3.0) as neighbour:
        yield neighbour


@pytest.fixture
def make_connector():
    def make(url: str = "http://127.0.0.1:9", **changes) -> Connector:
        limits = {
            name: changes.pop(name)
            for name in ("interval_s", "fresh_for_s", "lost_after_s")
            if name in changes
        }
        source = manage.Source("gauges", "市水利和湖泊局水情系统", gauge.config(url, **changes), **limits)
        return manage.connect(actor=system_actor("测试"), owner=make_unit(), source=source)

    return make


@pytest.fixture
def heard(monkeypatch) -> list[object]:
    """What this floor publishes of readings and records, in order."""
    return _listen(monkeypatch, ReadingsChanged, RecordChanged, SourceStale, SourceRecovered)


@pytest.fixture
def alarms(monkeypatch) -> list[object]:
    """What this floor publishes of alerts, in order."""
    return _listen(monkeypatch, AlertOpened, AlertUpgraded, AlertClosed)


def _listen(monkeypatch, *kinds: type) -> list[object]:
    said: list[object] = []
    for kind in kinds:
        monkeypatch.setitem(events._subscribers, kind, [said.append])
    return said


@pytest.fixture
def feed(monkeypatch, make_connector):
    """Give the connector these rows at that moment, as if they had been pulled."""
    connector = make_connector()

    def give(moment: datetime, *rows: dict[str, Any]) -> PullRun:
        def answer(ask: Ask) -> Pulled:
            return Pulled(parse(gauge.document(*rows), gauge.GAUGE, now=ask.now), unchanged=False, cursor={})

        monkeypatch.setitem(pull.ADAPTERS, "rest", answer)
        with clock.travel(moment):
            run = pull.pull(connector.pk)
        assert run is not None
        return run

    return give
