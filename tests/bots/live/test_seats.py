"""Seats: one process at a time, a standby that follows."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from django.db import connection

from bots.runtime import seats as seating
from bots.runtime.seats import Seats
from common.aio import call_service

pytestmark = pytest.mark.django_db(transaction=True)


class Office:
    """Notes who works at which desk now."""

    def __init__(self):
        self.at_work = []
        self.times = 0

    def work(self, who):
        async def sit():
            self.at_work.append(who)
            self.times += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.at_work.remove(who)

        return sit

    async def until(self, wanted):
        async with asyncio.timeout(10):
            while sorted(self.at_work) != wanted:  # noqa: ASYNC110 - what is waited for is another task's doing
                await asyncio.sleep(0.02)


@asynccontextmanager
async def seated(settings, works):
    seats = Seats(settings.DATABASE_URL, works, try_every_s=0.2)
    task = asyncio.create_task(seats.run())
    try:
        yield seats
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def cut_connections():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tongzhou bots seats' AND datname = current_database()"
        )


async def test_a_standby_waits_and_follows(settings):
    office = Office()
    async with seated(settings, {"duban": office.work("first"), "worker": office.work("first")}) as first:
        await office.until(["first", "first"])
        async with seated(
            settings, {"duban": office.work("second"), "worker": office.work("second")}
        ) as second:
            await asyncio.sleep(0.6)
            assert office.at_work == ["first", "first"]
            assert first.holds("duban")
            assert not second.holds("duban")
        assert office.at_work == ["first", "first"]
        standby = seated(settings, {"duban": office.work("third"), "worker": office.work("third")})
        third = await standby.__aenter__()
    await office.until(["third", "third"])
    assert third.holds("worker")
    assert not first.holds("worker")
    await standby.__aexit__(None, None, None)
    assert office.at_work == []


async def test_who_loses_the_database_stands_up_and_comes_back(settings):
    office = Office()
    async with seated(settings, {"duban": office.work("only")}):
        await office.until(["only"])
        await call_service(cut_connections)
        async with asyncio.timeout(10):
            while office.times < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await office.until(["only"])


async def test_work_that_ends_is_begun_again(settings, monkeypatch, caplog):
    monkeypatch.setattr("bots.runtime.seats.AGAIN_AFTER_S", 0.05)
    begun = []

    async def breaks():
        begun.append(1)
        raise RuntimeError

    async with seated(settings, {"duban": breaks}), asyncio.timeout(10):
        while len(begun) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert "duban failed, starting it again" in caplog.text


async def test_standing_up_never_hangs(settings):
    """Cancelled at any moment of its round, it ends: a swallowed cancellation would keep the process alive."""
    office = Office()
    for step in range(60):
        seats = Seats(settings.DATABASE_URL, {"duban": office.work("only")}, try_every_s=0.001)
        task = asyncio.create_task(seats.run())
        await office.until(["only"])
        await asyncio.sleep(step / 5000)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=10)
        assert done
        assert office.at_work == []


def test_a_vanished_host_is_followed_within_ten_seconds_and_never_worked_beside():
    let_go_s = seating.IDLE_S + seating.PROBE_S * seating.PROBES
    assert let_go_s + seating.TRY_EVERY_S <= 10
    assert let_go_s > seating.TRY_EVERY_S + seating.TRUST_S
