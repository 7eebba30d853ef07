"""The gateway: a task for each connector that speaks by itself, and the shared clock."""

import asyncio
import contextlib
import logging

from django.conf import settings

from common import clock
from common.aio import call_service
from connectors.adapters.pushed import MqttConfig
from connectors.config import read_config
from connectors.gateway.broker import BrokerLine
from connectors.gateway.lines import listener_config
from connectors.gateway.listener import Listener
from connectors.gateway.posts import Posts
from connectors.gateway.writer import Writer
from connectors.services import listening
from connectors.services.listening import Post

log = logging.getLogger(__name__)


async def run_gateway(stop: asyncio.Event) -> None:
    """Run until `stop` is set; frames that are not stored by then stay with their senders."""
    tasks = [
        asyncio.create_task(Posts(settings.DATABASE_URL, work).run()),
        asyncio.create_task(_keep_clock()),
    ]
    try:
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def work(post: Post) -> None:
    """One connector's line, until it ends."""
    writer = Writer(post.connector_id)
    raw = post.raw_config()
    if post.kind == "mqtt":
        secrets = listening.secrets_of(post)
        await BrokerLine(post.connector_id, read_config(MqttConfig, raw), raw, secrets, writer).run()
    else:
        config = listener_config(post.kind, raw)
        await Listener(post.connector_id, config, list(post.sources), writer).run()


async def _keep_clock() -> None:
    """Demo, drills and tests move every process's clock."""
    while True:
        with contextlib.suppress(Exception):
            await call_service(clock.refresh)
        await asyncio.sleep(1)
