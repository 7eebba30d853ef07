"""Errors that no endpoint of ours answers: the same JSON body as every other refusal, also for a fault of ours."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt

from common.errors import NotFoundError
from common.ids import new_uuid

log = logging.getLogger(__name__)

DOOR = "/api/"
FRAMEWORK = {
    400: ("bad_input", gettext_noop("请求无法识别，请刷新页面后重试。")),
    403: ("forbidden", gettext_noop("请求未被接受，请刷新页面、重新登录后再试。")),
    404: ("not_found", gettext_noop("接口地址不存在，请核对地址；网页端请刷新页面后重试。")),
    405: (
        "method_not_allowed",
        gettext_noop("该地址不支持这种操作，请核对接口说明；网页端请刷新页面后重试。"),
    ),
    413: ("too_large", gettext_noop("提交的内容超过大小限制，请精简后重试。")),
}


class ErrorBodies:
    """Outermost on the REST door: what Django or ninja refuse in their own words is told in ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        wanted = FRAMEWORK.get(answer.status_code)
        if wanted is None or not request.path.startswith(DOOR) or not isinstance(answer, HttpResponse):
            return answer
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer
        code, sentence = wanted
        answer.content = json.dumps(_body(code, _(sentence))).encode()
        answer.headers["Content-Type"] = "application/json; charset=utf-8"
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer


def _body(code: str, message: str, **facts: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "field": None, "facts": facts}


@csrf_exempt
def unknown(_request: HttpRequest) -> HttpResponse:
    """No such address on the REST door, whatever the method."""
    code, sentence = FRAMEWORK[NotFoundError.status]
    return JsonResponse(_body(code, _(sentence)), status=NotFoundError.status)


def fault(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """A fault of ours: logged whole under a number, told without a trace but with the number."""
    number = new_uuid().hex[-12:]
    # No query string: it may hold what nobody should read in a log.
    log.error("request %s failed on %s %s", number, request.method, request.path, exc_info=error or True)
    sentence = _(
        "系统出现故障，操作未完成；已填写的内容仍在本机。请稍后重试；仍不成功，请将编号 {number} 告知运维人员。"
    )
    return JsonResponse(_body("internal", sentence.format(number=number), request_id=number), status=500)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: what fails outside every endpoint, in a middleware say."""
    if request.path.startswith(DOOR):
        return fault(request)
    return HttpResponse(
        _("系统出现故障，页面未能打开，请稍后重试或联系运维人员。"),
        status=500,
        content_type="text/plain; charset=utf-8",
    )
