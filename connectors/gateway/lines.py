"""HJ 212 and SL 651 on a connection: frames in, deeds and answers out."""

from collections.abc import Mapping
from typing import Any

from common import clock
from connectors.adapters import hj212 as hj212_adapter
from connectors.adapters import sl651 as sl651_adapter
from connectors.asking import Ask
from connectors.config import read_config
from connectors.errors import SourceError
from connectors.frames import ListenerConfig
from connectors.gateway.deeds import Deed, Line, Seen
from connectors.items import Parsed
from connectors.protocols import hj212, sl651
from connectors.protocols.frames import PENDING_MOST, BadFrame

Owed = tuple[Deed, bytes]


class Hj212Line:
    """Every whole frame that asks for an answer gets one, also where its outlet is not known: we have it, and can
    take it in again once the outlet is registered."""

    def __init__(self, config: hj212_adapter.Hj212Config, sender: str, seen: Seen) -> None:
        self._config, self._sender, self._seen = config, sender, seen
        self._framer, self._joiner = hj212.Framer(), hj212.Joiner()
        # Packets of one message are answered once the whole of it is stored.
        self._answers: dict[tuple[str, str, str], list[bytes]] = {}

    @property
    def waits(self) -> bool:
        return self._framer.waits

    def feed(self, chunk: bytes) -> list[Owed]:
        return [owed for one in self._framer.feed(chunk) for owed in self._take(one)]

    def close(self) -> list[Owed]:
        return [owed for one in self._framer.close() for owed in self._take(one)]

    def _take(self, one: hj212.Message | BadFrame) -> list[Owed]:
        if isinstance(one, BadFrame):
            return [(self._deed(one, one.raw), b"")]
        key = (one.mn, one.cn, one.qn)
        answer = hj212.answer(one) if one.wants_answer else b""
        whole = self._joiner.add(one)
        if whole is None:
            if len(self._answers) > PENDING_MOST:
                self._answers.clear()
            self._answers.setdefault(key, []).append(answer)
            return []
        answer = b"".join([*self._answers.pop(key, []), answer])
        raw = whole.raw
        if not self._seen.is_new((whole.mn, whole.cn, whole.content)):
            return [(Deed(raw, self._sender), answer)]
        return [(self._deed(whole, raw), answer)]

    def _deed(self, one: hj212.Message | BadFrame, raw: bytes) -> Deed:
        return _deed(raw, self._sender, lambda ask: hj212_adapter.read_message(one, self._config, ask))


class Sl651Line:
    """Link messages are never answered; the others as the mode says."""

    def __init__(self, config: sl651_adapter.Sl651Config, sender: str, seen: Seen) -> None:
        self._config, self._sender, self._seen = config, sender, seen
        self._framer, self._joiner = sl651.Framer(), sl651.Joiner()

    @property
    def waits(self) -> bool:
        return self._framer.waits

    def feed(self, chunk: bytes) -> list[Owed]:
        return [owed for one in self._framer.feed(chunk) for owed in self._take(one)]

    def close(self) -> list[Owed]:
        return [owed for one in self._framer.close() for owed in self._take(one)]

    def _take(self, one: sl651.Packet | BadFrame) -> list[Owed]:
        if isinstance(one, BadFrame):
            return [(self._deed(one, one.raw), b"")]
        whole = self._joiner.add(one)
        if whole is None:
            return self._ask_again(one)
        answer = b""
        if self._config.mode != "M1" and whole.function != sl651.LINK:
            sent_at = clock.local(clock.now()).replace(tzinfo=None)
            answer = sl651.answer(whole, sent_at, stays=self._config.stays)
        if whole.function == sl651.LINK or not self._seen.is_new(
            (whole.station, whole.function, whole.body[sl651.BODY_HEAD :])
        ):
            return [(Deed(whole.raw, self._sender), answer)]
        return [(self._deed(whole, whole.raw), answer)]

    def _ask_again(self, packet: sl651.Packet) -> list[Owed]:
        """When the last packet is there and others are not, the first missing one is asked for; nothing is stored."""
        if self._config.mode != "M3" or packet.packet != packet.packets:
            return []
        missing = self._joiner.missing(packet)
        if not missing:
            return []
        return [(Deed(b"", self._sender, frames=0), sl651.ask_again(packet, missing[0]))]

    def _deed(self, one: sl651.Packet | BadFrame, raw: bytes) -> Deed:
        return _deed(raw, self._sender, lambda ask: sl651_adapter.read_packet(one, self._config, ask))


def _deed(raw: bytes, sender: str, read: Any) -> Deed:
    try:
        parsed: Parsed = read(Ask({}, {}, clock.now()))
    except SourceError as err:
        return Deed(raw, sender, error=err.user_message())
    return Deed(raw, sender, (*parsed.readings, *parsed.records), rejections=parsed.rejections)


def listener_config(kind: str, config: Mapping[str, Any]) -> ListenerConfig:
    """Raises SourceError(bad_config)."""
    model = hj212_adapter.Hj212Config if kind == "hj212" else sl651_adapter.Sl651Config
    return read_config(model, dict(config))


def open_line(config: ListenerConfig, sender: str, seen: Seen) -> Line:
    """The protocol of a new connection."""
    if isinstance(config, hj212_adapter.Hj212Config):
        return Hj212Line(config, sender, seen)
    if isinstance(config, sl651_adapter.Sl651Config):
        return Sl651Line(config, sender, seen)
    raise TypeError("not a listener's configuration")
