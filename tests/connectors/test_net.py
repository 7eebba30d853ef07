"""Where outgoing requests may go, and that nobody on the way can send them elsewhere or hold them."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx
import pytest

from connectors import net
from connectors.errors import SourceError

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


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("169.254.169.254", True), ("::1", True), ("fe80::1", True),
        ("::ffff:127.0.0.1", True), ("::ffff:10.0.0.1", True), ("100.64.0.1", True), ("8.8.8.8", False),
        ("0.0.0.0", True), ("224.0.0.1", True),  # noqa: S104
    ],
)  # fmt: skip
def test_what_is_inside_the_house(address, inside, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (address, 443))])
    if inside:
        with pytest.raises(SourceError) as refused:
            net.checked_addresses("a.example", 443, allow_private=False)
        assert refused.value.reason == "private_target"
    else:
        assert net.checked_addresses("a.example", 443, allow_private=False) == [address]
    if address in {"0.0.0.0", "224.0.0.1"}:  # noqa: S104
        with pytest.raises(SourceError):
            net.checked_addresses("a.example", 443, allow_private=True)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(monkeypatch):
    """The address that was judged is the one connected to, and it is judged at every connection."""
    answers = iter([("8.8.8.8", 80), ("127.0.0.1", 80)])
    connected: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", next(answers))])

    def connect_tcp(_self, host, *_args):
        connected.append(host)
        raise httpcore.ConnectError("no network in a test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    with net.client(timeout_s=1, allow_private=False) as client:
        with pytest.raises(httpx.ConnectError):
            client.get("http://rebind.example/")
        with pytest.raises(SourceError) as refused:
            client.get("http://rebind.example/")
    assert connected == ["8.8.8.8"]
    assert refused.value.reason == "private_target"
