"""Alerts from start to recovery: one open for a subject's metric, its level the gravest of what holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common import events
from connectors.events import AlertClosed, AlertOpened, AlertUpgraded
from connectors.rules.levels import gravest, weight
from connectors.store import alerts as store
from connectors.store.models import (
    Alert,
    AlertChange,
    AlertKind,
    Connector,
    Record,
    RecordState,
    Subject,
)

LIMIT, LOST, SIGNAL = "limit", "lost", "signal"
Deed = AlertChange.Deed
ENDED = frozenset({RecordState.CLOSED, RecordState.WITHDRAWN})


@dataclass(frozen=True)
class Ground:
    """Why an alert stands: a limit, a rule, lost contact. `rises`: a higher value is graver."""

    level: str
    kind: str
    words: str
    rises: bool = True


@dataclass(frozen=True)
class At:
    """The reading that is judged; without a value where time alone has passed."""

    observed_at: datetime | None
    value: Decimal | None = None


class Board:
    """The open alerts of some subjects while readings are judged. `finish` stores and tells what changed.

    `why`: what is said of an alert that ends; "" where its values say it.
    """

    def __init__(
        self, connector: Connector, subject_ids: Collection[UUID], now: datetime, *, why: str = ""
    ) -> None:
        self._connector, self._now, self._why = connector, now, why[:500]
        self._open = {(one.subject_id, one.metric_key): one for one in store.lock_open(subject_ids)}
        self._touched: dict[UUID, Alert] = {}
        self._new: set[UUID] = set()
        self._moved: set[UUID] = set()
        self._changes: list[AlertChange] = []

    def level(self, subject_id: UUID, metric_key: str, ground_key: str) -> str:
        """The level at which a ground stands now, "" where it does not."""
        alert = self._open.get((subject_id, metric_key))
        return str(alert.grounds.get(ground_key, {}).get("level", "")) if alert else ""

    def put(self, subject: Subject, metric_key: str, ground_key: str, ground: Ground | None, at: At) -> None:
        """Let a ground hold, or hold no longer."""
        alert = self._open.get((subject.pk, metric_key))
        if alert is None:
            if ground is not None:
                self._start(subject, metric_key, ground_key, ground, at)
            return
        known = alert.grounds.get(ground_key)
        self._touched[alert.pk] = alert
        _measure(alert, ground or _ground_of(alert), at)
        if ground is None:
            if known is None:
                return
            del alert.grounds[ground_key]
        else:
            alert.grounds[ground_key] = _facts(ground)
        if not alert.grounds:
            self._close(alert, at)
        else:
            self._relevel(alert, known, ground_key, at)

    def finish(self) -> None:
        store.save_all(list(self._touched.values()))
        store.add_changes(self._changes)
        for pk, alert in self._touched.items():
            if pk in self._new:
                events.publish(AlertOpened(pk))
            elif pk in self._moved and alert.closed_at is None:
                events.publish(AlertUpgraded(pk))
            if alert.closed_at is not None:
                events.publish(AlertClosed(pk))

    def _start(self, subject: Subject, metric_key: str, ground_key: str, ground: Ground, at: At) -> None:
        alert = Alert(
            connector=self._connector,
            subject=subject,
            metric_key=metric_key,
            kind=ground.kind,
            level=ground.level,
            words=ground.words[:500],
            grounds={ground_key: _facts(ground)},
            opened_at=self._now,
        )
        _measure(alert, ground, at)
        self._open[subject.pk, metric_key] = alert
        self._touched[alert.pk] = alert
        self._new.add(alert.pk)
        self._note(alert, Deed.OPENED, at)

    def _relevel(self, alert: Alert, known: object, ground_key: str, at: At) -> None:
        level = gravest(str(one["level"]) for one in alert.grounds.values())
        chosen = next(one for one in alert.grounds.values() if one["level"] == level)
        was = alert.level
        alert.level, alert.kind, alert.words = level, chosen["kind"], chosen["words"]
        if weight(level) != weight(was):
            alert.version += 1
            self._moved.add(alert.pk)
            is_graver = weight(level) > weight(was)
            if is_graver:
                alert.upgraded_at = self._now
                alert.muted_until, alert.muted_by = None, ""  # what is graver is heard again
            self._note(alert, Deed.UPGRADED if is_graver else Deed.DOWNGRADED, at)
        elif (known is None) != (ground_key not in alert.grounds):
            alert.version += 1
            self._moved.add(alert.pk)

    def _close(self, alert: Alert, at: At) -> None:
        alert.closed_at, alert.version = self._now, alert.version + 1
        del self._open[alert.subject_id, alert.metric_key]
        self._note(alert, Deed.CLOSED, at)

    def _note(self, alert: Alert, deed: AlertChange.Deed, at: At) -> None:
        words = self._why if deed == Deed.CLOSED else alert.words
        change = {"level": alert.level, "value": at.value, "observed_at": at.observed_at, "words": words}
        self._changes.append(AlertChange(alert=alert, at=self._now, deed=deed, **change))


def withdraw(connector: Connector, ground_key: str, why: str, now: datetime) -> None:
    """Let a ground hold no more, wherever it does: what it came of is gone. Alerts that rest on it alone end."""
    standing = [one for one in store.lock_open_of_source(connector) if ground_key in one.grounds]
    board = Board(connector, {one.subject_id for one in standing if one.subject_id}, now, why=why)
    for alert in standing:
        if alert.subject is not None:
            board.put(alert.subject, alert.metric_key, ground_key, None, At(alert.observed_at))
    board.finish()


def close_all(connector: Connector, why: str, now: datetime) -> int:
    """End every open alert of a source that will say nothing more, with the reason; how many."""
    open_ones = store.lock_open_of_source(connector)
    changes = []
    for alert in open_ones:
        alert.closed_at, alert.version = now, alert.version + 1
        about = {"level": alert.level, "observed_at": alert.observed_at, "words": why[:500]}
        changes.append(AlertChange(alert=alert, at=now, deed=Deed.CLOSED, **about))
    store.save_all(open_ones)
    store.add_changes(changes)
    for alert in open_ones:
        events.publish(AlertClosed(alert.pk))
    return len(open_ones)


def signal(record: Record, now: datetime) -> None:
    """Let the alert of a source's own warning follow its record: opened, upgraded, ended with it."""
    alert = store.lock_open_of_record(record)
    ends = record.state in ENDED or not record.level
    if alert is None:
        if not ends:
            _open_signal(record, now)
        return
    if not ends and (alert.level, alert.words) == (record.level, record.title):
        return
    was, alert.version = alert.level, alert.version + 1
    if ends:
        alert.closed_at, deed = now, Deed.CLOSED
    else:
        alert.level, alert.words, alert.observed_at = record.level, record.title, record.stage_at
        alert.grounds = {SIGNAL: _facts(_ground_of(alert))}
        deed = Deed.UPGRADED
        if weight(record.level) < weight(was):
            deed = Deed.DOWNGRADED
        if weight(record.level) > weight(was):
            alert.upgraded_at, alert.muted_until, alert.muted_by = now, None, ""
    alert.save()
    store.add_changes([_signal_change(alert, deed, record, now)])
    events.publish(AlertClosed(alert.pk) if ends else AlertUpgraded(alert.pk))


