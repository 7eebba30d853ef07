"""Reading documents over HTTP: time-outs, a limit to size, no redirects; every failure a SourceError."""

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import httpx
from django.utils.translation import gettext as _

from connectors import mapping, net, signing
from connectors.config import Auth
from connectors.errors import SourceError
from connectors.secretbox import find_secret

NOT_MODIFIED, UNAUTHORIZED = 304, 401
OK = 200
MOST_TAG = 200
TOKEN_SPARE_S = 30
TOKEN_BYTES = 20_000

# Tokens of this process by what they were asked for; never stored, never shown.
_tokens: dict[tuple[str, str, str, str], tuple[str, float]] = {}


@dataclass(frozen=True)
class Answer:
    """A document; `next_link` is the Link header's rel="next"."""

    body: bytes
    etag: str
    next_link: str = ""


@dataclass(frozen=True)
class Limits:
    """`timeout_s` for each document, `max_bytes` for its body after decompression."""

    timeout_s: float
    max_bytes: int
    allow_private: bool


class SourceAuth(httpx.Auth):
    """Makes each request known to the source."""

    requires_request_body = True

    def __init__(self, auth: Auth, secret: str, *, now: datetime, limits: Limits) -> None:
        self._auth, self._secret, self._now, self._limits = auth, secret, now, limits

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        auth, secret = self._auth, self._secret
        match auth.kind:
            case "bearer":
                request.headers["Authorization"] = f"Bearer {secret}"
            case "header":
                request.headers[auth.header] = secret
            case "basic":
                yield from httpx.BasicAuth(auth.user, secret).auth_flow(request)
                return
            case "query":
                request.url = request.url.copy_merge_params({auth.param: secret})
            case "hmac":
                request.headers.update(self._signature(request))
            case "oauth2":
                yield from self._with_token(request)
                return
        yield request

    def _signature(self, request: httpx.Request) -> dict[str, str]:
        url = request.url
        return signing.signed_headers(
            self._auth, self._secret, method=request.method, path=url.path, query=url.query.decode(),
            body=request.content, now=self._now,
        )  # fmt: skip

    def _with_token(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token(fresh=False)}"
        response = yield request
        if response.status_code == UNAUTHORIZED:  # the token was taken back before its time
            request.headers["Authorization"] = f"Bearer {self._token(fresh=True)}"
            yield request

    def _token(self, *, fresh: bool) -> str:
        auth = self._auth
        key = (auth.token_url, auth.user, auth.scope, self._secret)
        token, ends = _tokens.get(key, ("", 0.0))
        if not fresh and token and time.monotonic() < ends:
            return token
        data = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        who = httpx.BasicAuth(auth.user, self._secret) if auth.user else None
        limits = Limits(self._limits.timeout_s, TOKEN_BYTES, self._limits.allow_private)
        with net.client(timeout_s=limits.timeout_s, allow_private=limits.allow_private) as client:
            request = client.build_request("POST", auth.token_url, data=data)
            answer = _send(client, request, limits, who)
        document = mapping.load(answer.body) if answer else None
        token = str(document.get("access_token") or "") if isinstance(document, dict) else ""
        if not token or not token.isprintable() or not token.isascii():
            raise SourceError("refused", _("数据源没有发放访问令牌。请核对应用账号和密钥。"))
        lasts = document.get("expires_in", 300) if isinstance(document, dict) else 0
        seconds = float(lasts) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else 300.0
        _tokens[key] = (token, time.monotonic() + max(0.0, seconds - TOKEN_SPARE_S))
        return token


@dataclass
class Session:
    """Requests of one pull. Use as a context manager."""

    limits: Limits
    auth: Auth
    secrets: dict[str, str]
    now: datetime
    accept: str = "application/json"
    _client: httpx.Client = field(init=False)

    def __enter__(self) -> Self:
        secret = "" if self.auth.kind == "none" else find_secret(self.auth.secret, self.secrets)
        limits = self.limits
        self._client = net.client(
            timeout_s=limits.timeout_s, allow_private=limits.allow_private, headers={"Accept": self.accept}
        )
        self._client.auth = SourceAuth(self.auth, secret, now=self.now, limits=limits)
        return self

    def __exit__(self, *_args: object) -> None:
        self._client.close()

    def get(self, url: str, params: dict[str, str], etag: str = "") -> Answer | None:
        """The document, or None when it has not changed since `etag`. Raises SourceError."""
        headers = {"If-None-Match": etag} if etag else {}
        try:
            address = httpx.URL(url).copy_merge_params(params) if params else httpx.URL(url)
        except httpx.InvalidURL as err:
            raise _unreachable() from err
        request = self._client.build_request("GET", address, headers=headers)
        return _send(self._client, request, self.limits, None)


def _send(
    client: httpx.Client, request: httpx.Request, limits: Limits, auth: httpx.Auth | None
) -> Answer | None:
    asked = "If-None-Match" in request.headers
    try:
        with_auth = {"auth": auth} if auth else {}
        response = client.send(request, stream=True, follow_redirects=False, **with_auth)
        try:
            if response.status_code == NOT_MODIFIED and asked:
                return None
            body = _read(response, limits)
        finally:
            response.close()
    except httpx.TimeoutException as err:
        text = _("数据源在 {seconds:g} 秒内没有答复。系统会继续重试；长时间如此请联系对方系统的管理单位。")
        raise SourceError("timed_out", text.format(seconds=limits.timeout_s)) from err
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as err:
        raise _unreachable() from err
    if response.status_code != OK:
        text = _("数据源答复了错误码 {status}。系统会继续重试；请联系对方系统的管理单位。")
        sample = mapping.sample_of(body)
        raise SourceError("refused", text.format(status=response.status_code), sample=sample)
    # An entity tag that could not be sent back as a header is forgotten.
    tag = response.headers.get("ETag", "")
    kept = tag if tag.isascii() and tag.isprintable() and len(tag) <= MOST_TAG else ""
    return Answer(body, kept, response.links.get("next", {}).get("url", ""))


def _unreachable() -> SourceError:
    text = _("无法连接数据源。系统会继续重试；请检查对方地址和网络是否可用。")
    return SourceError("unreachable", text)


def _read(response: httpx.Response, limits: Limits) -> bytes:
    """The body, read no further than the limits of size (after decompression) and of time allow."""
    body = bytearray()
    ends = time.monotonic() + limits.timeout_s
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > limits.max_bytes:
            text = _("返回内容超过 {most} 字节，未取用。请缩小取数范围或调整上限。")
            sample = mapping.sample_of(bytes(body[:8000]))
            raise SourceError("too_large", text.format(most=limits.max_bytes), sample=sample)
        # httpx bounds each wait; a source that sends a byte now and then would hold us for ever.
        if time.monotonic() > ends:
            raise httpx.ReadTimeout("the body did not end in time")
    return bytes(body)
