"""Questions that are put together."""

import asyncio

import pytest

from common.together import Together


class Oracle:
    def __init__(self):
        self.asked = []
        self.free = asyncio.Event()
        self.free.set()

    async def __call__(self, keys):
        self.asked.append(keys)
        await self.free.wait()
        if "bad" in keys:
            raise ValueError("bad")
        return {key: key.upper() for key in keys if key != "nobody"}


async def test_who_asks_in_the_same_moment_is_answered_by_one_question():
    oracle = Oracle()
    together = Together(oracle)
    assert await asyncio.gather(*(together.of(key) for key in ("a", "b", "a", "nobody"))) == [
        "A",
        "B",
        "A",
        None,
    ]
    assert oracle.asked == [["a", "b", "nobody"]]


async def test_nobody_is_told_what_was_read_before_they_asked():
    oracle = Oracle()
    oracle.free.clear()
    together = Together(oracle)
    first = asyncio.create_task(together.of("a"))
    await asyncio.sleep(0.01)
    assert oracle.asked == [["a"]]
    second, third = asyncio.create_task(together.of("a")), asyncio.create_task(together.of("b"))
    await asyncio.sleep(0)
    oracle.free.set()
    assert list(await asyncio.gather(first, second, third)) == ["A", "A", "B"]
    assert oracle.asked == [["a"], ["a", "b"]]


async def test_a_question_has_at_most_so_many_keys():
    oracle = Oracle()
    together = Together(oracle, most=2)
    await asyncio.gather(*(together.of(key) for key in "abcde"))
    assert oracle.asked == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_failure_reaches_those_who_asked_and_no_others():
    together = Together(Oracle(), most=1)
    good, bad = asyncio.create_task(together.of("a")), asyncio.create_task(together.of("bad"))
    assert await good == "A"
    with pytest.raises(ValueError, match="bad"):
        await bad
    assert await together.of("b") == "B"


async def test_one_who_goes_away_takes_no_answer_along():
    oracle = Oracle()
    oracle.free.clear()
    together = Together(oracle)
    leaving, staying = asyncio.create_task(together.of("a")), asyncio.create_task(together.of("a"))
    await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    oracle.free.set()
    assert await staying == "A"
