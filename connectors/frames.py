"""What listeners and adapters of frames share: the settings of a listener, words for bad frames, tables of codes."""

import csv
import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from pydantic import Field

from connectors.config import Strict
from connectors.errors import SourceError
from connectors.items import Parsed, Reading, Rejection
from connectors.mapping import CLOCK_SKEW
from connectors.protocols.frames import BadFrame, Framer, Joiner

DATA = Path(__file__).resolve().parent / "data"
SHANGHAI = ZoneInfo("Asia/Shanghai")


class ListenerConfig(Strict):
    """A port of ours on which devices speak. Who may speak is the connector's `sources`.

    Attributes:
        idle_s: a connection that is silent for so long is closed. stall_s: so long a frame may take to arrive.
        bad_most: a connection with so many bad frames one after the other is closed.
    """

    port: int = Field(ge=1, le=65_535)
    bind: str = Field("0.0.0.0", max_length=45)  # noqa: S104 - devices are elsewhere; `sources` lets them in
    connections_most: int = Field(500, ge=1, le=10_000)
    idle_s: float = Field(900, ge=1, le=86_400)
    stall_s: float = Field(30, ge=0.1, le=600)
    bad_most: int = Field(200, ge=1, le=100_000)


Frame = TypeVar("Frame")


def read_frames(
    raw: bytes, framer: Framer[Frame], joiner: Joiner[Frame], read_one: Callable[[Frame | BadFrame], Parsed]
) -> Parsed:
    """Frames as they were kept, one behind the other. Raises SourceError when there is one, and it cannot be used."""
    readings: list[Reading] = []
    rejections: list[Rejection] = []
    cut = (*framer.feed(raw), *framer.close())
    whole = [one if isinstance(one, BadFrame) else joiner.add(one) for one in cut]
    frames = [one for one in whole if one is not None]
    for line, one in enumerate(frames, 1):
        try:
            part = read_one(one)
        except SourceError as err:
            if len(frames) == 1:
                raise
            rejections.append(Rejection(line, "frame", err.user_message()))
            continue
        readings.extend(part.readings)
        rejections.extend(Rejection(line, each.field, each.reason) for each in part.rejections)
    return Parsed(len(frames), tuple(readings), tuple(rejections))


@functools.cache
def table(name: str, key: str) -> dict[str, dict[str, str]]:
    """A table of codes of ours, by its key column."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def bad_frame_words(reason: str) -> str:
    """What is wrong with bytes that are no frame (connectors/protocols/frames.py), for the operator."""
    return {
        "noise": _("收到无法识别的字节，不是一帧的开头。"),
        "checksum": _("校验码不符，数据在传输中损坏，未采用。"),
        "cut": _("报文没有收完连接就中断了。"),
        "control": _("报文的结束符不对，未采用。"),
        "malformed": _("校验正确，但报文缺少必要的字段。"),
    }.get(reason, _("报文无法识别。"))


def fault_words(field: str, reason: str) -> Rejection:
    """A value of a frame that could not be read."""
    words = {
        "number": _("应为数值"),
        "time": _("观测时间的写法与配置不符"),
        "cut": _("要素不完整，其后的内容未取"),
        "factor": _("不是监测因子的编码"),
    }
    return Rejection(1, field, words.get(reason, reason))


def local_moment(said: datetime, now: datetime) -> datetime | None:
    """A device's local time as an aware moment; None when it lies so far ahead that it would look fresh for ever."""
    moment = said.replace(tzinfo=SHANGHAI)
    return None if moment > now + CLOCK_SKEW else moment


def future(field: str) -> Rejection:
    return Rejection(1, field, _("观测时间晚于现在"))
