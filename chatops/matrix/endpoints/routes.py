"""The table of paths. A path without a prefix answers under both v3 and r0."""

from chatops.matrix.endpoints import server
from chatops.matrix.router import Handler, Router

OPEN: list[tuple[str, str, Handler]] = [
    ("GET", "/_matrix/client/versions", server.versions),
    ("GET", "/.well-known/matrix/client", server.well_known),
]


def add_all(router: Router) -> None:
    for method, path, handler in OPEN:
        router.add(method, path, handler)
