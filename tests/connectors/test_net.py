"""Where outgoing requests may go, and that nobody on the way can send them elsewhere or hold them."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from connectors import net

INSIDE = (
    "127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - an address to be refused
    "::1", "::", "fe80::1", "fd00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.8", "::127.0.0.1", "64:ff9b::10.0.0.8", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:c0a8:101::", "2001:0:4136:e378:8000:63bf:f5ff:fff7",
)  # fmt: skip
OUTSIDE = ("1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::")


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_connected_to(address):
    assert not net.may_connect(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside_may_be_connected_to(address):
    assert net.may_connect(ipaddress.ip_address(address), allow_private=False)


@contextmanager
def server(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """One that does with each connection what `speak` says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer, peer.makefile("rb") as lines:
                    while lines.readline().strip():
                        pass
                    try:
                        speak(peer)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def test_a_head_that_comes_byte_by_byte_does_not_hold_a_worker():
    def drip(peer: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
            peer.sendall(bytes([byte]))
            time.sleep(0.1)

    began = time.monotonic()
    with (
        server(drip) as port,
        net.client(timeout_s=0.5, allow_private=True) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get(f"http://127.0.0.1:{port}/")
    assert time.monotonic() - began < 3


def test_an_address_that_moved_is_not_followed():
    def moved(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")

    with server(moved) as port, net.client(timeout_s=2, allow_private=True) as client:
        assert client.get(f"http://127.0.0.1:{port}/").status_code == 302
