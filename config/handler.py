"""Django's handler under ASGI, for views that are all synchronous."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async  # noqa: TID251 - of one request, as in Django's own
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

KEPT_THREADS = 32


class ThreadedHandler(ASGIHandler):
    """A request goes to its thread once, with all middleware and the view; the thread is there for the next one too.

    Django's own starts a thread for each request and another to join it, and goes to it for the first middleware, back
    to the loop for the view's sake, and there again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(max_workers=1)
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # Its call is over, also when the client has gone: asgiref waits for it.
            if len(self._idle) < KEPT_THREADS:
                self._idle.append(thread)
            else:
                thread.shutdown(wait=False)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - Django's signature
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        run: Any = sync_to_async(self.get_response, thread_sensitive=True)
        response: HttpResponseBase = await run(request)
        return response
