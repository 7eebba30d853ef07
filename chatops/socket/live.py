"""The live socket: a plain ASGI callable, one per client, for all its rooms (docs/protocol.md).

Not a Channels consumer: its dispatch makes a thread hop for each frame and breaks the batches (architecture §5).
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.conf import settings
from psycopg import Error as DatabaseError

from chatops.delivery.delivery import Delivery
from chatops.socket import frames
from chatops.socket.session import LiveSession
from chatops.store.sessions import find_actor
from common.errors import DomainError, SignedOutError
from directory.actors import Actor

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Any]

SIGNED_OUT = 4401
BAD_ORIGIN = 4403
BAD_FRAME = 4400
TOO_LARGE = 4413
TRY_LATER = 4503


class LiveSocket:
    """`scope["headers"]` must carry the session cookie with our own Origin, or a bearer token; never a query string."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        await send({"type": "websocket.accept"})
        secret, by_cookie = _secret(headers)
        if by_cookie and not _is_own_origin(headers):
            await _close(send, BAD_ORIGIN, "origin")
            return
        try:
            await self._delivery.ensure_open()
            hello = await _hello(receive)
            actor = await find_actor(self._delivery.pool, secret, _acting(hello))
        except SignedOutError:
            await _close(send, SIGNED_OUT, "signed out")
            return
        except DomainError as error:
            await _close(send, SIGNED_OUT, error.code)
            return
        except (DatabaseError, TimeoutError):
            await _close(send, TRY_LATER, "try again")
            return
        except msgspec.MsgspecError as error:
            await _close(send, BAD_FRAME, str(error)[:100])
            return
        except _GoneError:
            return
        await self._serve(actor, secret, hello, receive, send)

    async def _serve(
        self, actor: Actor, secret: str, hello: frames.Hello, receive: Receive, send: Send
    ) -> None:
        session = LiveSession(self._delivery, actor, secret, send)
        try:
            await session.open(hello)
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return
                text = message.get("text") or message.get("bytes") or b""
                if len(text) > frames.MAX_FRAME_BYTES:
                    await _close(send, TOO_LARGE, "frame too large")
                    return
                if not session.handle(text):
                    return
        except (DatabaseError, TimeoutError):
            await _close(send, TRY_LATER, "try again")
        finally:
            session.close()


class _GoneError(Exception):
    """The client left before it said hello."""


async def _hello(receive: Receive) -> frames.Hello:
    message = await receive()
    if message["type"] != "websocket.receive":
        raise _GoneError
    text = message.get("text") or message.get("bytes") or b""
    frame = frames.decode(text if len(text) <= frames.MAX_FRAME_BYTES else b"")
    if not isinstance(frame, frames.Hello):
        raise msgspec.ValidationError("the first frame must be hello")
    return frame


def _acting(hello: frames.Hello) -> UUID | None:
    try:
        return UUID(hello.acting) if hello.acting else None
    except ValueError as err:
        raise msgspec.ValidationError("acting must be an appointment id") from err


def _secret(headers: Mapping[str, str]) -> tuple[str, bool]:
    """The client's secret, and whether it came by cookie (and so needs our origin)."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), False
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return "", True
    morsel = cookies.get(settings.SESSION_COOKIE)
    return (morsel.value if morsel else ""), True


def _is_own_origin(headers: Mapping[str, str]) -> bool:
    """Exact match with the host that the client asked for, or with a configured public address."""
    origin = headers.get("origin", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc == headers.get("host", "")


async def _close(send: Send, code: int, reason: str) -> None:
    await send({"type": "websocket.close", "code": code, "reason": reason})
