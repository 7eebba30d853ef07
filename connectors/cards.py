"""The status card of a subject: station, value, state, the last 24 hours, limit, source, data time.

Old data never look fresh: beyond the limit the chip says so instead of the state, and the card is marked
stale.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import Card, Field, Series, State
from chatops.cards.schema import Code
from common import clock
from connectors.levels import Level
from connectors.rules.bands import Band
from connectors.rules.levels import WORDS
from connectors.services import audience
from connectors.services.judging import limits_of
from connectors.services.status import MetricState, Point, SubjectState, series, state_of
from connectors.store.models import Metric, Quality

SPARK_POINTS = 48
SPARK_HOURS = 24
MOST_FIELDS = 20
CODES: dict[Level, Code] = {
    Level.NORMAL: "green",
    Level.NEAR: "yellow",
    Level.WARNING: "red",
    Level.GUARANTEE: "red",
}


def status_card(subject_id: UUID, room_id: str = "", *, main: str = "") -> Card | None:
    """The card as of now; None for a subject that never had a reading.

    Args:
        room_id: what this room may not see is shown as ***.
        main: the key of the metric that stands large; "" for the first.
    """
    state = state_of(subject_id)
    if state is None:
        return None
    if main:
        first = sorted(state.metrics, key=lambda one: one.metric.key != main)
        state = replace(state, metrics=tuple(first))
    masks = audience.masks_of(room_id, state.subject.connector_id) if room_id else frozenset[str]()
    return render(state, masks)


def render(state: SubjectState, masks: Collection[str] = ()) -> Card:
    shown, subject = state.main, state.subject
    hidden = shown.metric.key in masks
    chip = _chip(state)
    value = f"{number(shown.value, shown.metric.decimals)} {shown.metric.unit}"
    if hidden:
        chip, value = State(code=chip.code, word=chip.word), audience.MASK
    title = f"{place_name(state)}{shown.metric.name}"
    observed = Field(key="observed_at", label=_("观测时间"), value=spoken_time(state.observed_at))
    others = [_other(metric, hidden=metric.metric.key in masks) for metric in state.metrics[1:]]
    fields = [*others, *_quality(shown), observed]
    # The chart shows limit and change; plain text has no chart.
    spoken = fields if hidden else [*_limits(shown), *_change(shown), *fields]
    source = subject.connector.name
    return Card(
        kind="status",
        subject=str(subject.pk),
        version=_version(state),
        title=title,
        as_of=state.observed_at,
        source=source,
        stale=state.freshness != "fresh",
        state=chip,
        value=value,
        fields=fields[:MOST_FIELDS],
        series=None if hidden else spark_of(shown.metric),
        fallback=_fallback(title, value, chip, spoken, source),
    )


def _quality(main: MetricState) -> list[Field]:
    """人工 and the flags of devices stand on the card."""
    quality = Quality(main.metric.quality)
    if quality in {Quality.GOOD, Quality.REVISED}:
        return []
    return [Field(key="quality", label=_("数据质量"), value=str(quality.label))]


def level_word(level: Level) -> str:
    words = {
        Level.NORMAL: _("正常"),
        Level.NEAR: _("接近警戒"),
        Level.WARNING: _("超警戒"),
        Level.GUARANTEE: _("超保证"),
    }
    return words[level]


def freshness_word(freshness: str) -> str:
    return {"fresh": _("新鲜"), "stale": _("数据偏旧"), "lost": _("失联")}[freshness]


def place_name(state: SubjectState) -> str:
    place, name = state.subject.place, state.subject.name
    return f"{place}·{name}" if place and not name.startswith(place) else name


def number(value: Decimal, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def spoken_time(moment: datetime) -> str:
    """Month, day and time in Shanghai; the year only when it is another one."""
    local = clock.local(moment)
    form = "%m月%d日 %H:%M" if local.year == clock.today().year else "%Y年%m月%d日 %H:%M"
    return local.strftime(form)


def _chip(state: SubjectState) -> State:
    word = state.main.word or level_word(state.main.level)
    if state.freshness == "fresh":
        return State(code=CODES[state.main.level], word=word, because=_because(state.main))
    text = _("最近一次观测在 {time}，当时为“{word}”，此后没有新数据")
    because = text.format(time=spoken_time(state.observed_at), word=word)
    return State(code="grey", word=freshness_word(state.freshness), because=because)


def _because(main: MetricState) -> str:
    metric = main.metric
    if metric.quality not in {Quality.GOOD, Quality.REVISED}:
        return _("质量标识：{quality}").format(quality=Quality(metric.quality).label)
    if (limits := limits_of(metric)).by_table:
        return _gap(main, limits.bands)
    if main.level == Level.GUARANTEE and metric.guarantee is not None:
        gap, limit = main.value - metric.guarantee, _("保证")
    elif metric.warning is not None:
        gap, limit = main.value - metric.warning, _("警戒")
    else:
        return ""
    text = _("高于{limit}值 {gap} {unit}") if gap >= 0 else _("低于{limit}值 {gap} {unit}")
    return text.format(limit=limit, gap=number(abs(gap), metric.decimals), unit=metric.unit)


def _gap(main: MetricState, bands: Sequence[Band]) -> str:
    """How far from the limit that is nearest to hold, or that holds."""
    metric = main.metric
    band = main.band or (bands[0] if bands else None)
    if band is None:
        return ""
    gap = main.value - band.limit
    text = _("高于{limit}值 {gap} {unit}") if gap >= 0 else _("低于{limit}值 {gap} {unit}")
    return text.format(limit=band.label, gap=number(abs(gap), metric.decimals), unit=metric.unit)


def _limits(main: MetricState) -> list[Field]:
    metric = main.metric
    table = limits_of(metric)
    if table.by_table:
        return [
            Field(
                key=f"limit_{place}",
                label=band.label or WORDS[band.level],
                value=f"{number(band.limit, metric.decimals)} {metric.unit}",
            )
            for place, band in enumerate(table.bands)
        ]
    limits = (("warning", _("警戒"), metric.warning), ("guarantee", _("保证"), metric.guarantee))
    return [
        Field(key=key, label=label, value=f"{number(limit, metric.decimals)} {metric.unit}")
        for key, label, limit in limits
        if limit is not None
    ]


def _change(main: MetricState) -> list[Field]:
    if main.change_24h is None:
        return []
    text = f"{main.change_24h:+.{main.metric.decimals}f}"
    return [Field(key="change_24h", label=_("近24小时"), value=text)]


def _other(state: MetricState, *, hidden: bool) -> Field:
    metric = state.metric
    value = audience.MASK if hidden else f"{number(state.value, metric.decimals)} {metric.unit}"
    return Field(key=metric.key, label=metric.name, value=value)


def spark_of(metric: Metric) -> Series:
    """The last day up to the newest value, with the mildest limit that is in force now."""
    points = [_as_integers(point) for point in series(metric, hours=SPARK_HOURS, most=SPARK_POINTS)]
    limits = limits_of(metric)
    line = limits.bands[0] if limits.bands else None
    return Series(
        unit=metric.unit,
        decimals=min(metric.decimals, 3),
        points=points,
        threshold=None if line is None else int(line.limit * 1000),
        threshold_label="" if line is None else line.label or _("限值"),
    )


def _as_integers(point: Point) -> tuple[int, int]:
    return int(point[0].timestamp() * 1000), int((point[1] * 1000).to_integral_value())


def _version(state: SubjectState) -> int:
    """Milliseconds of the latest thing that changed the card: a reading taken in, or its freshness."""
    moments = [one.metric.received_at for one in state.metrics if one.metric.received_at]
    if state.subject.freshness_since:
        moments.append(state.subject.freshness_since)
    return int(max(moments, default=state.observed_at).timestamp() * 1000)


def _fallback(title: str, value: str, chip: State, fields: list[Field], source: str) -> str:
    head = f"【{title}】{value}　{chip.word}"
    because = [chip.because] if chip.because else []
    rest = "　".join(f"{field.label}：{field.value}" for field in fields)
    return "\n".join([head, *because, rest, _("来源：{source}").format(source=source)])
