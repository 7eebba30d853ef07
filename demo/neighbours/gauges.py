"""A river gauge network's REST interface, on loopback, with faults on demand.

GET  /api/latest?page=1&size=50    {"code":0,"total":7,"page":1,"size":50,"rows":[reading…]}, ETag, 304
GET  /api/stations/{STCD}/series?hours=24&step_s=3600    the same shape, oldest first
GET  /control, POST /control       {"mode":"normal|stop|error|slow|garbage","raise_m":0.0}

`stop` freezes the gauges: the interface answers well, but with readings that grow old. `error` answers 503,
`slow` answers after `slow_s`, `garbage` answers 200 with a page that is not JSON.
"""

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from demo.neighbours import rivers

MODES = ("normal", "stop", "error", "slow", "garbage")
PAGE_MAX = 100
SERIES_HOURS_MAX = 24 * 62
SERIES_STEPS_MAX = 5000
GARBAGE = "<html><body>系统维护中<script>".encode()


@dataclass
class Network:
    """The state that control changes; everything else follows from the time."""

    step_s: int = 60
    slow_s: float = 20.0
    mode: str = "normal"
    raised_m: float = 0.0
    stopped_at: datetime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set_mode(self, mode: str, raised_m: float) -> None:
        with self.lock:
            self.stopped_at = (self.stopped_at or datetime.now(UTC)) if mode == "stop" else None  # noqa: TID251 - shares no clock
            self.mode, self.raised_m = mode, raised_m

    def moment(self) -> datetime:
        with self.lock:
            return self.stopped_at or datetime.now(UTC)  # noqa: TID251 - a neighbour has a clock of its own

    def state(self) -> dict[str, object]:
        return {"mode": self.mode, "raise_m": self.raised_m, "step_s": self.step_s}


class BadRequestError(Exception):
    """What the caller asked for cannot be answered; the text says why."""


class Handler(BaseHTTPRequestHandler):
    """One request. The network is an attribute of the server."""

    protocol_version = "HTTP/1.1"
    server: "GaugeServer"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/control":
            return self._answer(HTTPStatus.OK, self.server.network.state())
        if self._fault():
            return None
        try:
            body = self._read(parts.path, query)
        except BadRequestError as err:
            return self._answer(HTTPStatus.BAD_REQUEST, {"code": 400, "msg": str(err)})
        if body is None:
            return self._answer(HTTPStatus.NOT_FOUND, {"code": 404, "msg": "no such resource"})
        return self._answer(HTTPStatus.OK, body, tagged=True)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(min(length, 10_000))
        if urlsplit(self.path).path != "/control":
            return self._answer(HTTPStatus.NOT_FOUND, {"code": 404, "msg": "no such resource"})
        try:
            wanted = json.loads(raw)
            mode, raised = wanted.get("mode", "normal"), float(wanted.get("raise_m", 0))
        except (ValueError, TypeError, AttributeError):
            return self._answer(HTTPStatus.BAD_REQUEST, {"code": 400, "msg": "JSON object expected"})
        if mode not in MODES:
            return self._answer(HTTPStatus.BAD_REQUEST, {"code": 400, "msg": f"mode is one of {MODES}"})
        self.server.network.set_mode(mode, raised)
        return self._answer(HTTPStatus.OK, self.server.network.state())

    def _fault(self) -> bool:
        """Misbehave as told; True when that was the whole answer."""
        network = self.server.network
        if network.mode == "error":
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"code": 503, "msg": "telemetry database is down"})
        elif network.mode == "garbage":
            self._send(HTTPStatus.OK, GARBAGE, {"Content-Type": "application/json"})
        elif network.mode == "slow":
            time.sleep(network.slow_s)
        return network.mode in {"error", "garbage"}

    def _read(self, path: str, query: dict[str, str]) -> dict[str, object] | None:
        network = self.server.network
        match path.strip("/").split("/"):
            case ["api", "latest"]:
                moment = rivers.observation_time(network.moment(), network.step_s)
                rows = [rivers.reading(station, moment, network.raised_m) for station in rivers.STATIONS]
                return _page(rows, query)
            case ["api", "stations", code, "series"] if code in rivers.BY_CODE:
                hours = _whole(query, "hours", 24, SERIES_HOURS_MAX)
                step_s = _whole(query, "step_s", 3600, 86_400)
                if hours * 3600 // step_s > SERIES_STEPS_MAX:
                    raise BadRequestError(
                        f"more than {SERIES_STEPS_MAX} steps: ask for fewer hours or a longer step"
                    )
                rows = list(rivers.series(rivers.BY_CODE[code], network.moment(), hours, step_s))
                return {"code": 0, "total": len(rows), "rows": rows}
        return None

    def _answer(self, status: HTTPStatus, body: dict[str, object], *, tagged: bool = False) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if tagged:
            headers["ETag"] = f'"{hashlib.sha256(raw).hexdigest()[:20]}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                return self._send(HTTPStatus.NOT_MODIFIED, b"", headers)
        return self._send(status, raw, headers)

    def _send(self, status: HTTPStatus, raw: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller lost patience, as `slow` wants it to

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Silent: the caller keeps a log of its own."""


class GaugeServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, network: Network) -> None:
        self.network = network
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def _page(rows: list[dict[str, object]], query: dict[str, str]) -> dict[str, object]:
    page, size = _whole(query, "page", 1, 10_000), _whole(query, "size", 50, PAGE_MAX)
    part = rows[(page - 1) * size : page * size]
    return {"code": 0, "total": len(rows), "page": page, "size": size, "rows": part}


def _whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise BadRequestError(f"{name} must be a whole number from 1 to {most}")
    return int(text)
