"""A request to the Matrix door, and the answers other than JSON."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson

from chatops.delivery.delivery import Delivery
from chatops.matrix.errors import MatrixError, bad_json, invalid_param, missing_param
from common.cursors import whole
from directory.actors import Actor
from directory.services.addresses import client_addr

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Json = dict[str, Any]

EXACT_DIGITS = 15  # a float of JavaScript holds them
MAX_BODY_BYTES = 256 * 1024


class GoneError(Exception):
    """The client has gone; nobody waits for an answer."""


@dataclass
class Answer:
    """An answer that is not 200 with a JSON object. `stream` yields the body when it is not in memory."""

    body: bytes = b""
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    stream: AsyncIterable[bytes] | None = None


class Request:
    """One request. `actor`, `device_id` and `secret` are set for handlers that need a token; `appservice` is the id of
    the application service whose token it is."""

    actor: Actor
    device_id: str
    secret: str
    appservice: str | None = None

    def __init__(self, scope: Scope, receive: Receive, delivery: Delivery) -> None:
        self.delivery = delivery
        self._scope = scope
        self._receive = receive
        self._ended = False
        self.method = str(scope["method"])
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = scope.get("query_string", b"").decode("latin-1")
        self.query = dict(parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="replace"))

    @property
    def raw_path(self) -> bytes:
        """The path as sent; a server without `raw_path` has decoded it already."""
        raw = self._scope.get("raw_path")
        return bytes(raw) if raw is not None else str(self._scope["path"]).encode()

    @property
    def addr(self) -> str:
        peer = (self._scope.get("client") or ("",))[0]
        return client_addr(str(peer), self.headers.get("x-forwarded-for", ""))

    def check_query(self) -> None:
        """Raises MatrixError for U+0000, which PostgreSQL cannot compare with anything."""
        if any("\x00" in key + value for key, value in self.query.items()):
            raise invalid_param("The query contains U+0000")

    def token(self) -> str:
        """The access token by header, else by query. Raises MatrixError M_MISSING_TOKEN."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        token: str = value.strip() if scheme.lower() == "bearer" else self.query.get("access_token", "")
        if not token:
            raise MatrixError(401, "M_MISSING_TOKEN", "Missing access token")
        return token

    def acting(self) -> UUID | None:
        """The post to act as, by our own header; None is the device's."""
        try:
            return UUID(self.headers["tz-acting"]) if "tz-acting" in self.headers else None
        except ValueError:
            raise invalid_param("Tz-Acting must be an appointment id") from None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises GoneError."""
        while not self._ended:
            message = await self._receive()
            if message["type"] != "http.request":
                raise GoneError
            self._ended = not message.get("more_body", False)
            yield message.get("body", b"")

    async def body(self, most: int = MAX_BODY_BYTES) -> bytes:
        parts, size = [], 0
        async for part in self.chunks():
            size += len(part)
            if size > most:
                raise MatrixError(413, "M_TOO_LARGE", f"The body is larger than {most} bytes")
            parts.append(part)
        return b"".join(parts)

    async def json(self) -> Json:
        """The body as an object; an empty one is `{}`, whatever the content type says (matrix.md §1.0)."""
        raw = await self.body()
        if not raw.strip():
            return {}
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:  # also beyond 1,024 levels, and for half a surrogate pair
            raise MatrixError(400, "M_NOT_JSON", "The body is not JSON in UTF-8") from None
        if not isinstance(value, dict):
            raise bad_json("The body must be an object")
        if b"\\u0000" in raw and _has_nul(value):
            raise bad_json("The body contains U+0000")
        return value

    async def gone(self) -> None:
        """Returns when the client has gone. Only after the body was read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def wait(self, happened: asyncio.Event, timeout_s: float) -> bool:
        """Wait for the event at most so long; True if it is set. Raises GoneError when the client goes."""
        gone = asyncio.ensure_future(self.gone())
        gone.add_done_callback(wake := lambda _: happened.set())
        try:
            async with asyncio.timeout(timeout_s):
                await happened.wait()
        except TimeoutError:
            pass
        finally:
            left = gone.done()
            gone.remove_done_callback(wake)
            gone.cancel()
        if left:
            raise GoneError
        return happened.is_set()

    def number(self, name: str, default: int, *, most: int | None = None) -> int:
        """A whole, non-negative number of the query, capped at `most`. Raises MatrixError M_INVALID_PARAM."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        number = whole(text, EXACT_DIGITS)
        if number is None:
            raise invalid_param(f"{name} must be a whole number")
        return number if most is None else min(number, most)


def _has_nul(value: Any) -> bool:
    """PostgreSQL stores no U+0000."""
    match value:
        case str():
            return "\x00" in value
        case dict():
            return any("\x00" in key or _has_nul(item) for key, item in value.items())
        case list():
            return any(_has_nul(item) for item in value)
        case _:
            return False


def text(body: Json, name: str, default: str | None = None, *, most: int = 255) -> str:
    """A string of the body. Without a default it must be there.

    Raises MatrixError: M_MISSING_PARAM; M_BAD_JSON for another type; M_INVALID_PARAM beyond `most` bytes.
    """
    value = body.get(name, default)
    if value is None:
        raise missing_param(name)
    if not isinstance(value, str):
        raise bad_json(f"{name} must be a string")
    if len(value.encode(errors="replace")) > most:
        raise invalid_param(f"{name} is longer than {most} bytes")
    return value
