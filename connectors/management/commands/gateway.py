"""`manage.py gateway`: the gateway process. Several may be started; one of them has each port."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from connectors.gateway.process import run_gateway


class Command(BaseCommand):
    help = "Listen for devices and brokers of connectors, until SIGTERM."

    def handle(self, *_args: Any, **_options: Any) -> None:
        asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run_gateway(stop)
