"""What the worker does all the time beside jobs and timers: floors add their part at start (`AppConfig.ready`).

A chore is a synchronous service that does a little and answers whether more waits. It runs again at once while it does,
else after `every_s`; a failing one is tried again and holds up no other.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from common.aio import call_service

log = logging.getLogger(__name__)

AFTER_FAILURE_S = 2.0


@dataclass(frozen=True)
class Chore:
    name: str
    run: Callable[[], bool]
    every_s: float


_chores: dict[str, Chore] = {}


def add(name: str, run: Callable[[], bool], *, every_s: float = 0.5) -> None:
    """Called once at start; the same name again replaces the chore."""
    _chores[name] = Chore(name, run, every_s)


async def run_all(stop: asyncio.Event) -> None:
    """Until `stop` is set; every chore then ends what it is doing."""
    await asyncio.gather(*(_run(chore, stop) for chore in _chores.values()))


async def _run(chore: Chore, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            pause = 0.0 if await call_service(chore.run) else chore.every_s
        except Exception:
            log.exception("chore %s failed; trying again in %s s", chore.name, AFTER_FAILURE_S)
            pause = AFTER_FAILURE_S
        try:
            await asyncio.wait_for(stop.wait(), timeout=pause)
        except TimeoutError:
            continue
