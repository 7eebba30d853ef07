"""A port on which devices speak: who may, how many, for how long; each connection apart from the others."""

import asyncio
import contextlib
import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from connectors import net
from connectors.frames import ListenerConfig
from connectors.gateway.deeds import Deed, Line, Seen
from connectors.gateway.lines import open_line
from connectors.gateway.writer import Writer

log = logging.getLogger(__name__)

CHUNK = 65_536
ANSWERS_MOST_BYTES = 1_000_000  # a peer that does not read its answers is let go
BAD_KEPT_PER_MINUTE = 120


@dataclass
class BadBudget:
    """Bad frames are kept up to so many a minute; beyond it the last one kept counts for those left out."""

    started: float = 0.0
    kept: int = 0
    left_out: int = 0

    def admit(self, deed: Deed) -> bool:
        now = time.monotonic()
        if now - self.started >= 60:  # noqa: PLR2004 - a minute
            self.started, self.kept = now, 0
        if self.kept >= BAD_KEPT_PER_MINUTE:
            self.left_out += 1
            return False
        self.kept += 1
        deed.frames, self.left_out = 1 + self.left_out, 0
        return True


@dataclass
class Listener:
    """One connector's port. `sources` are the networks that may speak; with none nobody may."""

    connector_id: UUID
    config: ListenerConfig
    sources: list[str]
    writer: Writer
    seen: Seen = field(default_factory=Seen)
    bad: BadBudget = field(default_factory=BadBudget)
    refused: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled. Raises OSError when the port cannot be had."""
        server = await asyncio.start_server(
            self._accept, self.config.bind, self.config.port, limit=CHUNK, backlog=512
        )
        writing = asyncio.create_task(self.writer.run())
        try:
            async with server:
                serving = asyncio.create_task(server.serve_forever())
                done, _ = await asyncio.wait({serving, writing}, return_when=asyncio.FIRST_COMPLETED)
                serving.cancel()
                for task in done:
                    task.result()
        finally:
            for task in (*self._open, writing):
                task.cancel()
            await asyncio.gather(*self._open, writing, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        if (
            task is None
            or not net.is_among(peer, self.sources)
            or len(self._open) >= self.config.connections_most
        ):
            self.refused += 1
            if self.refused in {1, 10, 100} or self.refused % 1000 == 0:
                log.warning(
                    "port %d: %s may not speak here (%d so far)", self.config.port, peer, self.refused
                )
            writer.transport.abort()
            return
        self._open.add(task)
        try:
            await self._converse(reader, writer, open_line(self.config, _plain(peer), self.seen))
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        except Exception:
            log.exception("a connection of port %d failed", self.config.port)
        finally:
            self._open.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
        in_a_row, send = 0, _sender(writer)
        quiet_since = time.monotonic()
        while in_a_row < self.config.bad_most:
            wait = self.config.stall_s if line.waits else self.config.idle_s
            try:
                async with asyncio.timeout(wait):
                    chunk = await reader.read(CHUNK)
            except TimeoutError:
                if not line.waits or time.monotonic() - quiet_since > self.config.idle_s:
                    return
                in_a_row = await self._take(line.close(), send, in_a_row)
                continue
            if not chunk:
                await self._take(line.close(), send, in_a_row)
                return
            quiet_since = time.monotonic()
            in_a_row = await self._take(line.feed(chunk), send, in_a_row)
        log.warning("port %d: too many bad frames in a row, closing the connection", self.config.port)

    async def _take(
        self, owed: list[tuple[Deed, bytes]], send: Callable[[bytes], None], in_a_row: int
    ) -> int:
        """Queue what came; how many bad frames there were since the last good one."""
        for deed, answer in owed:
            if not deed.error:
                in_a_row = 0
            else:
                in_a_row += 1
                if not self.bad.admit(deed) and not answer:
                    continue
            if answer:
                deed.answer, deed.send = answer, send
            await self.writer.put(deed)
        return in_a_row


def _sender(writer: asyncio.StreamWriter) -> Callable[[bytes], None]:
    def send(answers: bytes) -> None:
        transport = writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > ANSWERS_MOST_BYTES:
            transport.abort()
            return
        with contextlib.suppress(OSError, RuntimeError):
            transport.write(answers)

    return send


def _plain(peer: str) -> str:
    address = ipaddress.ip_address(peer.partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)
