"""A line to a source's MQTT broker. A message is confirmed to the broker once it is stored (QoS 1)."""

import asyncio
import functools
import logging
import ssl
from dataclasses import dataclass, field
from uuid import UUID

import aiomqtt

from common import clock
from common.aio import call_service
from connectors import net
from connectors.adapters import pushed
from connectors.asking import Ask
from connectors.errors import SourceError
from connectors.gateway.deeds import Deed
from connectors.gateway.listener import BadBudget
from connectors.gateway.writer import Writer
from connectors.items import Item
from connectors.secretbox import find_secret

log = logging.getLogger(__name__)


@dataclass
class BrokerLine:
    """One connector's subscription. `raw_config` is its configuration as stored."""

    connector_id: UUID
    config: pushed.MqttConfig
    raw_config: dict[str, object]
    secrets: dict[str, str]
    writer: Writer
    bad: BadBudget = field(default_factory=BadBudget)

    async def run(self) -> None:
        """Until cancelled. Raises SourceError, aiomqtt.MqttError or OSError when the line ends."""
        writing = asyncio.create_task(self.writer.run())
        listening = asyncio.create_task(self._listen())
        try:
            done, _ = await asyncio.wait({writing, listening}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (writing, listening):
                task.cancel()
            await asyncio.gather(writing, listening, return_exceptions=True)

    async def _listen(self) -> None:
        config = self.config
        addresses = await call_service(
            net.checked_addresses, config.host, config.port, allow_private=config.allow_private
        )
        # With TLS the certificate is for the name, and an address that answers for it was proven to be its own.
        host = config.host if config.tls else addresses[0]
        password = find_secret(config.secret, self.secrets) if config.secret else None
        client = aiomqtt.Client(
            host,
            config.port,
            username=config.user or None,
            password=password,
            identifier=config.client_id or f"tongzhou-{self.connector_id.hex[:16]}",
            clean_session=config.qos == 0,
            keepalive=config.keepalive_s,
            timeout=10,
            tls_context=ssl.create_default_context() if config.tls else None,
        )
        # aiomqtt has no word for it: paho would confirm a message before we have stored it.
        client._client.manual_ack_set(on=True)  # noqa: SLF001
        async with client:
            for topic in config.topics:
                await client.subscribe(topic, qos=config.qos)
            async for message in client.messages:
                await self._take(client, message)

    async def _take(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        payload = (
            message.payload if isinstance(message.payload, bytes) else str(message.payload or "").encode()
        )
        deed = self._deed(pushed.kept(str(message.topic), payload[: self.config.max_bytes]))
        confirm = functools.partial(client._client.ack, message.mid, message.qos)  # noqa: SLF001
        deed.done = confirm
        if deed.error and not self.bad.admit(deed):
            confirm()
            return
        await self.writer.put(deed)

    def _deed(self, raw: bytes) -> Deed:
        try:
            parsed = pushed.read_mqtt(raw, Ask(dict(self.raw_config), {}, clock.now()))
        except SourceError as err:
            return Deed(raw, self.config.host, error=err.user_message(), joins=False)
        items: tuple[Item, ...] = (*parsed.readings, *parsed.records)
        return Deed(raw, self.config.host, items, rejections=parsed.rejections, joins=False)
