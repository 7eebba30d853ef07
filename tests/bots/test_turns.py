"""One at a time, one waiting, none lost."""

import asyncio

import pytest

from bots.runtime.turns import Turns


async def test_calls_in_between_are_covered_by_the_one_that_waits():
    turns, ran, state = Turns(), [], 0
    gate = asyncio.Event()

    async def work():
        seen = state
        await gate.wait()
        ran.append(seen)

    calls = [asyncio.create_task(turns.take("card", work))]
    await asyncio.sleep(0)
    for _ in range(20):
        state += 1
        calls.append(asyncio.create_task(turns.take("card", work)))
    await asyncio.sleep(0)
    assert sum(call.done() for call in calls) == 19
    gate.set()
    await asyncio.gather(*calls)
    assert ran == [0, 20]


async def test_other_keys_do_not_wait():
    turns, gate = Turns(), asyncio.Event()
    busy = asyncio.create_task(turns.take("a", gate.wait))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await turns.take("b", lambda: asyncio.sleep(0))
    gate.set()
    await busy


async def test_a_failure_or_a_cancelled_wait_leaves_the_turn_free():
    turns, gate = Turns(), asyncio.Event()

    async def fail():
        await gate.wait()
        raise RuntimeError

    first = asyncio.create_task(turns.take("a", fail))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(turns.take("a", fail))
    await asyncio.sleep(0)
    waiting.cancel()
    gate.set()
    with pytest.raises(RuntimeError):
        await first
    gate = asyncio.Event()
    async with asyncio.timeout(1):
        again = asyncio.create_task(turns.take("a", gate.wait))
        gate.set()
        await again
