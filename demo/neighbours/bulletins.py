"""Two interfaces of other offices, on loopback: a weather office's CAP feed, and a project ledger.

GET  /cap/feed.xml                Atom, newest first; GET /cap/{n}.xml one alert
POST /cap/issue                   {"severity": "Yellow", "hours": 6}      a new alert
POST /cap/update, /cap/cancel     {"severity": "Orange"}                  of the newest chain
POST /ledger/token                client credentials (Basic ledger:ledger-secret) → {"access_token", "expires_in"}
GET  /ledger/projects?cursor=&size=   {"data": [...], "next": "…"}; Bearer token
POST /ledger/projects/{id}        {"stage": "50", "progress": 62}         what the office enters
POST /ledger/results              what somebody writes back under a project's id; GET shows it
POST /water                       {"raise_m": 0.9}      lifts the water that the stations see
GET, POST /control                {"mode": "normal|stop|error|slow|garbage|schema"}

`stop` answers with what was there when it was set, `schema` with other names of fields.
"""

import argparse
import base64
import csv
import json
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

LOCAL = timezone(timedelta(hours=8))
PROJECTS = Path(__file__).resolve().parents[1] / "data" / "xianning_projects.csv"
CLIENT = base64.b64encode(b"ledger:ledger-secret").decode()
MODES = ("normal", "stop", "error", "slow", "garbage", "schema")
COLOURS = {"Extreme": "红色", "Severe": "橙色", "Moderate": "黄色", "Minor": "蓝色"}
# Codes of the ledger's stages: 10 设立, 30 开工, 50 在建, 70 竣工, 90 验收, 99 撤销.
STAGES = {"10": "已立项", "30": "已开工", "50": "在建", "70": "已竣工", "90": "已验收", "99": "已撤销"}
ISSUER = "42120041600000"


@dataclass
class Alert:
    number: int
    identifier: str
    sent: datetime
    kind: str
    severity: str
    references: str
    expires: datetime


@dataclass
class Office:
    """What both interfaces know. `frozen` is the answer of mode `stop`."""

    slow_s: float = 20.0
    mode: str = "normal"
    raised_m: float = 0.0
    alerts: list[Alert] = field(default_factory=list)
    projects: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> None:
        with PROJECTS.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                number = int(row["seq"])
                self.projects.append(
                    {
                        "projectId": f"XN2026{number:04d}", "projectName": row["name"], "unit": row["lead_department"],
                        "category": row["category"], "budget": row["budget_wan"], "progress": 10 * (number % 9),
                        "stage": ["10", "30", "50"][number % 3], "days": 20 + number,
                        "changed": (_now() - timedelta(days=number)).isoformat(timespec="seconds"),
                    }
                )  # fmt: skip

    def issue(self, kind: str, said: dict[str, Any]) -> Alert | None:
        with self.lock:
            last = self.alerts[-1] if self.alerts else None
            if kind != "Alert" and last is None:
                return None
            now = _now()
            number = len(self.alerts) + 1
            references = ""
            if last is not None and kind != "Alert":
                own = f"{ISSUER},{last.identifier},{last.sent.isoformat()}"
                references = f"{last.references} {own}".strip()
            alert = Alert(
                number, f"{ISSUER}_{now:%Y%m%d%H%M%S}_{number}", now, kind, str(said.get("severity") or "Moderate"),
                references, now + timedelta(hours=float(said.get("hours") or 6)),
            )  # fmt: skip
            self.alerts.append(alert)
            return alert

    def move(self, project_id: str, said: dict[str, Any]) -> dict[str, Any] | None:
        with self.lock:
            for one in self.projects:
                if one["projectId"] == project_id:
                    one |= {name: said[name] for name in ("stage", "progress") if name in said}
                    one["changed"] = _now().isoformat(timespec="seconds")
                    return one
        return None


def _now() -> datetime:
    return datetime.now(UTC).astimezone(LOCAL).replace(microsecond=0)  # noqa: TID251 - a clock of its own


