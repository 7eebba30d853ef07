"""The water that the simulated gauges see: a pure function of station and time.

Stations carry names of real rivers and lakes of Xianning; positions, numbers and limits are invented. Fields
are named as hydrology tables of this country name them: STCD station, TM time, Z stage (m), Q flow (m³/s),
WPTN trend (4 falling, 5 rising, 6 steady), WRZ warning stage, GRZ guarantee stage.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=8))  # the source writes local time without a zone, as such systems do
TREND_WINDOW = timedelta(hours=1)
STEADY_M = 0.02


@dataclass(frozen=True)
class Station:
    """`mean_m` and `swing_m` shape the curve; `flow` is m³/s at the mean stage."""

    code: str
    name: str
    river: str
    mean_m: float
    swing_m: float
    flow: float
    warning_m: float
    guarantee_m: float


STATIONS = (
    Station("62310101", "西河桥站", "淦河", 27.74, 0.22, 46.0, 28.00, 29.50),
    Station("62310102", "马桥站", "淦河", 33.10, 0.30, 31.0, 34.20, 35.60),
    Station("62310203", "陆水大坝下站", "陆水", 22.60, 0.45, 118.0, 25.50, 27.00),
    Station("62310204", "崇阳站", "陆水", 50.80, 0.35, 74.0, 53.00, 55.20),
    Station("62310305", "西凉湖站", "西凉湖", 20.90, 0.12, 0.0, 21.60, 22.40),
    Station("62310406", "潘家湾站", "长江", 24.30, 0.55, 18200.0, 27.50, 29.00),
    Station("62310507", "通山站", "富水", 57.20, 0.28, 22.0, 59.00, 61.00),
)
BY_CODE = {station.code: station for station in STATIONS}


def stage_m(station: Station, moment: datetime) -> float:
    """The stage at that moment: a slow wave of days, a shorter one of hours, a ripple; smooth everywhere."""
    hours = moment.timestamp() / 3600
    phase = int(station.code[-2:]) * 0.9
    slow = math.sin(2 * math.pi * hours / 61 + phase)
    tide = math.sin(2 * math.pi * hours / 13 + 2 * phase)
    ripple = math.sin(2 * math.pi * hours / 1.9 + 3 * phase)
    return station.mean_m + station.swing_m * (0.72 * slow + 0.22 * tide + 0.06 * ripple)


def reading(station: Station, moment: datetime, raised_m: float = 0.0) -> dict[str, object]:
    """What the network publishes for one station; `raised_m` lifts the water for demonstrations."""
    level = stage_m(station, moment) + raised_m
    change = level - raised_m - stage_m(station, moment - TREND_WINDOW)
    trend = "6" if abs(change) < STEADY_M else ("5" if change > 0 else "4")
    ratio = max(0.1, 1 + (level - station.mean_m) / (4 * station.swing_m))
    return {
        "STCD": station.code,
        "STNM": station.name,
        "RVNM": station.river,
        "TM": moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S"),
        "Z": f"{level:.3f}",
        "Q": round(station.flow * ratio, 1) if station.flow else None,
        "WPTN": trend,
        "WRZ": station.warning_m,
        "GRZ": station.guarantee_m,
    }


def observation_time(moment: datetime, step_s: int) -> datetime:
    """The last full step: gauges report on the minute, not when they are asked."""
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % step_s, UTC)


def series(station: Station, until: datetime, hours: int, step_s: int) -> Iterator[dict[str, object]]:
    """Readings of the last `hours`, oldest first."""
    step = timedelta(seconds=step_s)
    last = observation_time(until, step_s)
    moment = last - step * (hours * 3600 // step_s)
    while moment <= last:
        yield reading(station, moment)
        moment += step
