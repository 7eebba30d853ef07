"""What the worker does all the time: each chore on its own, again at once while more waits."""

import asyncio

import pytest

from common import chores


@pytest.fixture(autouse=True)
def _no_others(monkeypatch):
    monkeypatch.setattr(chores, "_chores", {})
    monkeypatch.setattr(chores, "AFTER_FAILURE_S", 0.01)


async def run_until(done: asyncio.Event) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(chores.run_all(stop))
    await asyncio.wait_for(done.wait(), 10)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_chore_runs_again_at_once_while_more_waits():
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    left = [3]

    def work() -> bool:
        left[0] -= 1
        if left[0] == 0:
            loop.call_soon_threadsafe(done.set)
        return left[0] > 0

    chores.add("work", work, every_s=3600)
    await run_until(done)
    assert left == [0]


async def test_a_failing_chore_is_tried_again_and_holds_up_no_other(caplog):
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    tries = [0]
    seen: list[int] = []

    def broken() -> bool:
        tries[0] += 1
        if tries[0] == 3:
            loop.call_soon_threadsafe(done.set)
        raise RuntimeError

    def fine() -> bool:
        seen.append(1)
        return False

    chores.add("broken", broken)
    chores.add("fine", fine, every_s=3600)
    await run_until(done)
    assert tries[0] >= 3
    assert seen == [1]
    assert "chore broken failed" in caplog.text
