"""The other connectors of the demo city: stations, polluters, alerts and the project ledger of demo/neighbours/town."""

import os
from typing import Any
from urllib.parse import urlsplit

from connectors.services import manage
from connectors.services.secrets import seal
from connectors.store.models import Connector
from demo.city.cast import Cast
from demo.neighbours import buoys, polluters, telemetry, waterbase

LOOPBACK = ["127.0.0.1"]
LEDGER_SECRET = "ledger-secret"  # noqa: S105 - of a simulation
CAP_STAGES = {
    "Alert": {"state": "open", "name": "发布"},
    "Update": {"state": "in_progress", "name": "更新"},
    "Cancel": {"state": "withdrawn", "name": "解除"},
}
LEDGER_STAGES = {
    "10": {"state": "open", "name": "已立项"},
    "30": {"state": "in_progress", "name": "已开工"},
    "50": {"state": "in_progress", "name": "在建"},
    "70": {"state": "closed", "name": "已竣工"},
    "90": {"state": "closed", "name": "已验收"},
    "99": {"state": "withdrawn", "name": "已撤销"},
}
PERMITS = {"w01018": "50", "w21003": "5", "w21011": "0.5", "a21026": "35", "a21002": "50", "a34013": "10"}
# How far above the mean stage of a station its warning and guarantee stages lie, in metres.
WARNING_M, GUARANTEE_M = 0.45, 1.95


def connect(cast: Cast) -> None:
    """Make them, or move them to the neighbours' ports of this start; nothing where no neighbours are started."""
    ports = {name: os.environ.get(f"NEIGHBOUR_{name}_PORT", "") for name in ("OFFICES", "HJ212", "SL651")}
    if not all(port.isdecimal() for port in ports.values()):
        return
    offices = f"http://127.0.0.1:{ports['OFFICES']}"
    listening = {"bind": "127.0.0.1", "idle_s": 900}
    _put(
        cast, "telemetry", "市水文站遥测（演示）", "sl651", "xn-slj",
        listening | {"port": int(ports["SL651"]), "stations": _stations()}, sources=LOOPBACK,
    )  # fmt: skip
    _put(
        cast, "polluters", "污染源在线监控（演示）", "hj212", "xn-sthj",
        listening | {"port": int(ports["HJ212"]), "outlets": _outlets()}, sources=LOOPBACK,
    )  # fmt: skip
    alerts = {"url": f"{offices}/cap/feed.xml", "allow_private": True, "timeout_s": 5}
    _put(cast, "weather-alerts", "市气象台预警（演示）", "cap", "xn-yjj", alerts, stages=CAP_STAGES)
    _put(
        cast, "projects", "重大项目台账（演示）", "rest", "xn-fgw", _ledger(offices), stages=LEDGER_STAGES,
        secrets=seal({"LEDGER": LEDGER_SECRET}),
    )  # fmt: skip
    _connect_database(cast)
    _connect_buoys(cast)


def _connect_database(cast: Cast) -> None:
    """The flood office's, where the embedded server has one."""
    url, password = os.environ.get("NEIGHBOUR_DATABASE_URL", ""), os.environ.get("WATERBASE_PASSWORD", "")
    if not url or not password:
        return
    parts = urlsplit(url)
    view = {
        "dialect": "postgresql",
        "host": parts.hostname,
        "port": parts.port,
        "database": parts.path.removeprefix("/"),
        "user": waterbase.READER,
        "secret": "WATERBASE",
        "preset": "sl323_reservoir",
        "allow_private": True,
    }
    _put(
        cast, "reservoirs", "市防汛办水库水情库（演示）", "sql", "xn-slj", view,
        secrets=seal({"WATERBASE": password}),
    )  # fmt: skip


def _connect_buoys(cast: Cast) -> None:
    """Where a broker can be started for them."""
    port = os.environ.get("NEIGHBOUR_MQTT_PORT", "")
    if not port.isdecimal() or buoys.program() is None:
        return
    quantities = (("oxygen", "溶解氧", "毫克每升"), ("ph", "pH值", "无量纲"))
    feed = {
        "host": "127.0.0.1",
        "port": int(port),
        "tls": False,
        "allow_private": True,
        "topics": ["buoys/+/quality"],
        "mapping": {
            "rows": "[body]",
            "subject": {"code": "code", "name": "name"},
            "observed_at": {"path": "at", "format": "epoch_ms"},
            "metrics": [
                {"key": key, "name": name, "unit": unit, "decimals": 2, "value": key}
                for key, name, unit in quantities
            ],
        },
    }
    _put(cast, "buoys", "水质浮标（演示）", "mqtt", "xn-sthj", feed)


def _put(
    cast: Cast, key: str, name: str, kind: str, unit: str, config: dict[str, Any], **fields: Any
) -> None:
    # A report a minute; an hourly mean is an hour old before the next one comes.
    source = manage.Source(
        key, name, config, kind=kind, interval_s=60, fresh_for_s=2 * 3600, lost_after_s=6 * 3600
    )
    connector = manage.connect(actor=cast.actor(f"{unit}.digital"), owner=cast.unit(unit), source=source)
    Connector.objects.filter(pk=connector.pk).update(**fields)


def _ledger(offices: str) -> dict[str, Any]:
    return {
        "url": f"{offices}/ledger/projects",
        "auth": {
            "kind": "oauth2",
            "user": "ledger",
            "secret": "LEDGER",
            "token_url": f"{offices}/ledger/token",
        },
        "paging": {"kind": "cursor", "page_param": "cursor", "next": "next", "size": 10},
        "allow_private": True,
        "timeout_s": 5,
        "mapping": {
            "rows": "data",
            "record": {
                "kind": "project",
                "id": "projectId",
                "title": "projectName",
                "code": "stage",
                "stage_name": "stageName",
                "stage_at": {"path": "changed"},
                "owner_unit": "unit",
                "limit_days": "days",
                "fields": {"总投资（万元）": "budget", "形象进度（%）": "progress"},
            },
        },
    }


def _stations() -> dict[str, Any]:
    found = {}
    for number, name, mean, _swing in telemetry.STATIONS:
        limits = {
            "warning": f"{mean + WARNING_M:.2f}",
            "guarantee": f"{mean + GUARANTEE_M:.2f}",
            "near_margin": "0.15",
        }
        found[number.removeprefix("00")] = {"name": name, "place": "遥测", "limits": {"stage": limits}}
    return found


def _outlets() -> dict[str, Any]:
    found = {}
    for number in range(polluters.COUNT):
        about = polluters.outlet(number)
        factors = {
            factor: {"permit": PERMITS[factor]} if factor in PERMITS else {}
            for factor, _mean, _swing in about["factors"]  # type: ignore[attr-defined]
        }
        found[str(about["mn"])] = {"name": about["name"], "place": about["place"], "factors": factors}
    return found
