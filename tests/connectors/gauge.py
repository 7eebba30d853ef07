"""The mapping of the river gauge neighbour, as an operator would write it."""

from datetime import datetime
from typing import Any

from common.clock import SHANGHAI
from connectors.config import RowMapping

MAPPING: dict[str, Any] = {
    "ok": "code == `0`",
    "rows": "rows",
    "subject": {"code": "STCD", "name": "STNM", "place": "RVNM"},
    "observed_at": {"path": "TM", "format": "%Y-%m-%d %H:%M:%S", "zone": "Asia/Shanghai"},
    "metrics": [
        {
            "key": "stage", "name": "水位", "unit": "米", "decimals": 2, "value": "Z",
            "warning": "WRZ", "guarantee": "GRZ", "near_margin": "0.3",
        },
        {"key": "flow", "name": "流量", "unit": "立方米每秒", "decimals": 1, "value": "Q"},
    ],
    "source_ref": "join('/', [STCD, TM])",
}  # fmt: skip

GAUGE = RowMapping.model_validate(MAPPING)


def config(url: str, **changes: Any) -> dict[str, Any]:
    return {"url": f"{url}/api/latest", "allow_private": True, "timeout_s": 5, "mapping": MAPPING, **changes}


def row(**changes: Any) -> dict[str, Any]:
    said = {
        "STCD": "62310101",
        "STNM": "西河桥站",
        "RVNM": "淦河",
        "TM": "2026-07-17 14:30:00",
        "Z": "27.830",
        "Q": 46.2,
        "WRZ": 28.0,
        "GRZ": 29.5,
    }
    return said | changes


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "total": len(rows), "rows": list(rows)}


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of 2026-07-17 in Shanghai."""
    return datetime(2026, 7, 17, hour, minute, tzinfo=SHANGHAI)


def said(hour: int, minute: int = 0) -> str:
    return f"2026-07-17 {hour:02d}:{minute:02d}:00"
