"""SL 651 messages as readings, by the settings of each station."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _
from pydantic import Field

from connectors.asking import Ask
from connectors.config import Strict, read_config
from connectors.errors import SourceError
from connectors.frames import (
    ListenerConfig,
    bad_frame_words,
    fault_words,
    future,
    local_moment,
    read_frames,
    table,
)
from connectors.items import Parsed, Reading, Rejection
from connectors.protocols import sl651
from connectors.protocols.frames import BadFrame
from connectors.protocols.sl651 import Packet
from connectors.protocols.sl651_elements import Value, read_report


class Limits(Strict):
    """Upper limits of an element in its unit, and how far below the first 接近警戒 begins."""

    warning: Decimal | None = Field(None, max_digits=18, decimal_places=6)
    guarantee: Decimal | None = Field(None, max_digits=18, decimal_places=6)
    near_margin: Decimal = Field(Decimal(0), ge=0, max_digits=18, decimal_places=6)


NO_LIMITS = Limits()


class Station(Strict):
    """One station by its number: eight digits, or ten for numbers that do not begin with 00. `limits` by metric key."""

    name: str = Field(min_length=1, max_length=120)
    place: str = Field("", max_length=120)
    limits: dict[str, Limits] = {}


class Sl651Config(ListenerConfig):
    """A frame of a station that is not named is kept and not used.

    Attributes:
        mode: M1 is never answered; M2 is answered when it is stored; M3 asks for missing packets as well.
        stays: whether our answer keeps the station on line.
        others: take elements that connectors/data/sl651_elements.csv does not name, under their id.
    """

    stations: dict[str, Station] = Field({}, max_length=5000)
    mode: Literal["M1", "M2", "M3"] = "M2"
    stays: bool = True
    others: bool = False


def read(raw: bytes, ask: Ask) -> Parsed:
    """Frames as they were kept. Raises SourceError when none of them can be used."""
    config = read_config(Sl651Config, ask.config)
    return read_frames(raw, sl651.Framer(), sl651.Joiner(), lambda one: read_packet(one, config, ask))


def read_packet(packet: Packet | BadFrame, config: Sl651Config, ask: Ask) -> Parsed:
    """The readings of one whole message. Raises SourceError when the frame as a whole cannot be used."""
    if isinstance(packet, BadFrame):
        raise SourceError("bad_frame", bad_frame_words(packet.reason))
    report = read_report(packet)
    if report is None:
        text = _("功能码 {function:02X} 不是遥测站自报，未采用。")
        raise SourceError("no_report", text.format(function=packet.function))
    code = station_code(report.station)
    station = config.stations.get(code)
    if station is None:
        text = _("测站 {code} 未登记，未采用。请在数据源的测站清单中登记后重放。")
        raise SourceError("unknown_station", text.format(code=code))
    rejections = [fault_words(field, reason) for field, reason in report.faults]
    readings: list[Reading] = []
    moments: dict[datetime, tuple[datetime | None, str]] = {}
    for value in report.values:
        said = value.observed_at
        if said not in moments:
            moments[said] = local_moment(said, ask.now), f"{said:%Y%m%d%H%M}"
        reading = _reading(value, *moments[said], code, station, config)
        if isinstance(reading, Rejection):
            rejections.append(reading)
        elif reading is not None:
            readings.append(reading)
    return Parsed(1, tuple(readings), tuple(rejections))


def _reading(
    value: Value, moment: datetime | None, stamp: str, code: str, station: Station, config: Sl651Config
) -> Reading | Rejection | None:
    known = table("sl651_elements.csv", "element").get(value.element, {})
    if not known and not config.others:
        return None
    if moment is None:
        return future(value.element)
    key = known.get("key", f"e{value.element}")
    limits = station.limits.get(key, NO_LIMITS)
    return Reading(
        subject_code=code,
        subject_name=station.name,
        place=station.place,
        metric=key,
        value=value.value,
        observed_at=moment,
        warning=limits.warning,
        guarantee=limits.guarantee,
        source_ref=f"{code}/{value.element}/{stamp}",
        metric_name=known.get("name", value.element),
        unit=known.get("unit", ""),
        decimals=int(known.get("decimals", 3)),
        rank=RANKS.get(key, 50),
        near_margin=limits.near_margin,
        source_field=value.element,
    )


# Stage first, then flow and rain, the station's own supply last.
RANKS = {
    "stage": 0,
    "stage_above": 1,
    "flow": 2,
    "rain_1h": 3,
    "rain_5min": 4,
    "rain_total": 5,
    "voltage": 99,
}


def station_code(digits: str) -> str:
    """Ten digits as they are sent; stations of hydrology have eight, with 00 before them."""
    return digits.removeprefix("00")
