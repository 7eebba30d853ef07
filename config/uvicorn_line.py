"""Uvicorn's WebSocket protocol for the live line: one message to a thousand sockets is framed once.

A server's frames are not masked (RFC 6455, 5.1), so the same bytes have the same frame on every socket that has no
extension. `uvicorn --ws config.uvicorn_line:LineProtocol`.
"""

from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN

_last: tuple[bytes, bytes] = (b"", b"\x82\x00")  # a message and its frame: a fan-out sends one object to all


def framed(data: bytes) -> bytes:
    """The whole frame of a binary message, as it goes to the network."""
    global _last  # noqa: PLW0603 - one loop, one thread
    if data is not _last[0]:
        _last = (data, Frame(Opcode.BINARY, data).serialize(mask=False, extensions=[]))
    return _last[1]


class LineProtocol(WebSocketsSansIOProtocol):
    """Binary messages on an open socket go out directly; everything else is Uvicorn's."""

    async def send(self, message: ASGISendEvent) -> None:
        data: Any = message.get("bytes") if message["type"] == "websocket.send" else None
        if (
            data is None
            or not self.writable.is_set()
            or self.close_sent
            or self.disconnected
            or not self.handshake_complete
            or self.initial_response is not None
            or self.conn.state is not OPEN
            or self.conn.extensions
        ):
            await super().send(message)
        else:
            self.transport.write(framed(data))
