"""Where robots' calls come in: our address and those of the four products. Never a page, never a session, never a 500.

Each answer is in the form that the product's own clients read (bots/hooks).
"""

import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast
from urllib.parse import parse_qs

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from bots.hooks import dingtalk, feishu, own, slack, wecom
from bots.hooks.message import Answer, Message, RefusedPayloadError
from bots.services import hooks
from bots.services.hooks import Accepted, Request
from bots.store.records import HookKind
from directory.requests import ApiRequest

log = logging.getLogger(__name__)

# A picture of 2 MiB in base64, and some.
MOST_BYTES = 3 * 1024 * 1024
View = Callable[..., HttpResponse]


def _door(product: ModuleType) -> Callable[[Callable[..., Request]], View]:
    """A view out of a function that makes the Request; whatever goes wrong is told in the product's form."""

    def wrap(make: Callable[..., Request]) -> View:
        @csrf_exempt
        def view(request: HttpRequest, **address: str) -> HttpResponse:
            try:
                accepted = hooks.accept(make(request, _read(request), **address))
                return _respond(_success(product, accepted))
            except RefusedPayloadError as refusal:
                return _respond(product.failure(refusal))
            except Exception:
                log.exception("a call of %s could not be taken", product.__name__)
                return _respond(product.failure(RefusedPayloadError("fault")))

        return view

    return wrap


def _success(product: ModuleType, accepted: Accepted) -> Answer:
    if product is not own:
        return cast("Answer", product.success())
    if accepted.reach is not None:
        return own.success(dry_run=True, reach=accepted.reach)
    return own.success(id=str(accepted.post_id), repeated=accepted.repeated)


def _respond(answer: Answer) -> HttpResponse:
    if isinstance(answer.body, str):
        response = HttpResponse(answer.body, content_type="text/plain; charset=utf-8", status=answer.status)
    else:
        response = JsonResponse(answer.body, status=answer.status)
    for name, value in answer.headers.items():
        response[name] = value
    # Django would log the path of a refusal, and with it the token. Calls are noted on the bot's page.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _read(request: HttpRequest) -> bytes:
    """Not `request.body`: its limit is for forms of ours. Raises RefusedPayloadError: size, not_json."""
    if request.method != "POST":
        raise RefusedPayloadError("not_json", "POST only")
    try:
        body = request.read(MOST_BYTES + 1)
    except (UnreadablePostError, OSError):
        raise RefusedPayloadError("not_json", "body was cut off") from None
    if len(body) > MOST_BYTES:
        raise RefusedPayloadError("size", f"at most {MOST_BYTES} bytes")
    return body


def _json(body: bytes) -> Any:
    """Raises RefusedPayloadError: not_json."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RefusedPayloadError("not_json") from None


def _request(
    request: HttpRequest,
    kind: str,
    token: str,
    *,
    read: Callable[[], Message],
    is_signed: Callable[[str, float], bool],
) -> Request:
    return Request(
        kind=kind,
        token=token,
        address=cast("ApiRequest", request).client_addr,
        read=read,
        is_signed=is_signed,
        key=request.headers.get("Idempotency-Key", "").strip(),
        dry_run=request.GET.get("dry_run") in {"1", "true"},
    )


@_door(own)
def own_door(request: HttpRequest, body: bytes, token: str) -> Request:
    timestamp = request.headers.get("X-Tongzhou-Timestamp", "")
    signature = request.headers.get("X-Tongzhou-Signature", "")

    def is_signed(secret: str, now: float) -> bool:
        return own.is_signed(secret, body, timestamp=timestamp, signature=signature, now_s=int(now))

    return _request(request, HookKind.OWN, token, read=lambda: own.parse(_json(body)), is_signed=is_signed)


@_door(dingtalk)
def dingtalk_door(request: HttpRequest, body: bytes) -> Request:
    timestamp, signature = request.GET.get("timestamp", ""), request.GET.get("sign", "")

    def is_signed(secret: str, now: float) -> bool:
        return dingtalk.is_signed(secret, timestamp=timestamp, signature=signature, now_ms=int(now * 1000))

    token = request.GET.get("access_token", "")
    return _request(
        request, HookKind.DINGTALK, token, read=lambda: dingtalk.parse(_json(body)), is_signed=is_signed
    )


@_door(wecom)
def wecom_door(request: HttpRequest, body: bytes) -> Request:
    """WeCom's robots are not signed: a hook that asks for a signature takes no call at all."""
    token = request.GET.get("key", "")
    return _request(
        request,
        HookKind.WECOM,
        token,
        read=lambda: wecom.parse(_json(body)),
        is_signed=lambda _secret, _now: False,
    )


@_door(feishu)
def feishu_door(request: HttpRequest, body: bytes, token: str) -> Request:
    return _request(
        request,
        HookKind.FEISHU,
        token,
        read=lambda: feishu.parse(_json(body)),
        is_signed=lambda secret, now: feishu.is_signed(secret, _json(body), now_s=int(now)),
    )


@_door(slack)
def slack_door(request: HttpRequest, body: bytes, team: str, hook: str, token: str) -> Request:  # noqa: ARG001
    """`team` and `hook` are of Slack's form only; the token names the hook."""
    form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")

    def read() -> Message:
        return slack.parse(_json(_payload_field(body) if form else body))

    return _request(request, HookKind.SLACK, token, read=read, is_signed=lambda _secret, _now: False)


def _payload_field(body: bytes) -> bytes:
    """The form field `payload`; some clients post JSON and call it a form."""
    if body.lstrip().startswith(b"{"):
        return body
    try:
        found = parse_qs(body.decode(), max_num_fields=20)
    except ValueError:
        raise RefusedPayloadError("not_json") from None
    return found.get("payload", [""])[0].encode(errors="replace")
