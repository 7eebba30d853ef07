"""HJ 212 messages as readings, by the settings of each outlet: units, permits, which values count."""

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
from connectors.items import Parsed, Reading
from connectors.protocols import hj212
from connectors.protocols.frames import BadFrame
from connectors.protocols.hj212 import Message

Span = Literal["rtd", "min", "hour", "day"]
PLACES = Decimal("0.000001")


class Factor(Strict):
    """What an outlet's device means by a factor; what is not said comes from connectors/data/hj212_factors.csv.

    Attributes:
        permit: the upper limit for hourly means, in `unit`. Single real-time values are never held against it.
        scale: from the device's unit to `unit` (a device that sends µg where mg are shown: 0.001).
        converted: take 折算 values (Zs…) where the device sends them: limits of stacks are set for these.
    """

    name: str = Field("", max_length=60)
    unit: str = Field("", max_length=30)
    decimals: int | None = Field(None, ge=0, le=6)
    permit: Decimal | None = Field(None, max_digits=18, decimal_places=6)
    near_margin: Decimal = Field(Decimal(0), ge=0, max_digits=18, decimal_places=6)
    scale: Decimal = Field(Decimal(1), gt=0, max_digits=18, decimal_places=9)
    converted: bool = False


AS_IN_TABLE = Factor()


class Outlet(Strict):
    """One MN. `factors` by code, in small letters; those not named are taken with the table's unit."""

    name: str = Field(min_length=1, max_length=120)
    place: str = Field("", max_length=120)
    factors: dict[str, Factor] = {}


class Hj212Config(ListenerConfig):
    """Outlets by MN; a frame of another MN is kept and not used. HJ 212-2025 is not supported."""

    version: Literal["2005", "2017"] = "2017"
    outlets: dict[str, Outlet] = Field({}, max_length=5000)
    spans: list[Span] = ["rtd", "min", "hour", "day"]


def read(raw: bytes, ask: Ask) -> Parsed:
    """Frames as they were kept. Raises SourceError when none of them can be used."""
    config = read_config(Hj212Config, ask.config)
    return read_frames(raw, hj212.Framer(), hj212.Joiner(), lambda one: read_message(one, config, ask))


def read_message(message: Message | BadFrame, config: Hj212Config, ask: Ask) -> Parsed:
    """The readings of one message. Raises SourceError when the frame as a whole cannot be used."""
    if isinstance(message, BadFrame):
        raise SourceError("bad_frame", bad_frame_words(message.reason))
    if message.version != hj212.VERSION_BITS[config.version]:
        text = _("报文的版本标志与设置的 HJ 212-{version} 不符，未采用。请核对设备的协议版本。")
        raise SourceError("wrong_version", text.format(version=config.version))
    outlet = config.outlets.get(message.mn)
    if outlet is None:
        text = _("设备编号 {mn} 未登记，未采用。请在数据源的排口清单中登记后重放。")
        raise SourceError("unknown_outlet", text.format(mn=message.mn))
    report = hj212.read_report(message)
    if report is None:
        if message.cn in hj212.SPANS:
            raise SourceError("no_time", _("数据报文缺少数据时间（DataTime），未采用。"))
        return Parsed(1, (), ())
    rejections = [fault_words(field, reason) for field, reason in report.faults]
    moment = local_moment(report.data_time, ask.now)
    if moment is None:
        return Parsed(1, (), (future("DataTime"),))
    source_ref = f"{report.mn}/{report.cn}/{report.data_time:%Y%m%d%H%M%S}"
    readings = []
    converted = {value.factor for value in report.values if value.converted}
    for value in report.values:
        factor = outlet.factors.get(value.factor, AS_IN_TABLE)
        if value.span not in config.spans or value.converted != (
            factor.converted and value.factor in converted
        ):
            continue
        known = table("hj212_factors.csv", "code").get(value.factor, {})
        decimals = factor.decimals if factor.decimals is not None else int(known.get("decimals", 2))
        readings.append(
            Reading(
                subject_code=report.mn,
                subject_name=outlet.name,
                place=outlet.place,
                metric=f"{value.factor}_{value.span}",
                value=(value.value * factor.scale).quantize(PLACES),
                observed_at=moment,
                warning=factor.permit if value.span == "hour" else None,
                source_ref=source_ref,
                metric_name=_name(factor.name or known.get("name", value.factor), value.span),
                unit=factor.unit or known.get("unit", ""),
                decimals=decimals,
                rank=RANKS[value.span] * 100 + _place(outlet, value.factor),
                near_margin=factor.near_margin,
                quality=value.quality,
                source_field=value.factor,
            )
        )
    return Parsed(1, tuple(readings), tuple(rejections))


# Hourly means first: they are what permits are about.
RANKS = {"hour": 0, "day": 1, "min": 2, "rtd": 3}
# Part of a metric's name, which is data and the same in every language.
SPAN_WORDS = {"rtd": "实时值", "min": "分钟均值", "hour": "小时均值", "day": "日均值"}


def _place(outlet: Outlet, factor: str) -> int:
    return next((place for place, code in enumerate(outlet.factors) if code == factor), len(outlet.factors))


def _name(factor: str, span: str) -> str:
    return f"{factor}{SPAN_WORDS[span]}"[:60]
