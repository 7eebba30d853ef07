"""Limits that hold on certain dates, in a season, at certain hours; and recovery only beyond a margin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from connectors.rules.levels import weight

UPWARD = frozenset({">=", ">"})
OPS = {">=": "达到或高于", ">": "高于", "<=": "达到或低于", "<": "低于"}


@dataclass(frozen=True)
class Band:
    """One limit. Dates and seasons are inclusive; a season (MMDD) may span the new year; hours are [from, to).

    `hour_from` > `hour_to` spans midnight, equal ones and 0–24 are the whole day.
    """

    level: str
    limit: Decimal
    op: str = ">="
    margin: Decimal = Decimal(0)
    label: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    season_from: str = ""
    season_to: str = ""
    hour_from: int = 0
    hour_to: int = 24


@dataclass(frozen=True)
class Verdict:
    """The gravest limit that holds; `band` None and level "" where none does."""

    level: str
    band: Band | None


def applies(band: Band, moment: datetime) -> bool:
    """Whether the limit is in force at a moment, given in the local time of the limits."""
    today = moment.date()
    if band.valid_from is not None and today < band.valid_from:
        return False
    if band.valid_to is not None and today > band.valid_to:
        return False
    return _in_season(band, f"{today:%m%d}") and _in_hours(band, moment.hour)


def _in_season(band: Band, day: str) -> bool:
    if not band.season_from or not band.season_to:
        return True
    if band.season_from <= band.season_to:
        return band.season_from <= day <= band.season_to
    return day >= band.season_from or day <= band.season_to


def _in_hours(band: Band, hour: int) -> bool:
    first, end = band.hour_from, band.hour_to % 24
    if first == end:
        return True
    return first <= hour < end if first < end else hour >= first or hour < end


def exceeds(value: Decimal, op: str, limit: Decimal) -> bool:
    """Whether the value is beyond the limit. Reaching one of >= and <= is exceeding it."""
    match op:
        case ">=":
            return value >= limit
        case ">":
            return value > limit
        case "<=":
            return value <= limit
        case "<":
            return value < limit
    raise ValueError(f"{op} compares nothing")


def still_held(value: Decimal, op: str, limit: Decimal, margin: Decimal) -> bool:
    """Whether a limit that was exceeded still holds: it is left only below the limit minus the margin."""
    return value >= limit - margin if op in UPWARD else value <= limit + margin


def judge(value: Decimal, bands: Iterable[Band], moment: datetime, held: str = "") -> Verdict:
    """The gravest limit that holds for a value observed at `moment` (local).

    Args:
        held: the level at which the alert stands now, "" for none; a limit up to that level is left only when the
            value is back inside by its margin.
    """
    found: Band | None = None
    for band in bands:
        if not applies(band, moment):
            continue
        was = weight(held) >= weight(band.level)
        holds = (
            still_held(value, band.op, band.limit, band.margin)
            if was
            else exceeds(value, band.op, band.limit)
        )
        if holds and (found is None or _graver(band, found)):
            found = band
    return Verdict(found.level if found else "", found)


def _graver(one: Band, other: Band) -> bool:
    """The graver level; of the same level the limit that is harder to reach, which says more."""
    if one.level != other.level:
        return weight(one.level) > weight(other.level)
    if (one.op in UPWARD) != (other.op in UPWARD):
        return False
    return one.limit > other.limit if one.op in UPWARD else one.limit < other.limit


def in_force(bands: Sequence[Band], moment: datetime) -> list[Band]:
    """The limits in force at a moment (local), mildest first."""
    return sorted((band for band in bands if applies(band, moment)), key=lambda band: weight(band.level))
