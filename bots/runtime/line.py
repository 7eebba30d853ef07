"""A bot's Matrix connection: one nio client, requests that outlive outages, a token that is renewed.

nio retries lost connections and 429 by itself but answers 401 and 5xx at once, so that a naive loop makes a
thousand calls a second against a broken server (matrix.md §1.0). Here every failed request waits, twice as
long each time, and while the server does not answer only one request at a time tries.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from nio import (
    AsyncClient,
    AsyncClientConfig,
    JoinResponse,
    Response,
    RoomMessagesResponse,
    RoomSendResponse,
    SyncResponse,
)

from bots.desk.bot import Bot
from bots.services import accounts
from common.aio import call_service
from common.errors import NotFoundError, SignedOutError
from common.ids import user_id

log = logging.getLogger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
REQUEST_TIMEOUT_S = 20
SYNC_TIMEOUT_MS = 30_000
AT_ONCE_MS = 1  # 0 would switch off the time-out of the request itself
UNAUTHORIZED, TOO_MANY, SERVER_ERRORS = 401, 429, 500


def filter_of(user: str) -> dict[str, Any]:
    """What this bot hears: what others say. Its own words, state, marks and typing would wake it for nothing."""
    return {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "ephemeral": {"types": []},
            "account_data": {"types": []},
            "state": {"types": []},
            "timeline": {"limit": 50, "not_senders": [user]},
        },
    }


class RefusedError(Exception):
    """The server understood the request and said no; trying again changes nothing."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(f"{status} {code}: {message}")


class StoppedError(Exception):
    """The process is stopping; a job that gets this is tried again by the next one."""


class Line:
    """Requests of one bot. Open it in the running loop; close it there.

    Args:
        leads: whether this process leads the bot, and so may issue a fresh token.
    """

    def __init__(self, bot: Bot, homeserver: str, *, leads: Callable[[], bool] = lambda: True) -> None:
        self.bot = bot
        config = AsyncClientConfig(
            max_timeouts=0, max_limit_exceeded=3, request_timeout=REQUEST_TIMEOUT_S, encryption_enabled=False
        )
        self._client = AsyncClient(homeserver, user_id(bot.number), device_id=bot.device, config=config)
        self._leads = leads
        self._failures = 0
        self._turn = asyncio.Lock()
        self._stopping = asyncio.Event()

    @property
    def user_id(self) -> str:
        return str(self._client.user_id)

    @property
    def is_troubled(self) -> bool:
        """Whether the last request found no server, or one that cannot answer now."""
        return self._failures > 0

    async def send(
        self, room_id: str, content: dict[str, Any], txn: str, event_type: str = "m.room.message"
    ) -> str:
        """Send under this transaction id and return the event id, however long the server is away.

        Raises: RefusedError, StoppedError.
        """
        response = await self._request(
            lambda: self._client.room_send(room_id, event_type, content, tx_id=txn), RoomSendResponse
        )
        return str(response.event_id)

    async def sync(self, since: str | None) -> SyncResponse:
        """Wait for what is new; without `since`, what is there. Raises RefusedError (400: unknown token)."""

        def ask() -> Awaitable[Any]:
            # After trouble the first answer must come at once: other requests wait for their turn.
            wait = SYNC_TIMEOUT_MS if since and not self.is_troubled else AT_ONCE_MS
            self._client.next_batch = ""  # nio would use its own where `since` is empty
            heard = filter_of(self.user_id)
            answer: Awaitable[Any] = self._client.sync(timeout=wait, since=since, sync_filter=heard)
            return answer

        response: SyncResponse = await self._request(ask, SyncResponse)
        self._client.rooms.clear()  # nio would keep every room that it ever heard of
        return response

    async def join(self, room_id: str) -> None:
        """Raises RefusedError, StoppedError."""
        await self._request(lambda: self._client.join(room_id), JoinResponse)

    async def earlier(self, room_id: str, start: str) -> tuple[list[dict[str, Any]], str | None]:
        """A page of events before `start`, newest first, and where the next page begins."""
        page: RoomMessagesResponse = await self._request(
            lambda: self._client.room_messages(room_id, start=start, limit=100), RoomMessagesResponse
        )
        return [event.source for event in page.chunk], page.end

    async def close(self) -> None:
        self._stopping.set()
        await self._client.close()

    def stop(self) -> None:
        """Let requests that wait for the server raise StoppedError."""
        self._stopping.set()

    async def _request(self, ask: Callable[[], Awaitable[Any]], wanted: type[Response]) -> Any:
        while True:
            if self._stopping.is_set():
                raise StoppedError
            if self._failures:
                async with self._turn:
                    await self._wait()
                    answer = await self._try(ask, wanted)
            else:
                answer = await self._try(ask, wanted)
            if answer is not None:
                return answer

    async def _try(self, ask: Callable[[], Awaitable[Any]], wanted: type[Response]) -> Any | None:
        """The answer, or None when it is worth asking again."""
        try:
            if not self._client.access_token:
                await self._sign_in()
            answer = await ask()
        except (aiohttp.ClientError, TimeoutError, OSError, NotSignedInError) as err:
            self._failed(f"{type(err).__name__}: {err}")
            return None
        if isinstance(answer, wanted):
            self._recovered()
            return answer
        status = getattr(getattr(answer, "transport_response", None), "status", 0)
        code = getattr(answer, "status_code", None) or ""
        if status == UNAUTHORIZED:
            self._client.access_token = ""
            self._failed("the token does not open the door")
            return None
        if status == TOO_MANY or status >= SERVER_ERRORS or status < 400:  # noqa: PLR2004 - an answer of the wrong shape
            self._failed(f"answer {status} {code}")
            return None
        self._recovered()
        raise RefusedError(status, str(code), str(getattr(answer, "message", "")))

    async def _sign_in(self) -> None:
        renew = accounts.renewed_token if self._leads() else accounts.kept_token
        try:
            token = await call_service(renew, self.bot)
        except (NotFoundError, SignedOutError) as err:
            raise NotSignedInError(f"the account of {self.bot.number} is locked or closed") from err
        if token is None:
            raise NotSignedInError(f"another process leads {self.bot.number} and its token is not here")
        self._client.restore_login(user_id(self.bot.number), self.bot.device, token)

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures == 1:
            log.warning("%s: no answer from the server, trying again: %s", self.bot.number, why)

    def _recovered(self) -> None:
        if self._failures:
            log.warning("%s: the server answers again after %d tries", self.bot.number, self._failures)
        self._failures = 0

    async def _wait(self) -> None:
        """Sleep as long as the failures so far ask for, or until the line is stopped."""
        if not self._failures:
            return  # somebody else's turn has found the server again
        wait = min(FIRST_WAIT_S * 2 ** (self._failures - 1), LONGEST_WAIT_S) * random.uniform(0.8, 1.2)  # noqa: S311
        try:
            async with asyncio.timeout(wait):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise StoppedError


class NotSignedInError(Exception):
    """No token now; the leader will write one."""
