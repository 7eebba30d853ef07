"""JSON documents that a source pushes: over MQTT, or as a signed webhook. A document is read by the same mapping."""

from typing import Literal

from pydantic import Field

from connectors import mapping
from connectors.asking import Ask
from connectors.config import RowMapping, SecretName, Strict, read_config
from connectors.items import Parsed


class WebhookConfig(Strict):
    """The caller signs with `secret` (docs/connectors.md); its time may differ from ours by `freshness_s`."""

    secret: SecretName = "WEBHOOK"  # noqa: S105 - the name of one
    freshness_s: int = Field(300, ge=10, le=3600)
    max_bytes: int = Field(1_000_000, ge=1, le=10_000_000)
    calls_per_minute: int = Field(600, ge=1, le=100_000)
    mapping: RowMapping


class MqttConfig(Strict):
    """A broker of the source's, to which we are a client. A message's document is put under its topic's levels:
    `{"topic": ["river", "62310101"], "body": …}`, and the mapping's `rows` begins there.

    Attributes:
        user, secret: how the broker knows us; none for a broker that asks for nothing.
        client_id: the same at each start, so that the broker keeps what came meanwhile (QoS 1).
    """

    host: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(8883, ge=1, le=65_535)
    tls: bool = True
    topics: list[str] = Field(min_length=1, max_length=50)
    qos: Literal[0, 1] = 1
    user: str = Field("", max_length=120)
    secret: SecretName = ""
    client_id: str = Field("", pattern=r"^[A-Za-z0-9_-]*$", max_length=60)
    keepalive_s: int = Field(30, ge=5, le=600)
    max_bytes: int = Field(256_000, ge=1, le=5_000_000)
    allow_private: bool = False
    mapping: RowMapping


def read_webhook(raw: bytes, ask: Ask) -> Parsed:
    """Raises SourceError."""
    return mapping.parse(mapping.load(raw), read_config(WebhookConfig, ask.config).mapping, now=ask.now)


def read_mqtt(raw: bytes, ask: Ask) -> Parsed:
    """A message as it is kept: the topic in the first line, the payload after it. Raises SourceError."""
    config = read_config(MqttConfig, ask.config)
    topic, _newline, payload = raw.partition(b"\n")
    levels = topic.decode("utf-8", "replace").split("/")
    return mapping.parse({"topic": levels, "body": mapping.load(payload)}, config.mapping, now=ask.now)


def kept(topic: str, payload: bytes) -> bytes:
    """A message as it is kept."""
    return topic.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n" + payload
