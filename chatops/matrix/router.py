"""Routes by the raw path: split on `/` first, decoded afterwards, so that %2F never splits a parameter."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from chatops.matrix.errors import invalid_param, unrecognized

Handler = Callable[..., Awaitable[Any]]

# What existed in r0 answers there too: matrix-commander and old nio still ask for it (matrix.md §1.0).
CLIENT_PREFIXES = ("/_matrix/client/v3", "/_matrix/client/r0")


class _Node:
    """A step of the path: fixed words, one parameter, and the methods that end here."""

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.methods: dict[str, tuple[Handler, tuple[str, ...]]] = {}


_End = tuple[_Node, tuple[str, ...]]


class Router:
    """`add("GET", "/rooms/{room_id}/state", handler)`; a path without `/_matrix` is a client path."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, method: str, path: str, handler: Handler) -> None:
        full = path.startswith(("/_matrix", "/.well-known"))
        for prefix in ("",) if full else CLIENT_PREFIXES:
            self._add(method, prefix + path, handler)

    def _add(self, method: str, path: str, handler: Handler) -> None:
        node, names = self._root, []
        for step in path.split("/")[1:]:
            if step.startswith("{"):
                names.append(step[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.words.setdefault(step, _Node())
        node.methods[method] = (handler, tuple(names))

    def find(self, method: str, raw_path: bytes) -> tuple[Handler, Mapping[str, str]]:
        """The handler and its decoded parameters. A slash at the end changes nothing where no parameter takes it.

        Raises:
            MatrixError: 404 for an unknown path, 405 for a known one with another method, both
                M_UNRECOGNIZED; clients feel out what a server can do by these.
        """
        steps = [_decode(step) for step in raw_path.split(b"?", 1)[0].split(b"/")[1:]]
        found = list(self._walk(self._root, steps, ())) or (
            list(self._walk(self._root, steps[:-1], ())) if steps[-1] == "" else []
        )
        for node, values in found:
            if method in node.methods:
                handler, names = node.methods[method]
                return handler, dict(zip(names, values, strict=True))
        raise unrecognized(405 if found else 404)

    def _walk(self, node: _Node, steps: list[str], values: tuple[str, ...]) -> list[_End]:
        """Ends of the path that have methods; fixed words come before parameters."""
        if not steps:
            return [(node, values)] if node.methods else []
        found = []
        if (word := node.words.get(steps[0])) is not None:
            found += self._walk(word, steps[1:], values)
        if node.parameter is not None:
            found += self._walk(node.parameter, steps[1:], (*values, steps[0]))
        return found


def _decode(step: bytes) -> str:
    try:
        text = unquote_to_bytes(step).decode()
    except UnicodeDecodeError:
        raise invalid_param("The path is not UTF-8") from None
    if "\x00" in text:
        raise invalid_param("The path contains U+0000")
    return text
