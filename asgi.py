"""The one front door: HTTP, WebSocket, Matrix → apps.

The live socket and the whole of `/_matrix/` are plain ASGI callables beside Django's handler (decisions 1); only REST
and pages go through Django.
"""

import gc
import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from chatops.delivery.delivery import Delivery  # noqa: E402
from chatops.matrix.door import MatrixDoor  # noqa: E402
from chatops.socket.live import LiveSocket  # noqa: E402
from config.handler import ThreadedHandler  # noqa: E402

Scope = dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

MATRIX_PATHS = ("/_matrix/", "/.well-known/matrix/")
LIVE_PATH = "/live"

django_app = ThreadedHandler()


def build(delivery: Delivery) -> App:
    """The whole application on one delivery; the delivery opens with the first request that needs it."""
    matrix, live = MatrixDoor(delivery), LiveSocket(delivery)

    async def http(scope: Scope, receive: Any, send: Any) -> None:
        if scope["path"].startswith(MATRIX_PATHS):
            await matrix(scope, receive, send)
            return
        await delivery.ensure_open()
        matrix.start()
        await django_app(scope, receive, send)

    async def websocket(scope: Scope, receive: Any, send: Any) -> None:
        if scope["path"] == LIVE_PATH:
            await live(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404})

    router: App = ProtocolTypeRouter({"http": http, "websocket": websocket})
    return router


application = build(
    Delivery(
        settings.DATABASE_URL,
        linger_ms=settings.LIVE_LINGER_MS,
        pool_size=settings.ASYNC_POOL,
        sends_per_minute=settings.SENDS_PER_MINUTE,
    )
)

import_module(settings.ROOT_URLCONF)  # loads every view now, for which the first person would have to wait

# What is loaded by now stays for good, and most of what a message makes is gone before a collection would find it:
# collections took a twelfth of the processor under load.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
