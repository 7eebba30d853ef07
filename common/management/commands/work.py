"""`manage.py work`: the worker process. Runs durable jobs, the timers' ticker, the audit sealer and chores."""

import asyncio
import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand

from common import audit, chores, clock, jobs, timers
from common.aio import call_service

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run jobs of the queues default, timers and connectors, and tick the timers."

    def handle(self, *_args: Any, **_options: Any) -> None:
        asyncio.run(_work())


async def _work() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    app = jobs.worker_app()
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=["default", "timers", "connectors"],
                concurrency=4,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
        )
        ticker = asyncio.create_task(_tick(stop))
        busy = asyncio.create_task(chores.run_all(stop))
        await asyncio.wait({worker, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.gather(ticker, busy)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


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
