"""The river gauge connector: subscribed into the flood task force's room, with a day of readings."""

import json
import os
from datetime import datetime, timedelta
from typing import Any

from common import clock
from connectors.services import manage, pull
from connectors.store.models import Connector
from demo.city.cast import Cast
from demo.neighbours import rivers

KEY = "river-gauges"
OFFICER = "xn-slj.digital"
SHOWN = ["62310101"]
STEP = timedelta(minutes=30)
HOURS = 24
OBSERVED_EVERY_S = 60
MAPPING: dict[str, Any] = {
    "ok": "code == `0`",
    "rows": "rows",
    "subject": {"code": "STCD", "name": "STNM", "place": "RVNM"},
    "observed_at": {"path": "TM", "format": "%Y-%m-%d %H:%M:%S", "zone": "Asia/Shanghai"},
    "metrics": [
        {
            "key": "stage",
            "name": "水位",
            "unit": "米",
            "decimals": 2,
            "value": "Z",
            "warning": "WRZ",
            "guarantee": "GRZ",
            "near_margin": "0.3",
        },
        {"key": "flow", "name": "流量", "unit": "立方米每秒", "decimals": 1, "value": "Q"},
    ],
    "source_ref": "join('/', [STCD, TM])",
}


def connect(cast: Cast) -> Connector:
    """Make the connector, or move it to the neighbour's address of this start."""
    interval_s = _seconds("DEMO_GAUGE_INTERVAL_S")
    # A gauge that reports each minute is not old after some seconds, however often it is asked.
    period_s = max(interval_s, _seconds("NEIGHBOUR_STEP_S"))
    url = os.environ.get("NEIGHBOUR_URL", "http://127.0.0.1:8090").rstrip("/")
    source = manage.Source(
        key=KEY,
        name="市水利和湖泊局水情系统（演示）",
        config={
            "url": f"{url}/api/latest",
            "allow_private": True,
            "timeout_s": 5,
            "paging": {"size": 50, "max_pages": 5},
            "mapping": MAPPING,
        },
        interval_s=interval_s,
        fresh_for_s=5 * period_s,
        lost_after_s=30 * period_s,
    )
    return manage.connect(actor=cast.actor(OFFICER), owner=cast.unit("xn-slj"), source=source)


def _seconds(variable: str) -> int:
    return max(1, int(os.environ.get(variable, "60")))


def load_gauges(cast: Cast, room_id: str, now: datetime) -> None:
    """A day of payloads as the network would have sent them, each taken in at its own moment."""
    last = rivers.observation_time(now, OBSERVED_EVERY_S)
    first = last - timedelta(hours=HOURS)
    with clock.travel(first - STEP):
        connector = connect(cast)
    actor = cast.actor(OFFICER)
    steps = int((last - first) / STEP)
    for step in range(steps + 1):
        moment = first + step * STEP
        with clock.travel(moment):
            if step == steps:  # the card appears once, with the whole day behind it
                manage.subscribe(actor=actor, connector=connector, room_id=room_id, codes=SHOWN)
            pull.replay(actor=actor, connector_id=connector.pk, raw=_payload(moment))


def _payload(moment: datetime) -> bytes:
    rows = [rivers.reading(station, moment) for station in rivers.STATIONS]
    return json.dumps({"code": 0, "total": len(rows), "rows": rows}).encode()
