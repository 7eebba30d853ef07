"""Outgoing connections that cannot be turned against the inside of the house.

A name is resolved once, what it resolves to is judged, and the connection goes to just that address: a name that
answers differently the second time gains nothing.
"""

import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
from django.utils.translation import gettext as _

from connectors.errors import SourceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def may_connect(address: Address, *, allow_private: bool) -> bool:
    """Whether a source may be at this address. Loopback, private and link-local ones only where it is allowed."""
    meant = _meant(address)
    if meant.is_multicast or meant.is_unspecified:
        return False
    return allow_private or bool(meant.is_global)


# Prefixes whose addresses lead on to the IPv4 address in their last 32 bits: translators (NAT64), and the old form.
_LEADS_ON = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or leads on to; else itself."""
    if not isinstance(address, ipaddress.IPv6Address) or address in {_NOWHERE, _LOOPBACK}:
        return address
    tunnel = address.teredo[1] if address.teredo else None
    last = ipaddress.IPv4Address(address.packed[12:]) if any(address in one for one in _LEADS_ON) else None
    return address.ipv4_mapped or address.sixtofour or tunnel or last or address


_NOWHERE, _LOOPBACK = ipaddress.IPv6Address("::"), ipaddress.IPv6Address("::1")


def checked_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses of a host, all of which may be connected to.

    Raises: SourceError: unreachable (no such host), private_target.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as err:
        raise SourceError("unreachable", _("找不到数据源的主机。请检查地址是否写对。")) from err
    addresses = list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
    if not addresses or not all(
        may_connect(ipaddress.ip_address(one), allow_private=allow_private) for one in addresses
    ):
        text = _("数据源的地址在内部网络，默认不允许访问。确需接入的，请由管理员在配置中放行。")
        raise SourceError("private_target", text)
    return addresses


class _CheckedBackend(httpcore.SyncBackend):
    """Connects to addresses that were judged; TLS goes on to be for the host's name."""

    def __init__(self, *, allow_private: bool, answer_s: float) -> None:
        super().__init__()
        self._allow_private, self._answer_s = allow_private, answer_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = checked_addresses(host, port, allow_private=self._allow_private)
        for place, address in enumerate(addresses, 1):
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
                return _Bounded(stream, self._answer_s)
            except httpcore.ConnectError:
                if place == len(addresses):
                    raise
        raise httpcore.ConnectError("no address")


class _Bounded(httpcore.NetworkStream):
    """A connection whose every answer has to begin in time: a source that sends one byte of its head now and then
    would stay within any limit to a single wait and hold a worker for ever. The time runs anew from each request."""

    def __init__(self, stream: httpcore.NetworkStream, answer_s: float) -> None:
        self._stream, self._answer_s = stream, answer_s
        self._ends = time.monotonic() + answer_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer did not end in time")
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._ends = time.monotonic() + self._answer_s
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, timeout), self._answer_s)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all: reading the authorities takes longer than a whole pull."""
    return httpx.create_ssl_context(trust_env=False)


class CheckedTransport(httpx.HTTPTransport):
    """httpx's own transport on connections that were judged."""

    def __init__(self, *, allow_private: bool, answer_s: float) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=4,
            network_backend=_CheckedBackend(allow_private=allow_private, answer_s=answer_s),
        )


def client(*, timeout_s: float, allow_private: bool, headers: dict[str, str] | None = None) -> httpx.Client:
    """A client without redirects and without proxies of the environment."""
    return httpx.Client(
        transport=CheckedTransport(allow_private=allow_private, answer_s=2 * timeout_s),
        timeout=timeout_s,
        headers={"User-Agent": "tongzhou-connector", **(headers or {})},
        trust_env=False,
    )


def is_among(address: str, networks: Iterable[str]) -> bool:
    """Whether a peer's address lies in one of these networks (`10.1.2.0/24`, `10.1.2.3`). Nobody lies in none."""
    try:
        peer = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None) or peer
    for network in networks:
        try:
            if mapped in ipaddress.ip_network(network, strict=False):
                return True
        except ValueError:
            continue
    return False
