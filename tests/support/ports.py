"""Ports for servers of a test, without Django: also for programs that only start a city."""

import socket


def free_socket() -> socket.socket:
    """A listening port that nobody else can take meanwhile."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening
