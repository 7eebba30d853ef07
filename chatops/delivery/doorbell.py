"""The doorbell between processes: Channels' layer over Redis.

It only wakes. Lost or late, nothing is lost but time: each process reads the stream's head once a second anyway.
"""

import asyncio
import atexit
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

GROUP = "doorbell"
TIMEOUT_S = 0.2
RING_PAUSE_S = 0.02
FAULTS = (RedisError, OSError, TimeoutError)


class Doorbell:
    """One subscription per process. `heard(message)` gets what other processes (and this one) rang."""

    def __init__(self, heard: Callable[[dict[str, Any]], None]) -> None:
        self._heard = heard
        self._quiet_until = 0.0

    async def ring(self, message: dict[str, Any]) -> bool:
        """Tell all processes, this one too; never raises and never waits longer than 200 ms. After a failure it rests
        for a second, so that a dead Redis does not slow each commit. False: nobody was told."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._quiet_until:
            return False
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await get_channel_layer().group_send(GROUP, {"type": "ring", **message})
        except FAULTS as error:
            self._quiet_until = loop.time() + 1
            log.warning("doorbell silent: %s", error)
            return False
        return True

    async def run(self) -> None:
        """Listen until cancelled; subscribe again after Redis was away."""
        while True:
            layer = get_channel_layer()
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    self._heard(await _receive(layer, channel))
            except FAULTS as error:
                log.warning("doorbell not reachable, the stream is read each second: %s", error)
                await asyncio.sleep(1)


async def _receive(layer: Any, channel: str) -> dict[str, Any]:
    """The next message. The layer answers a cancellation by unsubscribing, which can wait for ever on a connection
    that is closing; so its connections are closed first."""
    receiving = asyncio.ensure_future(layer.receive(channel))
    try:
        message: dict[str, Any] = await asyncio.shield(receiving)
    except asyncio.CancelledError:
        with suppress(*FAULTS):
            async with asyncio.timeout(1):
                await layer.flush()
        receiving.cancel()
        raise
    return message


class Ringer:
    """Rings from synchronous code in a process without a live line of its own (worker, bots, commands), by one thread
    with one connection: thousands of commits a minute are a few rings a second.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._done = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Let what was committed be drained soon. Never waits, never raises."""
        self._done.clear()
        self._asked.set()
        with self._starting:
            if self._thread is None or not self._thread.is_alive():  # a forked process has no thread
                self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """A process that ends at once rings before that."""
        if self._thread is not None and self._asked.is_set():
            self._done.wait(TIMEOUT_S * 2)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                self._asked.wait()
                self._asked.clear()
                try:
                    runner.run(_ring_once({"drain": 1}))
                except FAULTS as error:
                    log.warning("doorbell silent: %s", error)
                self._done.set()
                time.sleep(RING_PAUSE_S)


async def _ring_once(message: dict[str, Any]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        await get_channel_layer().group_send(GROUP, {"type": "ring", **message})


ringer = Ringer()
atexit.register(ringer.flush)