def cap_xml(alert: Alert) -> str:
    colour = COLOURS.get(alert.severity, alert.severity)
    head = {"Alert": "发布", "Update": "更新", "Cancel": "解除"}[alert.kind] + f"暴雨{colour}预警信号"
    references = f"<references>{escape(alert.references)}</references>" if alert.references else ""
    areas = "".join(
        f"<area><areaDesc>{name}</areaDesc><geocode><valueName>GB</valueName><value>{code}</value></geocode></area>"
        for name, code in (("咸安区", "421202"), ("崇阳县", "421223"), ("通山县", "421224"))
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{alert.identifier}</identifier>
<sender>{ISSUER}</sender><sent>{alert.sent.isoformat()}</sent><status>Actual</status>
<msgType>{alert.kind}</msgType><scope>Public</scope>{references}
<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>
<severity>{escape(alert.severity)}</severity><certainty>Likely</certainty>
<eventCode><valueName>GB</valueName><value>11B03</value></eventCode>
<expires>{alert.expires.isoformat()}</expires><senderName>咸宁市气象台</senderName>
<headline>咸宁市气象台{head}</headline><description>预计未来六小时内部分地区降雨量将达五十毫米以上。</description>
<instruction>请注意防范强降雨引发的山洪、滑坡和城乡积涝。</instruction>{areas}</info></alert>"""


def feed_xml(alerts: list[Alert]) -> str:
    entries = "".join(
        f"<entry><id>{one.identifier}</id><updated>{one.sent.isoformat()}</updated>"
        f'<link type="application/cap+xml" href="{one.number}.xml"/></entry>'
        for one in reversed(alerts)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>cap</id>{entries}</feed>'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Bulletins"

    def do_GET(self) -> None:  # noqa: PLR0911 - an answer for each case
        office, parts = self.server.office, urlsplit(self.path)
        if parts.path == "/control":
            return self._json(200, {"mode": office.mode})
        if office.mode == "slow":
            time.sleep(office.slow_s)
        elif office.mode == "error":
            return self._json(500, {"error": "database is down"})
        elif office.mode == "garbage":
            return self._send(200, "<html>系统维护中".encode(), "text/html; charset=utf-8")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        match parts.path.strip("/").split("/"):
            case ["cap", "feed.xml"]:
                return self._send(200, feed_xml(office.alerts).encode(), "application/atom+xml")
            case ["cap", name] if name.removesuffix(".xml").isdecimal():
                number = int(name.removesuffix(".xml"))
                found = next((one for one in office.alerts if one.number == number), None)
                if found:
                    return self._send(200, cap_xml(found).encode(), "application/cap+xml")
            case ["ledger", "projects"]:
                return self._projects(query)
            case ["ledger", "results"]:
                return self._json(200, {"data": office.results})
        return self._json(404, {"error": "not found"})

    def do_POST(self) -> None:  # noqa: PLR0911 - an answer for each case
        office, path = self.server.office, urlsplit(self.path).path
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 100_000))
        if path == "/ledger/token":
            return self._token()
        try:
            said = json.loads(raw or b"{}")
            assert isinstance(said, dict)  # noqa: S101 - a simulation
        except (ValueError, AssertionError):
            return self._json(400, {"error": "JSON object expected"})
        match path.strip("/").split("/"):
            case ["control"] if said.get("mode") in MODES:
                office.mode = str(said["mode"])
                return self._json(200, {"mode": office.mode})
            case ["water"]:
                office.raised_m = float(said.get("raise_m") or 0)
                return self._json(200, {"raise_m": office.raised_m})
            case ["cap", "issue" | "update" | "cancel" as deed]:
                kind = {"issue": "Alert", "update": "Update", "cancel": "Cancel"}[deed]
                alert = office.issue(kind, said)
                return self._json(200 if alert else 409, {"identifier": alert.identifier if alert else None})
            case ["ledger", "projects", project_id]:
                moved = office.move(project_id, said)
                return self._json(200 if moved else 404, moved or {"error": "no such project"})
            case ["ledger", "results"]:
                office.results.append(said)
                return self._json(200, {"ok": True})
        return self._json(404, {"error": "not found"})

    def _token(self) -> None:
        if self.headers.get("Authorization") != f"Basic {CLIENT}":
            return self._json(401, {"error": "invalid_client"})
        token = secrets.token_hex(16)
        self.server.office.tokens.add(token)
        return self._json(200, {"access_token": token, "token_type": "bearer", "expires_in": 600})

    def _projects(self, query: dict[str, str]) -> None:
        office = self.server.office
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in office.tokens:
            return self._json(401, {"error": "invalid_token"})
        start, size = int(query.get("cursor") or 0), min(50, int(query.get("size") or 5))
        rows = [one | {"stageName": STAGES[one["stage"]]} for one in office.projects[start : start + size]]
        if office.mode == "schema":
            rows = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        more = start + size < len(office.projects)
        return self._json(200, {"data": rows, "next": str(start + size) if more else None})

    def _json(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _send(self, status: int, raw: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True

    def log_message(self, *_args: object) -> None:
        return


class Bulletins(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int = 0, *, slow_s: float = 20.0) -> None:
        self.office = Office(slow_s=slow_s)
        self.office.load()
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slow", type=float, default=20.0)
    given = parser.parse_args()
    server = Bulletins(given.port, slow_s=given.slow)
    print(json.dumps({"neighbour": "bulletins", "url": server.url}), flush=True)  # noqa: T201
    server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
