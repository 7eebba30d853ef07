"""A bot before a server that is broken, slow or forgetful: few requests, and it recovers alone."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bots.desk import DUBAN
from bots.runtime import line as lines
from bots.runtime.line import Line, RefusedError, StoppedError
from bots.services import accounts

SENT = {"event_id": "$sent"}


class Server:
    """Answers with what the test puts into `answer`, and counts."""

    def __init__(self):
        self.requests = []
        self.answer = lambda _request: web.json_response(SENT)

    async def handle(self, request):
        self.requests.append(
            (time.monotonic(), request.method, request.path, request.headers["Authorization"])
        )
        answer = self.answer(request)
        return await answer if asyncio.iscoroutine(answer) else answer


@pytest.fixture
def server(monkeypatch):
    """Tokens come from a list, so that no database is needed here."""
    tokens = iter(f"token-{number}" for number in range(1000))
    monkeypatch.setattr(accounts, "renewed_token", lambda _bot: next(tokens))
    monkeypatch.setattr(accounts, "kept_token", lambda _bot: None)
    return Server()


@asynccontextmanager
async def opened(server, **options):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    line = Line(DUBAN, f"http://127.0.0.1:{port}", **options)
    try:
        yield line
    finally:
        await line.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    "broken",
    [
        lambda _request: web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html"),
        lambda _request: web.json_response({"errcode": "M_UNKNOWN", "error": "broken"}, status=500),
        lambda _request: web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": "who"}, status=401),
        lambda _request: web.json_response({"unexpected": True}),
    ],
    ids=["502", "500", "401", "shape"],
)
async def test_a_broken_server_gets_few_requests_and_the_message_arrives(server, broken):
    async with opened(server) as line:
        server.answer = broken
        begun = time.monotonic()
        tasks = [asyncio.create_task(line.send("!r:x", {"body": "a"}, f"t{number}")) for number in range(10)]
        sync = asyncio.create_task(line.sync("s1"))
        await asyncio.sleep(2.5)
        # Ten senders and a listener set out at once, before anything was known to be wrong.
        later = [at for at, *_ in server.requests if at - begun > 0.3]
        assert 1 <= len(later) <= 8, "more than a few requests against a broken server"
        assert line.is_troubled
        server.answer = lambda request: web.json_response(
            SENT if "/send/" in request.path else {"next_batch": "s2", "rooms": {}}
        )
        async with asyncio.timeout(15):
            assert await asyncio.gather(*tasks) == ["$sent"] * 10
            assert (await sync).next_batch == "s2"
        assert not line.is_troubled


async def test_a_rejected_token_is_renewed(server):
    def answer(request):
        known = request.headers["Authorization"] == "Bearer token-1"
        return (
            web.json_response(SENT)
            if known
            else web.json_response({"errcode": "M_UNKNOWN_TOKEN"}, status=401)
        )

    server.answer = answer
    async with opened(server) as line, asyncio.timeout(10):
        assert await line.send("!r:x", {}, "t") == "$sent"
    assert [one[3] for one in server.requests] == ["Bearer token-0", "Bearer token-1"]


async def test_who_does_not_lead_issues_no_token(server):
    async with opened(server, leads=lambda: False) as line:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await line.send("!r:x", {}, "t")
    assert server.requests == []


async def test_a_refusal_is_told_at_once(server):
    server.answer = lambda _request: web.json_response({"errcode": "M_FORBIDDEN", "error": "no"}, status=403)
    async with opened(server) as line:
        with pytest.raises(RefusedError) as refusal:
            await line.send("!r:x", {}, "t")
        assert (refusal.value.status, refusal.value.code) == (403, "M_FORBIDDEN")
        assert not line.is_troubled
    assert len(server.requests) == 1


async def test_a_retry_has_the_same_transaction_id(server):
    def drop(_request):
        server.answer = lambda _request: web.json_response(SENT)
        return web.Response(status=503)

    server.answer = drop
    async with opened(server) as line, asyncio.timeout(10):
        await line.send("!r:x", {"body": "a"}, "card:1:!r:x")
    paths = [path for _, _, path, _ in server.requests]
    assert len(paths) == 2
    assert paths[0] == paths[1]
    assert paths[0].endswith("card:1:!r:x")


async def test_a_limit_is_waited_for(server):
    def limited(_request):
        server.answer = lambda _request: web.json_response(SENT)
        body = {"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 700}
        return web.json_response(body, status=429)

    server.answer = limited
    async with opened(server) as line, asyncio.timeout(10):
        await line.send("!r:x", {}, "t")
    assert server.requests[1][0] - server.requests[0][0] >= 0.7


async def test_a_server_that_is_away_is_waited_for_and_stopping_ends_the_wait(server, monkeypatch):
    monkeypatch.setattr(lines, "FIRST_WAIT_S", 5.0)
    line = Line(DUBAN, "http://127.0.0.1:9")
    waiting = asyncio.create_task(line.send("!r:x", {}, "t"))
    await asyncio.sleep(0.5)
    assert line.is_troubled
    line.stop()
    with pytest.raises(StoppedError):
        await asyncio.wait_for(waiting, 2)
    await line.close()
