"""Whether a rule holds, reading by reading. What it remembers is plain JSON, handed in and given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from connectors.rules.bands import Band, applies, exceeds, still_held
from connectors.rules.specs import Combined, Fold, Late, Limit, Missing, Rate, Spec, Trend

MOST_POINTS = 256
SLICES = 50
Points = list[tuple[int, Decimal]]


@dataclass(frozen=True)
class Seen:
    """One reading that counts: never one that the device flagged."""

    metric: str
    at: datetime
    value: Decimal


@dataclass(frozen=True)
class Step:
    """`holds` is None where nothing can be said yet; the memory goes into the next step."""

    holds: bool | None
    memory: dict[str, Any]


def step(spec: Spec, memory: Mapping[str, Any], seen: Seen, local: datetime) -> Step:
    """Judge one more reading. One that is not newer than what is remembered changes nothing.

    Args:
        local: the reading's time in the local time of the rule, for hours of the day.
    """
    if seen.metric not in spec.metrics or spec.by_clock:
        return Step(None, dict(memory))
    points = {key: _points(rows) for key, rows in memory.get("points", {}).items()}
    mine = points.setdefault(seen.metric, [])
    ms = int(seen.at.timestamp() * 1000)
    if mine and ms <= mine[-1][0]:
        return Step(memory.get("held"), dict(memory))
    mine.append((ms, seen.value))
    points[seen.metric] = _needed(mine, spec, seen.metric)
    met_before = {key: bool(value) for key, value in memory.get("met", {}).items()}
    met = _meets(spec, points, met_before, local)
    hits = memory.get("hits", [])
    kept = {
        "points": {key: [[at, str(value)] for at, value in rows] for key, rows in points.items()},
        "met": met.parts,
    }
    if met.holds is None:
        return Step(None, kept | {"hits": hits, "held": None})
    holds = met.holds
    if spec.fold is not None:
        hits = _recent([*hits, [ms, met.holds]], spec.fold, ms)
        kept["hits"] = hits
        holds = _often_enough(hits, spec.fold)
    return Step(holds, kept | {"held": holds})


@dataclass(frozen=True)
class _Met:
    holds: bool | None
    parts: dict[str, bool]


def _meets(spec: Spec, points: Mapping[str, Points], before: Mapping[str, bool], local: datetime) -> _Met:
    """The condition now; by part, so that each has a margin of its own."""
    parts = spec.when.parts if isinstance(spec.when, Combined) else (spec.when,)
    answers = [
        _part_holds(part, points, was=before.get(str(place), False))
        for place, part in enumerate(parts)
        if isinstance(part, Limit | Trend | Rate)
    ]
    said = {str(place): bool(answer) for place, answer in enumerate(answers)}
    if not isinstance(spec.when, Combined):
        return _Met(answers[0], said)
    hours = Band("blue", Decimal(0), hour_from=spec.when.hour_from, hour_to=spec.when.hour_to)
    if not applies(hours, local):
        return _Met(holds=False, parts=said)
    if spec.when.join == "any":
        return _Met(True if any(answers) else None if None in answers else False, said)
    return _Met(False if False in answers else None if None in answers else True, said)


def _part_holds(part: Limit | Trend | Rate, points: Mapping[str, Points], *, was: bool) -> bool | None:
    mine = points.get(part.metric, [])
    if not mine:
        return None
    match part:
        case Limit():
            value = mine[-1][1]
            if was:
                return still_held(value, part.op, part.limit, part.margin)
            return exceeds(value, part.op, part.limit)
        case Trend():
            return _trends(part, mine)
        case Rate():
            return _moves_fast(part, mine)


def _trends(part: Trend, mine: Points) -> bool | None:
    if len(mine) < part.readings:
        return None
    values = [value for _, value in mine[-part.readings :]]
    sign = 1 if part.direction == "rising" else -1
    steps = [(after - before) * sign for before, after in pairwise(values)]
    return all(one > 0 for one in steps) and sum(steps, Decimal(0)) >= part.least


def _moves_fast(part: Rate, mine: Points) -> bool | None:
    if len(mine) == 1:
        return None
    newest_ms, newest = mine[-1]
    earlier = [value for ms, value in mine[:-1] if newest_ms - ms <= part.within_s * 1000]
    if not earlier:
        return False  # nothing else within the span: whatever changed took longer
    rise, fall = newest - min(earlier), max(earlier) - newest
    change = {"rising": rise, "falling": fall, "either": max(rise, fall)}[part.direction]
    return change >= part.change


def is_missing(part: Missing, observed_at: datetime, now: datetime, period_s: int) -> bool:
    return now - observed_at > timedelta(seconds=part.periods * period_s)


def is_late(part: Late, observed_at: datetime | None, local_now: datetime) -> bool:
    """Whether today's value is overdue. Until `by` nothing is; a value observed since `since` is today's."""
    if local_now.isoweekday() not in part.days or local_now.time() < time.fromisoformat(part.by):
        return False
    since = datetime.combine(local_now.date(), time.fromisoformat(part.since), local_now.tzinfo)
    return observed_at is None or observed_at < since


def _points(rows: Sequence[Sequence[Any]]) -> Points:
    return [(int(at), Decimal(value)) for at, value in rows]


def _needed(mine: Points, spec: Spec, metric: str) -> Points:
    """As much of the past as the rule looks at."""
    parts = spec.when.parts if isinstance(spec.when, Combined) else (spec.when,)
    count, span_ms = 1, 0
    for part in parts:
        if isinstance(part, Trend) and part.metric == metric:
            count = max(count, part.readings)
        if isinstance(part, Rate) and part.metric == metric:
            count, span_ms = max(count, 2), max(span_ms, part.within_s * 1000)
    newest = mine[-1][0]
    first = next(place for place, (ms, _) in enumerate(mine) if newest - ms <= span_ms)
    kept = mine[min(first, max(0, len(mine) - count)) :]
    return kept if len(kept) <= MOST_POINTS else _thinned(kept, max(1, span_ms // SLICES), count)


def _thinned(points: Points, width_ms: int, count: int) -> Points:
    """Of each slice of time the lowest and the highest, so that a long span costs no more; the newest `count` stay."""
    slices: dict[int, Points] = {}
    for point in points[:-count]:
        slices.setdefault(point[0] // width_ms, []).append(point)
    ends = [end for one in slices.values() for end in (min(one, key=_value), max(one, key=_value))]
    return [*sorted(set(ends)), *points[-count:]]


def _value(point: tuple[int, Decimal]) -> Decimal:
    return point[1]


def _recent(hits: list[list[Any]], fold: Fold, now_ms: int) -> list[list[Any]]:
    """As much of the past as the fold counts: the last readings, or of those that met it no more than it takes."""
    inside = [hit for hit in hits if now_ms - int(hit[0]) <= fold.within_s * 1000]
    if fold.more_than is not None:
        return [hit for hit in inside if hit[1]][-(fold.more_than + 1) :]
    return inside[-(fold.of or 1) :]


def _often_enough(hits: list[list[Any]], fold: Fold) -> bool:
    met = sum(1 for _, hit in hits if hit)
    return met > fold.more_than if fold.more_than is not None else met >= (fold.need or 1)
