"""What tests ask a source with, and a server of fixed answers to ask."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from common import clock
from connectors.asking import Ask
from connectors.services import manage
from connectors.store.models import Connector
from directory.actors import system_actor
from tests.support.world import make_unit


def ask(config: dict[str, Any], cursor: dict[str, Any] | None = None, **secrets: str) -> Ask:
    return Ask(config, cursor or {}, clock.now(), secrets)


def connect(kind: str, config: dict[str, Any], **fields: Any) -> Connector:
    source = manage.Source(kind, "来源", config, kind=kind)
    connector = manage.connect(actor=system_actor("测试"), owner=make_unit(), source=source)
    Connector.objects.filter(pk=connector.pk).update(**fields)
    return Connector.objects.get(pk=connector.pk)


class serving:  # noqa: N801 - reads as a word in `with`
    """A server of fixed answers; `asked` are the requests."""

    def __init__(self, answers: dict[str, bytes], link: str = "") -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                body = answers.get(self.path.split("?")[0] if self.path not in answers else self.path)
                self.send_response(404 if body is None else 200)
                if link and self.path.split("?")[0] == "/items":
                    self.send_header("Link", f'<{link}>; rel="next"')
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_args: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_exc: object) -> None:
        self.server.shutdown()
        self.thread.join(5)
        self.server.server_close()
