"""One HTTP call to an address that a user has named: never into our own network, never along a redirect.

The name is looked up once and that very address is called, so that a name cannot point elsewhere between the check and
the call.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from common.errors import BadInputError

TIMEOUT_S = 10.0
MOST_ANSWER = 20_000


class UnreachableError(Exception):
    """The address may not be called, or does not answer; the sentence is for the admin page."""


@dataclass(frozen=True)
class Answered:
    status: int
    text: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def check_url(url: str) -> str:
    """The address as it is to be kept. Raises BadInputError: no http(s) address, or one inside our network."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > 1000 or "@" in parts.netloc:  # noqa: PLR2004 - the column's width
        raise BadInputError(field="url", message=_("通知地址须为 http 或 https 网址，且不含用户名和口令。"))
    try:
        _resolve(url)
    except UnreachableError as err:
        raise BadInputError(field="url", message=str(err)) from err
    return url


def post(url: str, body: bytes, headers: dict[str, str]) -> Answered:
    """Raises UnreachableError; any HTTP status is an answer."""
    address, parts = _resolve(url), urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{address}]" if ":" in address else address
    netloc = f"{shown}:{parts.port}" if parts.port else shown
    target = urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST",
                target,
                content=body,
                headers={**headers, "Host": parts.netloc},
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            text = b""
            for chunk in answer.iter_bytes():
                text += chunk
                if len(text) > MOST_ANSWER:
                    break
            return Answered(answer.status_code, text[:MOST_ANSWER].decode(errors="replace"))
    except (httpx.HTTPError, httpx.InvalidURL) as err:
        raise UnreachableError(_("地址没有应答（{why}）。").format(why=type(err).__name__)) from err


def _resolve(url: str) -> str:
    """The one address that is called. Raises UnreachableError: unknown, or inside and not allowed."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(
            parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        told = _("无法解析通知地址的主机名 {host}，请核对。").format(host=parts.hostname)
        raise UnreachableError(told) from None
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    for address in addresses:
        if not _is_allowed(address):
            told = _(
                "通知地址 {host} 在内部网络，未经允许不能调用；如确需使用，请由运维人员设置 HOOK_OUT_NETWORKS。"
            )
            raise UnreachableError(told.format(host=parts.hostname))
    return addresses[0]


def _is_allowed(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    if any(found in ipaddress.ip_network(network, strict=False) for network in settings.HOOK_OUT_NETWORKS):
        return True
    return found.is_global and not found.is_multicast
