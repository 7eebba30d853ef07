"""However fast and at whatever moments a subject changes: its card is edited at most once a second, and ends as it is.

In a loop whose time only passes while everybody waits, so that a minute of changes takes no time.
"""

import asyncio
import itertools
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.desk import SHUJU
from bots.runtime import posting
from bots.runtime.turns import Turns
from bots.services import rendering
from bots.services.posting import Posted
from chatops.cards import Card

BEGAN = datetime(2026, 7, 1, 9, tzinfo=UTC)
LAST_STATE_WITHIN_S = 1.5
# A statement takes up to 20 ms, a send up to 60, the way of a job to its worker up to 100.
costs = st.integers(0, 20)
changes = st.lists(
    st.one_of(st.integers(0, 40), st.integers(0, 1500), st.integers(900, 1100)), min_size=1, max_size=120
)


class PatientLoop(asyncio.SelectorEventLoop):
    """Jumps to the next thing that is due as soon as nothing else is to do."""

    now = 0.0
    _ready: Any  # of asyncio's own loop
    _scheduled: Any

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self.now = max(self.now, self._scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]


@dataclass
class World:
    """A subject, its card in a room, and what its viewers saw: (moment, version)."""

    loop: PatientLoop
    ticks: list[int]
    state: int = 0
    changed_at: float = 0.0
    posted: Posted | None = None
    shown: list[tuple[float, int]] = field(default_factory=list)

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.loop.time())

    def _cost(self) -> float:
        self.ticks.append(self.ticks.pop(0))
        return self.ticks[0] / 1000

    async def service(self, work, *args, **kwargs):
        await asyncio.sleep(self._cost())
        found = work(*args, **kwargs)
        await asyncio.sleep(self._cost())
        return found

    def render(self, subject, _room):
        return Card(
            kind="status", subject=subject, version=self.state, title="水位", as_of=self.now(), fallback="水位",
            value=f"{self.state}",
        )  # fmt: skip

    def find(self, _number, _subject, _room):
        return self.posted

    def intend(self, _number, _room, card):
        return Posted("", card.version, rendering.digest_of(card), None)

    def sent(self, _number, _subject, _room, *, event_id, version, digest):
        self.posted = Posted(event_id, version, digest, self.now())
        return self.posted

    async def send(self, _room, content, _txn):
        await asyncio.sleep(3 * self._cost())
        card = content.get("m.new_content", content)["org.tongzhou.card"]
        self.shown.append((self.loop.time(), card["version"]))
        return "$card"

    async def live(self, gaps):
        kind, jobs = posting.Kind("status", SHUJU, self.render), []

        async def job():
            await asyncio.sleep(5 * self._cost())
            await posting.show(kind, "station", "!room")

        for gap in gaps:
            await asyncio.sleep(gap / 1000)
            self.state, self.changed_at = self.state + 1, self.loop.time()
            jobs.append(asyncio.create_task(job()))
        await asyncio.gather(*jobs)


def live_through(gaps: list[int], ticks: list[int]) -> World:
    loop = PatientLoop()
    world = World(loop, ticks)
    lines = SimpleNamespace(turns=Turns(), of=lambda _bot: world)
    fakes = {
        "posting": world, "clock": world, "call_service": world.service, "current": lambda: lines,
        "leave": SimpleNamespace(to_speak=lambda _bot: asyncio.sleep(0)),
        "hush": SimpleNamespace(hushed=lambda content: content),
    }  # fmt: skip
    with ExitStack() as stack:
        for name, fake in fakes.items():
            stack.enter_context(patch.object(posting, name, fake))
        loop.run_until_complete(world.live(gaps))
        loop.close()
    return world


@settings(max_examples=60, deadline=None)
@given(gaps=changes, ticks=st.lists(costs, min_size=1, max_size=15))
def test_at_most_one_edit_a_second_and_the_last_state_wins_soon(gaps, ticks):
    world = live_through(gaps, ticks)
    moments = [moment for moment, _version in world.shown]
    pauses = [after - before for before, after in itertools.pairwise(moments)]
    assert all(pause >= posting.EDIT_PAUSE_S - 1e-5 for pause in pauses)
    versions = [version for _moment, version in world.shown]
    assert versions == sorted(set(versions))
    assert versions[-1] == world.state
    assert moments[-1] - world.changed_at <= LAST_STATE_WITHIN_S


def test_fifty_changes_a_second_for_a_minute():
    world = live_through([20] * 3000, [2])
    assert 50 <= len(world.shown) <= 61
    assert world.shown[-1][1] == 3000
