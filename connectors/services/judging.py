"""From readings to alerts: limits and rules are applied to each reading that moved its metric on."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common import clock
from connectors.items import Reading
from connectors.quality import counts
from connectors.rules import bands, judging, specs
from connectors.rules.bands import Band
from connectors.rules.sentences import plain
from connectors.services.alerts import LIMIT, LOST, At, Board, Ground
from connectors.store import alerts as store
from connectors.store import sources
from connectors.store.alerts import MemoryKey
from connectors.store.models import (
    AlertKind,
    AlertRule,
    Connector,
    Freshness,
    Metric,
    Subject,
    ThresholdBand,
    ThresholdTable,
)

Moved = tuple[Metric, Reading]


def judge_readings(connector: Connector, moved: Sequence[Moved], now: datetime) -> None:
    """Apply limits and rules to readings that are their metric's newest, in the order of their times.

    What the device flagged is never an exceedance, and what was lost already when it came is history: it neither
    opens nor ends an alert.
    """
    oldest = now - timedelta(seconds=connector.lost_after_s)
    judged = [
        (metric, reading)
        for metric, reading in moved
        if counts(reading.quality) and reading.observed_at >= oldest
    ]
    if not judged:
        return
    subject_ids = {metric.subject_id for metric, _ in judged}
    limits = _Limits(store.tables(connector, subject_ids))
    rules = [_Rule(row) for row in store.rules(connector)]
    memories = store.memories([one.key for one in rules], subject_ids) if rules else {}
    board = Board(connector, subject_ids, now)
    learnt: dict[MemoryKey, dict[str, Any]] = {}
    held_against: dict[int, tuple[list[Band], list[_Rule]]] = {}
    for metric, reading in judged:
        if id(metric) not in held_against:
            held_against[id(metric)] = limits.of(metric), [rule for rule in rules if rule.concerns(metric)]
        its_limits, its_rules = held_against[id(metric)]
        _apply_limits(board, its_limits, metric, reading)
        for rule in its_rules:
            _apply_rule(board, rule, metric, reading, memories, learnt)
    if learnt:
        store.remember(learnt)
    board.finish()


def judge_time(connector: Connector, subjects: Sequence[Subject], now: datetime) -> None:
    """What only the clock brings: lost contact, and values that were expected by now."""
    rules = [rule for rule in map(_Rule, store.rules(connector)) if rule.spec.by_clock]
    board = Board(connector, {one.pk for one in subjects}, now)
    for subject in subjects:
        at = At(subject.observed_at)
        board.put(subject, "", LOST, _lost(connector, subject), at)
        for rule in rules:
            if rule.row.subject_id in {None, subject.pk}:
                ground = rule.ground() if _due(connector, rule, subject, now) else None
                board.put(subject, rule.row.metric, rule.key, ground, at)
    board.finish()


def _lost(connector: Connector, subject: Subject) -> Ground | None:
    if subject.freshness != Freshness.LOST or not connector.missing_level or subject.observed_at is None:
        return None
    last = clock.local(subject.observed_at)
    words = f"失联：最近一次数据在{last:%m月%d日 %H:%M}，此后没有新数据"
    return Ground(connector.missing_level, AlertKind.MISSING, words)


def _due(connector: Connector, rule: "_Rule", subject: Subject, now: datetime) -> bool:
    observed_at = subject.observed_at
    when = rule.spec.when
    key = getattr(when, "metric", None)
    if key:
        observed_at = sources.metric_observed_at(subject.pk, key)
        if observed_at is None and rule.row.subject_id is None:
            return False  # a rule of the whole source: this subject does not measure it
    if isinstance(when, specs.Missing):
        return observed_at is not None and judging.is_missing(when, observed_at, now, connector.interval_s)
    return isinstance(when, specs.Late) and judging.is_late(
        when, clock.local(observed_at) if observed_at else None, clock.local(now)
    )


def _apply_limits(board: Board, limits: Sequence[Band], metric: Metric, reading: Reading) -> None:
    held = board.level(metric.subject_id, metric.key, LIMIT)
    if not limits and not held:
        return
    verdict = bands.judge(reading.value, limits, clock.local(reading.observed_at), held)
    ground = None
    if verdict.band is not None:
        words = limit_words(metric, reading, verdict.band)
        rises = verdict.band.op in bands.UPWARD
        ground = Ground(verdict.level, AlertKind.THRESHOLD, words, rises=rises)
    board.put(metric.subject, metric.key, LIMIT, ground, At(reading.observed_at, reading.value))


def limit_words(metric: Metric, reading: Reading, band: Band) -> str:
    """Such as 水位28.05米，达到或高于警戒值28米; within the margin it says that it has not recovered yet."""
    value = f"{metric.name}{reading.value:.{metric.decimals}f}{metric.unit}"
    limit = f"{band.label}{plain(band.limit)}{metric.unit}"
    if bands.exceeds(reading.value, band.op, band.limit):
        return f"{value}，{bands.OPS[band.op]}{limit}"
    return f"{value}，已回到{limit}以内，尚未超出回差{plain(band.margin)}{metric.unit}"


def _apply_rule(
    board: Board,
    rule: "_Rule",
    metric: Metric,
    reading: Reading,
    memories: Mapping[MemoryKey, dict[str, Any]],
    learnt: dict[MemoryKey, dict[str, Any]],
) -> None:
    key = (rule.key, metric.subject_id, rule.row.metric)
    memory = learnt.get(key, memories.get(key, {}))
    seen = judging.Seen(metric.key, reading.observed_at, reading.value)
    done = judging.step(rule.spec, memory, seen, clock.local(reading.observed_at))
    learnt[key] = done.memory
    if done.holds is not None:
        at = At(reading.observed_at, reading.value if metric.key == rule.row.metric else None)
        board.put(metric.subject, rule.row.metric, rule.key, rule.ground() if done.holds else None, at)


@dataclass(frozen=True)
class InForce:
    """The limits of a metric that hold now, mildest first; `by_table` tells a table from the source's own word."""

    bands: tuple[Band, ...]
    by_table: bool


