"""The REST door: one API out of each floor's router, one translation of errors."""

import logging
from importlib import import_module
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from common.errors import BadInputError, DomainError, NotFoundError, RateLimitedError, TooLargeError
from config.errors import fault
from directory.api.auth import signed_in

log = logging.getLogger(__name__)

ROUTERS = ("directory", "chatops", "connectors", "workflows", "bots")

api = NinjaAPI(
    title="同舟 Tongzhou",
    version="1",
    description="REST door of Tongzhou. Live events come over the socket (docs/protocol.md).",
    auth=signed_in,
    docs_url=None,
    urls_namespace="api",
)
for floor in ROUTERS:
    api.add_router("", import_module(f"{floor}.api").router)


@api.exception_handler(DomainError)
def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Every refusal of a service, as {code, message, field, facts}; a rate limit says when to come back."""
    response = api.create_response(request, error.as_json(), status=error.status)
    if isinstance(error, RateLimitedError):
        response["Retry-After"] = str(max(1, -(-error.retry_after_ms // 1000)))
    return response


@api.exception_handler(ValidationError)
def refuse_shape(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body, query or path of the wrong shape: the sentence names the first field at fault."""
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    place = tuple(first.get("loc", ()))
    # Below "body" ninja names the parameter of our function; elsewhere the caller's own name comes at once.
    named = place[2:] if place[:1] == ("body",) else place[1:]
    field = ".".join(str(part) for part in named) or "body"
    message = _("“{field}”填写有误（{detail}），请改正后重新提交。").format(
        field=field, detail=first.get("msg", "")
    )
    return refuse(request, BadInputError(field=field, message=message))


@api.exception_handler(HttpError)
def refuse_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja itself refuses before a shape is looked at: a body that is no JSON."""
    log.info("unreadable request on %s %s: %s", request.method, request.path, error)
    return refuse(
        request, BadInputError(field="body", message=_("请求内容不是有效的 JSON，请刷新页面后重试。"))
    )


@api.exception_handler(RequestDataTooBig)
def refuse_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """A body beyond DATA_UPLOAD_MAX_MEMORY_SIZE; files are streamed and have limits of their own."""
    log.info("too large a request on %s %s: %s", request.method, request.path, error)
    return refuse(request, TooLargeError())


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
def refuse_form(request: HttpRequest, error: Exception) -> HttpResponse:
    """A form or an upload that is not one, or was cut off."""
    log.info("unreadable form on %s %s: %s", request.method, request.path, error)
    return refuse(
        request, BadInputError(field="body", message=_("提交的表单或文件不完整，请重新选择文件后再提交。"))
    )


@api.exception_handler(Http404)
def refuse_address(request: HttpRequest, _error: Http404) -> HttpResponse:
    return refuse(request, NotFoundError())


@api.exception_handler(Exception)
def fail(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: logged whole, told without a trace."""
    return fault(request, error)


def openapi() -> dict[str, Any]:
    """The OpenAPI description, as `docs/openapi.json` keeps it."""
    return describe(api)


def describe(door: NinjaAPI) -> dict[str, Any]:
    """Raises ValueError when two different schemas have one name."""
    return _Description(door, "/api/v1/")


class _Description(OpenAPISchema):
    """Two shapes of one name are refused: ninja keeps the later one and tells the other's answers with it."""

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        for name, shape in definitions.items():
            if self.schemas.get(name, shape) != shape:
                raise ValueError(f"two different schemas are called {name}: rename one of them")
        super().add_schema_definitions(definitions)
