"""`manage.py gateway`: the gateway process. Several may be started; one of them has each port."""

import asyncio
import gc
import signal
from typing import Any

from django.core.management.base import BaseCommand

from connectors.gateway.process import run_gateway


class Command(BaseCommand):
    help = "Listen for devices and brokers of connectors, until SIGTERM."

    def handle(self, *_args: Any, **_options: Any) -> None:
        # What is loaded by now stays, and frames make no cycles: to look for these took a fifth of the processor.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run_gateway(stop)