def _open_signal(record: Record, now: datetime) -> None:
    ground = Ground(record.level, AlertKind.SIGNAL, record.title)
    alert = Alert.objects.create(
        connector=record.connector,
        record=record,
        kind=AlertKind.SIGNAL,
        level=record.level,
        words=record.title,
        grounds={SIGNAL: _facts(ground)},
        observed_at=record.stage_at,
        opened_at=now,
    )
    store.add_changes([_signal_change(alert, Deed.OPENED, record, now)])
    events.publish(AlertOpened(alert.pk))


def _signal_change(alert: Alert, deed: AlertChange.Deed, record: Record, now: datetime) -> AlertChange:
    about = {"level": alert.level, "observed_at": record.stage_at, "words": record.title}
    return AlertChange(alert=alert, at=now, deed=deed, **about)


def _measure(alert: Alert, ground: Ground, at: At) -> None:
    if at.observed_at is not None:
        alert.observed_at = at.observed_at
    if at.value is None:
        return
    alert.value = at.value
    peak = alert.peak_value
    if peak is None or (at.value > peak if ground.rises else at.value < peak):
        alert.peak_value, alert.peak_at = at.value, at.observed_at


def _ground_of(alert: Alert) -> Ground:
    """The gravest that stands."""
    facts: dict[str, object] = next(iter(alert.grounds.values()), {})
    return Ground(alert.level, alert.kind, alert.words, rises=bool(facts.get("rises", True)))


def _facts(ground: Ground) -> dict[str, object]:
    return {"level": ground.level, "kind": ground.kind, "words": ground.words[:500], "rises": ground.rises}
