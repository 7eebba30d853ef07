"""REST sources that answer JSON: pages, ETag, time-outs, a limit to size, no redirects.

`pull` is all the network there is; what the answer means is connectors.mapping's.
"""

import ipaddress
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.utils.translation import gettext as _

from connectors import mapping
from connectors.config import Auth, RestConfig, read_rest_config
from connectors.errors import SourceError
from connectors.items import Parsed

NOT_MODIFIED = 304
OK = 200


@dataclass(frozen=True)
class Pulled:
    """`unchanged`: every page answered 304. `cursor` is to be given to the next pull; `raw` are the pages."""

    parsed: Parsed
    unchanged: bool
    cursor: dict[str, Any]
    raw: tuple[bytes, ...] = ()


@dataclass
class _Sum:
    rows: int = 0
    readings: list[Any] = field(default_factory=list)
    rejections: list[Any] = field(default_factory=list)

    def add(self, part: Parsed) -> None:
        self.rows += part.rows
        self.readings.extend(part.readings)
        self.rejections.extend(part.rejections)


def pull(raw_config: dict[str, Any], cursor: dict[str, Any], *, now: datetime) -> Pulled:
    """Ask the source once. Blocks; `timeout_s` bounds each page.

    Raises:
        SourceError: whatever keeps the source from being used; nothing else.
    """
    config = read_rest_config(raw_config)
    _refuse_inside(config)
    total, tags, changed = _Sum(), {}, False
    raw: list[bytes] = []
    with httpx.Client(timeout=config.timeout_s, trust_env=False, headers=_headers(config.auth)) as client:
        for number in _page_numbers(config):
            known = cursor.get(str(number), {})
            answer = _ask(client, config, number, str(known.get("etag", "")))
            if answer is None:
                tags[str(number)], rows = known, int(known.get("rows", 0))
            else:
                part = mapping.parse(mapping.load(answer.body), config.mapping, now=now)
                total.add(part)
                raw.append(answer.body)
                changed, rows = True, part.rows
                tags[str(number)] = {"etag": answer.etag, "rows": rows}
            if config.paging is None or rows < config.paging.size:
                break
    parsed = Parsed(total.rows, tuple(total.readings), tuple(total.rejections))
    return Pulled(parsed, unchanged=not changed, cursor=tags, raw=tuple(raw))


@dataclass(frozen=True)
class _Answer:
    body: bytes
    etag: str


def _page_numbers(config: RestConfig) -> Iterator[int]:
    yield from range(1, config.paging.max_pages + 1 if config.paging else 2)


def _ask(client: httpx.Client, config: RestConfig, number: int, etag: str) -> _Answer | None:
    """One page, or None when it has not changed since `etag`."""
    params = {}
    if config.paging:
        params = {config.paging.page_param: str(number), config.paging.size_param: str(config.paging.size)}
    headers = {"If-None-Match": etag} if etag else {}
    url = httpx.URL(config.url).copy_merge_params(params)
    try:
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code == NOT_MODIFIED and etag:
                return None
            body = _read(response, config)
    except httpx.TimeoutException as err:
        text = _("数据源在 {seconds:g} 秒内没有答复。系统会继续重试；长时间如此请联系对方系统的管理单位。")
        raise SourceError("timed_out", text.format(seconds=config.timeout_s)) from err
    except (httpx.HTTPError, httpx.InvalidURL) as err:
        text = _("无法连接数据源。系统会继续重试；请检查对方地址和网络是否可用。")
        raise SourceError("unreachable", text) from err
    if response.status_code != OK:
        text = _("数据源答复了错误码 {status}。系统会继续重试；请联系对方系统的管理单位。")
        sample = mapping.sample_of(body)
        raise SourceError("refused", text.format(status=response.status_code), sample=sample)
    # An entity tag that could not be sent back as a header is forgotten.
    tag = response.headers.get("ETag", "")
    return _Answer(body, tag if tag.isascii() and tag.isprintable() and len(tag) <= 200 else "")  # noqa: PLR2004


def _read(response: httpx.Response, config: RestConfig) -> bytes:
    """The body, read no further than the limits of size (after decompression) and of time allow."""
    body = bytearray()
    ends = time.monotonic() + config.timeout_s
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > config.max_bytes:
            text = _("返回内容超过 {most} 字节，未取用。请缩小取数范围或调整上限。")
            sample = mapping.sample_of(bytes(body[:8000]))
            raise SourceError("too_large", text.format(most=config.max_bytes), sample=sample)
        # httpx bounds each wait; a source that sends a byte now and then would hold us for ever.
        if time.monotonic() > ends:
            raise httpx.ReadTimeout("the body did not end in time")
    return bytes(body)


def _headers(auth: Auth) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "tongzhou-connector"}
    if auth.kind != "none":
        secret = _secret(auth.secret)
        headers |= {"Authorization": f"Bearer {secret}"} if auth.kind == "bearer" else {auth.header: secret}
    return headers


def _secret(name: str) -> str:
    variable = f"CONNECTOR_SECRET_{name}"
    if value := os.environ.get(variable):
        return value
    if file := os.environ.get(f"{variable}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError:
            pass  # said below, without the path
    text = _("缺少数据源的密钥：环境变量 {variable} 未设置。请由管理员设置后重启服务。")
    raise SourceError("bad_config", text.format(variable=variable))


def _refuse_inside(config: RestConfig) -> None:
    """Keep requests from being turned against the inside of the house, unless an administrator allows it."""
    if config.allow_private:
        return
    parts = urlsplit(config.url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as err:
        raise SourceError("unreachable", _("找不到数据源的主机。请检查地址是否写对。")) from err
    if any(not ipaddress.ip_address(address[4][0]).is_global for address in found):
        text = _("数据源的地址在内部网络，默认不允许访问。确需接入的，请由管理员在配置中放行。")
        raise SourceError("private_target", text)
