"""The bots process: every bot's listener, and the worker of queue `bots`, in one loop (decisions 12)."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from django.conf import settings

from bots.desk.bot import Bot
from bots.runtime.ears import run_ears
from bots.runtime.lines import Lines
from bots.runtime.listener import Listener
from bots.runtime.seats import Seats, Work
from bots.services import schedules
from bots.services.accounts import ensure_bots
from bots.services.subscribers import join_known_forces
from common import clock, jobs, orphans
from common.aio import call_service

log = logging.getLogger(__name__)

QUEUE = "bots"
WORKER_SEAT = "worker"
# A card that changes takes two places for a second, the pause of its edits; what works in them is bounded elsewhere.
CONCURRENCY = 100
STOP_WITHIN_S = 8.0


async def run_bots(desk: Sequence[Bot], *, stop: asyncio.Event, homeserver: str | None = None) -> None:
    """Run until `stop` is set, then finish what is being said and leave."""
    await _wait_for_accounts(desk, stop)
    lines = Lines(homeserver or settings.BOTS_HOMESERVER)
    works: dict[str, Work] = {bot.number: Listener(bot, lines.of(bot)).run for bot in desk}
    works[WORKER_SEAT] = lambda: work_and_listen(lines)
    seats = Seats(settings.DATABASE_URL, works)
    # Bots that are not on the desk speak from the worker's jobs alone.
    lines.leads = lambda number: seats.holds(number if number in works else WORKER_SEAT)
    lines.make_current()
    running = [asyncio.create_task(seats.run()), asyncio.create_task(_keep_clock())]
    try:
        await stop.wait()
    finally:
        lines.stop()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await lines.close()


async def _wait_for_accounts(desk: Sequence[Bot], stop: asyncio.Event) -> None:
    """Until every bot has an account, its place in the rooms and its timers; a database that is away comes back."""
    while not stop.is_set():
        try:
            await call_service(ensure_bots)
            await call_service(join_known_forces)
            await call_service(schedules.arm, desk)
        except Exception as err:  # noqa: BLE001
            log.warning("the bots' accounts cannot be looked up yet: %s", err)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await stop.wait()
        else:
            return


async def _keep_clock() -> None:
    """Demo, drills and tests move every process's clock."""
    while True:
        with contextlib.suppress(Exception):
            await call_service(clock.refresh)
        await asyncio.sleep(1)


async def work_and_listen(lines: Lines) -> None:
    """The worker, and the ears of the bots that are not on the desk: one process speaks for them."""
    async with asyncio.TaskGroup() as group:
        ears = group.create_task(run_ears(lines))
        await run_worker()
        ears.cancel()


async def run_worker() -> None:
    """Work off queue `bots`. Whoever has the seat is alone: jobs still marked as running are of the dead."""
    app = jobs.worker_app()
    async with app.open_async():
        await call_service(orphans.reclaim, [QUEUE], silent_for_s=0)
        await app.run_worker_async(
            queues=[QUEUE],
            name="bots",
            concurrency=CONCURRENCY,
            install_signal_handlers=False,
            delete_jobs="successful",
            fetch_job_polling_interval=2.0,
            shutdown_graceful_timeout=STOP_WITHIN_S,
        )
