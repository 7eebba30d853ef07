"""A connector of the city's water bureau, and ears for what it publishes."""

from collections.abc import Iterator

import pytest

from common import events
from connectors.events import ReadingsChanged, SourceRecovered, SourceStale
from connectors.services import manage
from connectors.store.models import Connector
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
    """Every event that this floor publishes, in order."""
    said: list[object] = []
    for kind in (ReadingsChanged, SourceStale, SourceRecovered):
        monkeypatch.setitem(events._subscribers, kind, [said.append])
    return said
