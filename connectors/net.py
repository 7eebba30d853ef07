"""Outgoing connections that cannot be turned against the inside of the house.

A name is resolved once, what it resolves to is judged, and the connection goes to just that address: a name that
answers differently the second time gains nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
from django.utils.translation import gettext as _

from connectors.errors import SourceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def may_connect(address: Address, *, allow_private: bool) -> bool:
    """Whether a source may be at this address. Loopback, private and link-local ones only where it is allowed."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.is_multicast or mapped.is_unspecified:
        return False
    return allow_private or bool(mapped.is_global)


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

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__()
        self._allow_private = allow_private

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
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                if place == len(addresses):
                    raise
        raise httpcore.ConnectError("no address")


class CheckedTransport(httpx.HTTPTransport):
    """httpx's own transport on connections that were judged."""

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=4,
            network_backend=_CheckedBackend(allow_private=allow_private),
        )


def client(*, timeout_s: float, allow_private: bool, headers: dict[str, str] | None = None) -> httpx.Client:
    """A client without redirects and without proxies of the environment."""
    return httpx.Client(
        transport=CheckedTransport(allow_private=allow_private),
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
