"""Who may come in at the REST door. Ninja calls these before every operation."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from common.errors import ForbiddenError, SignedOutError
from directory.actors import Actor
from directory.errors import PasswordChangeNeededError
from directory.requests import ApiRequest


class CsrfError(ForbiddenError):
    code = "csrf"

    def default_message(self) -> str:
        return _("页面已过期，请刷新页面后重试；已填写的内容保留在本机。")


class SignedIn(APIKeyCookie):
    """Signed in by cookie (CSRF checked on every change) or by `Authorization: Bearer`.

    `temporary`: also with a password that has to be changed first.
    """

    param_name = settings.SESSION_COOKIE

    def __init__(self, *, temporary: bool = False) -> None:
        super().__init__(csrf=True)
        self.temporary = temporary

    def __call__(self, request: HttpRequest) -> Any:
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor:  # noqa: ARG002 - ninja's signature
        known = cast("ApiRequest", request)
        if known.actor_error is not None:
            raise known.actor_error
        if known.actor is None:
            raise SignedOutError
        if known.by_cookie:
            refuse_forged(request)
        if known.actor.must_change_password and not self.temporary:
            raise PasswordChangeNeededError
        return known.actor


class Anyone(APIKeyCookie):
    """Not signed in, but from our own page: signing in for somebody else must not work from a foreign one."""

    param_name = settings.CSRF_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> bool:
        refuse_forged(request)
        return True

    def authenticate(self, request: HttpRequest, key: str | None) -> bool:  # noqa: ARG002
        return self(request)


def refuse_forged(request: HttpRequest) -> None:
    """Raise CsrfError unless the request is a safe one or bears the token of our own page."""
    if check_csrf(request) is not None:
        raise CsrfError


signed_in = SignedIn()
signed_in_temporarily = SignedIn(temporary=True)
anyone = Anyone()
