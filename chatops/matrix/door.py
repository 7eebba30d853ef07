"""The Matrix door: a plain ASGI callable for `/_matrix/…` beside Django's handler (decisions 1).

A request in Django's handler holds a thread; a long poll here holds none. Every answer, also to an unknown
path, is JSON with CORS headers; see docs/matrix.md.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from django.conf import settings
from django.db import OperationalError as DjangoError
from psycopg import OperationalError as PsycopgError
from psycopg_pool import PoolTimeout

from chatops.delivery.delivery import Delivery
from chatops.matrix import errors
from chatops.matrix.bridges import Bridges
from chatops.matrix.endpoints import routes
from chatops.matrix.errors import MatrixError
from chatops.matrix.requests import Answer, GoneError, Request
from chatops.matrix.router import Router
from common.errors import DomainError

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON = (b"content-type", b"application/json")
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"X-Requested-With, Content-Type, Authorization, Date, Tz-Acting"),
    (b"access-control-expose-headers", b"Retry-After"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
SYNC_PAUSE_S = 1.0
TOO_MANY = 429
# A database that is away or too busy; anything else it says is our own mistake.
UNREACHABLE = (PsycopgError, DjangoError, PoolTimeout, TimeoutError)


class MatrixDoor:
    """Answers every path below `/_matrix/`, and `/.well-known/matrix/client`."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._router = Router()
        routes.add_all(self._router)
        self._started = False

    def start(self) -> None:
        """Begin to tell application services, beside the live line; later calls do nothing. Once it is open."""
        if not self._started:
            self._started = True
            self._delivery.spawn(Bridges(self._delivery, settings.DATABASE_URL).run())

    async def __call__(
        self, scope: Mapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Send
    ) -> None:
        request = Request(scope, receive, self._delivery)
        try:
            answer = await self._answer(request)
            await _send(send, answer, with_body=request.method != "HEAD")
        except GoneError:
            return

    async def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(headers=[JSON], body=b"{}")
        try:
            return await self._handle(request)
        except MatrixError as error:
            failure = error
        except DomainError as error:
            failure = errors.of_domain(error)
        except UNREACHABLE as error:
            log.warning("matrix request waits for the database: %s", error)
            failure = errors.try_later()
        except GoneError:
            raise
        except Exception:
            log.exception("matrix request failed")
            failure = MatrixError(500, "M_UNKNOWN", "Internal error")
        if failure.status != TOO_MANY and request.raw_path.endswith(b"/sync"):
            # matrix-nio asks again at once after all but a 429: 1,000 requests in 2 s were measured.
            await asyncio.sleep(SYNC_PAUSE_S + random.random())  # noqa: S311 - spreads clients, hides nothing
        return _failed(failure)

    async def _handle(self, request: Request) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        handler, parameters = self._router.find(method, request.raw_path)
        request.check_query()
        await self._delivery.ensure_open()
        self.start()
        result = await handler(request, **parameters)
        return result if isinstance(result, Answer) else Answer(orjson.dumps(result), headers=[JSON])


def _failed(error: MatrixError) -> Answer:
    headers = [JSON]
    if "retry_after_ms" in error.extra:
        seconds = -(-int(error.extra["retry_after_ms"]) // 1000)
        headers.append((b"retry-after", str(seconds).encode()))
    return Answer(orjson.dumps(error.body()), error.status, headers)


async def _send(send: Send, answer: Answer, *, with_body: bool) -> None:
    headers = [*answer.headers, *CORS]
    if answer.stream is None:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.stream is not None and with_body:
        async for part in answer.stream:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    body = answer.body if with_body and answer.stream is None else b""
    await send({"type": "http.response.body", "body": body})
