"""`manage.py runbots`: the bots process. Several may be started; one of them runs each bot."""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from bots.desk import DESK
from bots.runtime.runner import run_bots


class Command(BaseCommand):
    help = "Run the bots and the jobs that post as a bot, until SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--homeserver", help="address of our own server; default BOTS_HOMESERVER")

    def handle(self, *_args: Any, homeserver: str | None = None, **_options: Any) -> None:
        asyncio.run(_run(homeserver))


async def _run(homeserver: str | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run_bots(DESK, stop=stop, homeserver=homeserver)
