"""The address of a client, as far as the proxy settings let us believe it."""

import ipaddress

from django.conf import settings


def client_addr(peer: str, forwarded_for: str = "") -> str:
    """The client's address: the socket's peer, or with BEHIND_PROXY what our own proxy appended last.

    Args:
        peer: REMOTE_ADDR or the ASGI scope's client host; "" on a Unix socket.
        forwarded_for: the whole X-Forwarded-For header; only its last entry is our proxy's word.
    """
    if settings.BEHIND_PROXY and forwarded_for:
        peer = forwarded_for.rsplit(",", 1)[-1].strip()
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def is_loopback(addr: str) -> bool:
    try:
        return ipaddress.ip_address(addr).is_loopback
    except ValueError:
        return False


def neighbourhood(addr: str) -> str:
    """What is counted as one place: an IPv4 address, or a /64 of IPv6, which is what one customer gets."""
    try:
        address = ipaddress.ip_address(addr)
    except ValueError:
        return addr
    if address.version == 4:  # noqa: PLR2004 - the protocol's name
        return addr
    return str(ipaddress.ip_network(f"{addr}/64", strict=False).network_address)
