"""The live socket: a plain ASGI callable, one per client, for all its rooms (docs/protocol.md).

Not a Channels consumer: its dispatch makes a thread hop for each frame and breaks the batches (architecture §5).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from psycopg import Error as DatabaseError

from chatops.delivery.delivery import Delivery
from chatops.socket import farewell, frames
from chatops.socket.farewell import BAD_FRAME, HELLO_WITHIN_S, SIGNED_OUT, Farewell
from chatops.socket.session import LiveSession
from chatops.store.sessions import find_actor
from common.errors import DomainError, SignedOutError

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Any]


class LiveSocket:
    """`scope["headers"]` must carry the session cookie with our own Origin, or a bearer token; never a query string."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        session = await self._meet(scope, receive, send)
        if session is not None:
            await self._serve(session, receive, send)

    async def _meet(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> LiveSession | None:
        """Accept, and open a session for who may have one. What it took to find out is forgotten with this call."""
        await receive()  # websocket.connect
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        await send({"type": "websocket.accept"})
        secret, by_cookie = _secret(headers)
        try:
            _check_claim(secret, headers if by_cookie else None)
            await self._delivery.ensure_open()
            hello = await _hello(receive)
            actor = await find_actor(self._delivery.pool, secret, _acting(hello))
        except _EndedError as ended:
            await _close(send, ended.why)
        except DomainError as error:
            await _close(send, Farewell(SIGNED_OUT, error.code, error.user_message()))
        except (DatabaseError, TimeoutError):
            await _close(send, farewell.try_later())
        except _GoneError:
            pass
        else:
            return await self._opened(LiveSession(self._delivery, actor, secret, send), hello, send)
        return None

    async def _opened(self, session: LiveSession, hello: frames.Hello, send: Send) -> LiveSession | None:
        try:
            await session.open(hello)
        except (DatabaseError, TimeoutError):
            session.close()
            await _close(send, farewell.try_later())
            return None
        except BaseException:
            session.close()
            raise
        return session

    async def _serve(self, session: LiveSession, receive: Receive, send: Send) -> None:
        try:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return
                text = message.get("text") or message.get("bytes") or b""
                if frames.is_too_large(text):
                    session.end(farewell.too_large())
                elif session.handle(text):
                    continue
                await session.ended()
                return
        except (DatabaseError, TimeoutError):
            await _close(send, farewell.try_later())
        finally:
            session.close()


class _GoneError(Exception):
    """The client left before it said hello."""


class _EndedError(Exception):
    """The client is turned away."""

    def __init__(self, why: Farewell) -> None:
        self.why = why


def _check_claim(secret: str, headers: Mapping[str, str] | None) -> None:
    """What can be told before the first frame. `headers`: of a client that came by cookie, so needs our origin."""
    if headers is not None and not _is_own_origin(headers):
        raise _EndedError(farewell.bad_origin())
    if not secret:
        raise SignedOutError


async def _hello(receive: Receive) -> frames.Hello:
    try:
        async with asyncio.timeout(HELLO_WITHIN_S):
            message = await receive()
    except TimeoutError:
        raise _EndedError(farewell.no_hello()) from None
    if message["type"] != "websocket.receive":
        raise _GoneError
    text = message.get("text") or message.get("bytes") or b""
    if frames.is_too_large(text):
        raise _EndedError(farewell.too_large())
    try:
        frame = frames.decode(text)
    except msgspec.MsgspecError as error:
        raise _EndedError(Farewell(BAD_FRAME, "bad_frame", frames.explain(error)[1])) from error
    if not isinstance(frame, frames.Hello):
        raise _EndedError(Farewell(BAD_FRAME, "bad_frame", _("连接后应先握手，未处理；请刷新页面。")))
    return frame


def _acting(hello: frames.Hello) -> UUID | None:
    try:
        return UUID(hello.acting) if hello.acting else None
    except ValueError as err:
        message = _("消息中“{field}”一项的格式不对，未处理；请刷新页面后重试。").format(field="acting")
        raise _EndedError(Farewell(BAD_FRAME, "bad_frame", message)) from err


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
    try:
        parts = urlsplit(origin)
    except ValueError:  # such as "http://["
        return False
    return parts.scheme in {"http", "https"} and parts.netloc == headers.get("host", "")


async def _close(send: Send, why: Farewell) -> None:
    log.info("live socket turned away: %s", why.code)
    await send({"type": "websocket.send", "bytes": orjson.dumps(why.frame())})
    await send({"type": "websocket.close", "code": why.close, "reason": why.code})