def limits_of(metric: Metric) -> InForce:
    """With the metric's subject at hand."""
    limits = _Limits(store.tables(metric.subject.connector, [metric.subject_id]))
    found = bands.in_force(limits.of(metric), clock.local(clock.now()))
    return InForce(tuple(found), limits.has(metric))


class _Limits:
    """The tables of a source, asked by metric: a subject's own, else the source's, else what the source says."""

    def __init__(self, tables: Sequence[ThresholdTable]) -> None:
        self._by_place: dict[tuple[UUID | None, str], list[Band]] = {
            (table.subject_id, table.metric): [band_of(row) for row in table.bands.all()] for table in tables
        }

    def of(self, metric: Metric) -> list[Band]:
        for place in ((metric.subject_id, metric.key), (None, metric.key)):
            if place in self._by_place:
                return self._by_place[place]
        said = (("orange", "警戒", metric.warning), ("red", "保证", metric.guarantee))
        return [
            Band(level, limit, label=label, margin=metric.near_margin)
            for level, label, limit in said
            if limit is not None
        ]

    def has(self, metric: Metric) -> bool:
        return any(place in self._by_place for place in ((metric.subject_id, metric.key), (None, metric.key)))


def band_of(row: ThresholdBand) -> Band:
    return Band(
        level=row.level,
        limit=row.limit,
        op=row.op,
        margin=row.margin,
        label=row.label,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        season_from=row.season_from,
        season_to=row.season_to,
        hour_from=row.hour_from,
        hour_to=row.hour_to,
    )


class _Rule:
    def __init__(self, row: AlertRule) -> None:
        self.row = row
        self.key = f"rule:{row.pk}"
        self.spec = _spec(json.dumps(row.spec, sort_keys=True))

    def concerns(self, metric: Metric) -> bool:
        of_subject = self.row.subject_id in {None, metric.subject_id}
        return of_subject and not self.spec.by_clock and metric.key in self.spec.metrics

    def ground(self) -> Ground:
        kind = AlertKind(self.spec.when.kind)
        falls = getattr(self.spec.when, "op", "") in {"<", "<="} or (
            getattr(self.spec.when, "direction", "") == "falling"
        )
        return Ground(self.row.level, kind, f"{self.row.name}：{self.row.sentence}", rises=not falls)


@functools.lru_cache(maxsize=512)
def _spec(text: str) -> specs.Spec:
    return specs.read(json.loads(text))
