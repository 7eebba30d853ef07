"""Who is calling, on the REST door: `request.actor`."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from common.errors import BadInputError, DomainError
from directory.actors import Actor, Door
from directory.requests import ApiRequest
from directory.services import devices
from directory.services.addresses import client_addr

BEARER = "Bearer "


class ActorMiddleware:
    """Fills in ApiRequest on paths under /api/. Pages and files cost no query and have no actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = cast("ApiRequest", request)
        known.actor = cast("Actor", None)
        known.actor_error, known.by_cookie = None, False
        known.client_addr = client_addr(
            request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
        )
        if request.path.startswith("/api/"):
            _identify(known)
            if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
                known.actor_error = BadInputError(message=_("地址中含有不可用的字符，请检查后重试。"))
        return self.get_response(request)


def secret_of(request: HttpRequest) -> str:
    """The secret that came with the request: the Authorization header counts before the cookie."""
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER):
        return header.removeprefix(BEARER).strip()
    return request.COOKIES.get(settings.SESSION_COOKIE, "")


def _identify(request: ApiRequest) -> None:
    secret = secret_of(request)
    if not secret:
        return
    request.by_cookie = not request.headers.get("Authorization", "").startswith(BEARER)
    try:
        door: Door = "web" if request.by_cookie else "api"
        request.actor = devices.actor_for_secret(secret, door, _acting_of(request))
    except DomainError as err:
        request.actor_error = err
        return
    devices.touch(request.actor, request.client_addr)


def _acting_of(request: HttpRequest) -> UUID | None:
    header = request.headers.get("Tz-Acting", "")
    try:
        return UUID(header) if header else None
    except ValueError as err:
        raise BadInputError(field="Tz-Acting", message="Tz-Acting must be the id of an appointment") from err
