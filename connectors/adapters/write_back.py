"""A result goes back to its source under the source's own id: one signed request, guarded like every other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, ValidationError

from common import clock
from connectors import net
from connectors.config import Auth, Strict, web_address
from connectors.errors import SourceError
from connectors.secretbox import find_secret
from connectors.web import Limits, SourceAuth

PLACE = "{source_id}"
MOST_ANSWER = 500
TOO_MANY, SERVER_FAULT, TIMED_OUT = 429, 500, 408
MOST_BYTES = 20_000


class WriteBackConfig(Strict):
    """`{source_id}` in the address stands for the record's id at the source."""

    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)]
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    auth: Auth = Auth()
    timeout_s: float = Field(10.0, gt=0, le=60)
    allow_private: bool = False


@dataclass(frozen=True)
class Outcome:
    """Whether the source took it, and the words with which it did not."""

    taken: bool
    words: str = ""


def check(raw: Mapping[str, Any]) -> WriteBackConfig:
    """Raises SourceError(bad_config)."""
    try:
        return WriteBackConfig.model_validate(dict(raw))
    except ValidationError as err:
        where = ".".join(str(part) for part in err.errors()[0]["loc"]) or "write_back"
        text = _("结果回写的设置有误：{where}。请由管理员修改后重试。")
        raise SourceError("bad_config", text.format(where=where)) from err


def send(
    raw: Mapping[str, Any], secrets: Mapping[str, str], source_id: str, result: Mapping[str, Any], *, key: str
) -> Outcome:
    """Ask the source to take it. `key` is the same at each try, for sources that know idempotency keys.

    Raises: SourceError and httpx.HTTPError where another try may go better.
    """
    config = check(raw)
    url = config.url.replace(PLACE, quote(source_id, safe=""))
    secret = "" if config.auth.kind == "none" else find_secret(config.auth.secret, secrets)
    limits = Limits(config.timeout_s, MOST_BYTES, config.allow_private)
    auth = SourceAuth(config.auth, secret, now=clock.now(), limits=limits)
    body = {"id": source_id, "result": dict(result)}
    with net.client(timeout_s=config.timeout_s, allow_private=config.allow_private) as client:
        headers = {"Idempotency-Key": key}
        request = client.build_request(config.method, url, json=body, headers=headers)
        answer = client.send(request, auth=auth, stream=True, follow_redirects=False)
        try:
            said = _beginning(answer)
        finally:
            answer.close()
    if answer.status_code >= SERVER_FAULT or answer.status_code in {TOO_MANY, TIMED_OUT}:
        text = _("数据源答复了错误码 {status}。系统会继续重试；请联系对方系统的管理单位。")
        raise SourceError("refused", text.format(status=answer.status_code))
    if not answer.is_success:
        # A source that repeats what it was asked must not show our secret to whoever reads its words.
        shown = said.replace(secret, "***") if secret else said
        return Outcome(taken=False, words=f"{answer.status_code} {shown[:MOST_ANSWER]}".replace("\x00", "�"))
    return Outcome(taken=True)


def _beginning(answer: httpx.Response) -> str:
    """As much of the answer as may be shown, and no more of it is read."""
    body = b""
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) >= MOST_BYTES:
            break
    return body[:MOST_BYTES].decode("utf-8", "replace")
