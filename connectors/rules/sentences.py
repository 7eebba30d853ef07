"""A rule as one sentence that an official can read and sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.rules.bands import OPS, UPWARD, Band
from connectors.rules.levels import WORDS
from connectors.rules.specs import Combined, Fold, Late, Limit, Missing, Rate, Spec, Trend

WEEK = "一二三四五六日"
DIRECTION = {"rising": "上升", "falling": "下降", "either": "变化"}
HOUR_S, MINUTE_S, DAY_S = 3600, 60, 86400


@dataclass(frozen=True)
class Named:
    """A metric's name and unit, as people say them."""

    name: str
    unit: str


Names = Mapping[str, Named]


def sentence(spec: Spec, level: str, names: Names) -> str:
    """Such as 水位1小时内上升0.5米及以上时，发布黄色预警。"""
    return f"{_condition(spec, names)}时，发布{WORDS[level]}预警。"


def band_sentence(band: Band, name: Named) -> str:
    """Such as 05月01日至09月30日，水位达到或高于汛限水位28米时，发布橙色预警，回落到27.8米以下解除。"""
    when = _span(band)
    limit = f"{band.label}{plain(band.limit)}{name.unit}"
    text = f"{when}{name.name}{OPS[band.op]}{limit}时，发布{WORDS[band.level]}预警"
    return f"{text}，{_recovery(band.op, band.limit, band.margin, name.unit)}。"


def plain(value: Decimal) -> str:
    """Without zeros at the end and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def span(seconds: int) -> str:
    """Such as 2小时, 30分钟, 7天."""
    for size, word in ((DAY_S, "天"), (HOUR_S, "小时"), (MINUTE_S, "分钟")):
        if seconds % size == 0:
            return f"{seconds // size}{word}"
    return f"{seconds}秒"


def _condition(spec: Spec, names: Names) -> str:
    match spec.when:
        case Combined() as when:
            joined = ("，且" if when.join == "all" else "，或").join(_part(one, names) for one in when.parts)
            hours = _hours(when.hour_from, when.hour_to)
            text = f"{hours}{joined}"
        case Missing() as when:
            who = _named(when.metric, names).name if when.metric else "该对象"
            return f"{who}连续{when.periods}个周期没有新数据"
        case Late() as when:
            who = _named(when.metric, names).name if when.metric else "该对象"
            days = (
                "每天"
                if len(set(when.days)) == len(WEEK)
                else "每周" + "、".join(WEEK[day - 1] for day in sorted(set(when.days)))
            )
            return f"{days}{when.by}仍未收到{who}当日{when.since}以后的数据"
        case when:
            text = _part(when, names)
    return f"{_fold(spec.fold)}{text}" if spec.fold else text


def _part(part: Limit | Trend | Rate, names: Names) -> str:
    who = _named(part.metric, names)
    match part:
        case Limit():
            text = f"{who.name}{OPS[part.op]}{plain(part.limit)}{who.unit}"
            return (
                text
                if not part.margin
                else f"{text}（{_recovery(part.op, part.limit, part.margin, who.unit)}）"
            )
        case Trend():
            text = f"{who.name}连续{part.readings}次{DIRECTION[part.direction]}"
            return f"{text}且累计{plain(part.least)}{who.unit}及以上" if part.least else text
        case Rate():
            how = DIRECTION[part.direction]
            return f"{who.name}{span(part.within_s)}内{how}{plain(part.change)}{who.unit}及以上"


def _fold(fold: Fold) -> str:
    if fold.more_than is not None:
        return f"{span(fold.within_s)}内超过{fold.more_than}次出现"
    return f"{span(fold.within_s)}内最近{fold.of}次中有{fold.need}次出现"


def _recovery(op: str, limit: Decimal, margin: Decimal, unit: str) -> str:
    if op in UPWARD:
        return f"回落到{plain(limit - margin)}{unit}以下解除"
    return f"回升到{plain(limit + margin)}{unit}以上解除"


def _span(band: Band) -> str:
    dates = ""
    if band.valid_from or band.valid_to:
        first = f"{band.valid_from:%Y年%m月%d日}起" if band.valid_from else ""
        last = f"至{band.valid_to:%Y年%m月%d日}" if band.valid_to else ""
        dates = f"{first}{last}，"
    season = ""
    if band.season_from and band.season_to:
        season = f"{_day(band.season_from)}至{_day(band.season_to)}，"
    return f"{dates}{season}{_hours(band.hour_from, band.hour_to)}"


def _day(text: str) -> str:
    return f"{text[:2]}月{text[2:]}日"


def _hours(first: int, end: int) -> str:
    return "" if first == end % 24 else f"每天{first}时至{end}时，"


def _named(key: str, names: Names) -> Named:
    return names.get(key, Named(key, ""))
