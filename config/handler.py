"""Django's handler under ASGI, for views that are all synchronous."""

from typing import Any

from asgiref.sync import sync_to_async  # noqa: TID251 - of one request, as in Django's own
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ThreadedHandler(ASGIHandler):
    """A request goes to its thread once, with all middleware and the view.

    Django's own goes there for the first middleware, back to the loop for the view's sake, and there again.
    """

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - Django's signature
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        run: Any = sync_to_async(self.get_response, thread_sensitive=True)
        response: HttpResponseBase = await run(request)
        return response
