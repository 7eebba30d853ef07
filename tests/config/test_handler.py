"""A request goes to one thread once, middleware and view together, and every view is there before the first comes."""

import asyncio
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from config.handler import ThreadedHandler
from deploy.embedded.places import CHECKOUT

seen: list[tuple[str, int]] = []


def outer(get_response):
    def middleware(request):
        seen.append(("outer", threading.get_ident()))
        return get_response(request)

    return middleware


def view(_request):
    seen.append(("view", threading.get_ident()))
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    return HttpResponse("有")


held, arrived = threading.Event(), threading.Event()


def wait(_request):
    arrived.set()
    held.wait(10)
    return HttpResponse("等到")


urlpatterns = [path("here", view), path("held", wait)]


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.outer"])
async def test_middleware_and_view_run_in_one_thread_that_is_not_the_loops():
    seen.clear()
    app: Any = ThreadedHandler()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        answer = await client.get("/here")
        missing = await client.get("/nowhere")
    assert (answer.status_code, answer.text) == (200, "有")
    assert missing.status_code == 404
    (first, one), (second, other) = seen[:2]
    assert (first, second) == ("outer", "view")
    assert one == other != threading.get_ident()


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.outer"])
async def test_the_next_request_finds_a_thread_and_two_at_once_have_their_own(monkeypatch):
    seen.clear()
    monkeypatch.setattr("config.handler.KEPT_THREADS", 1)
    app: Any = ThreadedHandler()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        for _ in range(3):
            await client.get("/here")
        assert len({thread for _, thread in seen}) == 1
        held.clear()
        slow = asyncio.create_task(client.get("/held"))
        await asyncio.to_thread(arrived.wait, 10)
        assert (await client.get("/here")).status_code == 200
        held.set()
        assert (await slow).status_code == 200
        assert len({thread for _, thread in seen}) == 2
        assert (await client.get("/here")).status_code == 200


def test_all_views_are_loaded_with_the_application():
    look = (
        "import asgi, sys; from django.urls import get_resolver; loaded = {*sys.modules};"
        "assert get_resolver().url_patterns; late = {*sys.modules} - loaded; assert not late, late"
    )
    subprocess.run([sys.executable, "-c", look], check=True, cwd=CHECKOUT)
