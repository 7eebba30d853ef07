"""`manage.py work`: the worker process. Runs durable jobs, the timers' ticker, the audit sealer and chores."""

import asyncio
import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand

from common import audit, chores, clock, jobs, orphans, timers
from common.aio import call_service

log = logging.getLogger(__name__)

QUEUES = ["default", "timers", "connectors"]
RECLAIM_EVERY_S = 10.0


class Command(BaseCommand):
    help = "Run jobs of the queues default, timers and connectors, and tick the timers."

    def handle(self, *_args: Any, **_options: Any) -> None:
        asyncio.run(_work())


async def _work() -> None:
    stop = asyncio.Event()
    chores.add("common.reclaim_jobs", _reclaim, every_s=RECLAIM_EVERY_S)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    app = jobs.worker_app()
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=QUEUES,
                concurrency=4,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
        )
        ticker = asyncio.create_task(_tick(stop))
        busy = asyncio.create_task(chores.run_all(stop))
        await asyncio.wait({worker, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        told = stop.is_set()
        stop.set()
        await asyncio.gather(ticker, busy)
        worker.cancel()
        (ended,) = await asyncio.gather(worker, return_exceptions=True)
        if not told:  # the supervisor starts it again; what happened is in the log
            raise RuntimeError("the worker of the jobs ended by itself") from ended


async def _tick(stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await call_service(clock.refresh)
            while await call_service(timers.tick):
                pass
            await call_service(audit.seal)
        except Exception:
            log.exception("tick failed; trying again in a second")
        try:
            await asyncio.wait_for(stop.wait(), timeout=1)
        except TimeoutError:
            continue


def _reclaim() -> bool:
    """Queue `bots` is left to whoever has that worker's seat."""
    orphans.reclaim(QUEUES)
    return False
