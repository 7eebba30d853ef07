"""Asking a source: one pull at a time, its outcome recorded, its state judged, the next one set."""

import time
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import clock, events, timers
from common.errors import NotFoundError
from connectors import mapping
from connectors.adapters import rest
from connectors.config import read_rest_config
from connectors.errors import SourceError
from connectors.events import ReadingsChanged, SourceRecovered, SourceStale
from connectors.levels import freshness_of
from connectors.mapping import MOST_REJECTIONS
from connectors.store import readings as readings_store
from connectors.store import sources as store
from connectors.store.models import Connector, Freshness, Health, Outcome, PullRun
from directory.actors import Actor
from directory.services.rights import Scope, require

TASK = "connectors.pull"
CLAIM_SPARE_S = 30
ADAPTERS = {"rest": rest.pull}


def arm(connector_id: UUID, due_at: datetime) -> None:
    """Let the source be asked at that time; replaces the time set before."""
    timers.set_timer(_timer_key(connector_id), due_at, TASK, connector_id=str(connector_id))


def pull(connector_id: UUID) -> PullRun | None:
    """Ask one source now and record what came of it; None when it is disabled or being asked already.

    A source that cannot be used is an outcome, not an exception. Publishes ReadingsChanged, SourceStale and
    SourceRecovered in the transaction that stores the readings.
    """
    now = clock.now()
    connector = store.claim(
        connector_id, now, now + timedelta(seconds=CLAIM_SPARE_S + _patience_s(connector_id))
    )
    if connector is None:
        return None
    started = time.monotonic()
    run = PullRun(connector=connector, started_at=now, took_ms=0, outcome=Outcome.FAILED)
    pulled: rest.Pulled | None = None
    try:
        try:
            pulled = ADAPTERS[connector.kind](connector.config, connector.cursor, now=now)
        except SourceError as err:
            run.error_code, run.error, run.sample = err.reason, err.user_message()[:500], err.sample[:2000]
        run.took_ms = int((time.monotonic() - started) * 1000)
        _finish(run, pulled)
    finally:
        store.release(connector_id)
    return run


def replay(*, actor: Actor, connector_id: UUID, raw: bytes) -> PullRun:
    """Take in a payload that was kept or handed over, as though it had been pulled now.

    Raises: NotFoundError, ForbiddenError; SourceError when the payload as a whole cannot be used.
    """
    connector = store.find(connector_id)
    if connector is None:
        raise NotFoundError
    require(actor, "connector.manage", Scope(unit_id=connector.owner_unit_id))
    now = clock.now()
    parsed = mapping.parse(mapping.load(raw), read_rest_config(connector.config).mapping, now=now)
    run = PullRun(connector=connector, started_at=now, took_ms=0, outcome=Outcome.TAKEN)
    _finish(run, rest.Pulled(parsed, unchanged=False, cursor=connector.cursor))
    return run


def pull_and_rearm(connector_id: UUID) -> None:
    """The job. The next time is set before the pull, so that a crash in between costs one reading at most.

    A source that is switched off is not asked, but its data still grow old, until all of them are lost.
    """
    connector = store.find(connector_id)
    if connector is None:
        return
    if not connector.is_enabled and not store.has_living_subjects(connector_id):
        return
    arm(connector_id, clock.now() + timedelta(seconds=connector.interval_s))
    if connector.is_enabled:
        pull(connector_id)
        return
    with transaction.atomic():
        judge_freshness(store.lock(connector_id), clock.now())


def _finish(run: PullRun, pulled: rest.Pulled | None) -> None:
    """Store everything that follows from one pull, in one transaction."""
    now = clock.now()
    with transaction.atomic():
        connector = store.lock(run.connector_id)
        connector.last_pulled_at = run.started_at
        moved: set[UUID] = set()
        if pulled is None:
            connector.health, connector.last_error = Health.FAILING, run.error
            connector.failures += 1
        else:
            specs = read_rest_config(connector.config).mapping.metrics
            moved = readings_store.save(connector, pulled.parsed.readings, specs, now)
            connector.health, connector.last_error, connector.failures = Health.OK, "", 0
            connector.last_ok_at, connector.cursor = run.started_at, pulled.cursor
            _describe(run, pulled)
        connector.save(
            update_fields=["last_pulled_at", "last_ok_at", "health", "last_error", "failures", "cursor"]
        )
        store.add_run(run)
        for subject_id in sorted(moved):
            events.publish(ReadingsChanged(connector.pk, subject_id))
        judge_freshness(connector, now)


def _describe(run: PullRun, pulled: rest.Pulled) -> None:
    run.outcome = Outcome.UNCHANGED if pulled.unchanged else Outcome.TAKEN
    run.rows_taken = pulled.parsed.rows
    run.rows_rejected = len({rejection.line for rejection in pulled.parsed.rejections})
    run.rejections = [asdict(one) for one in pulled.parsed.rejections[:MOST_REJECTIONS]]


def judge_freshness(connector: Connector, now: datetime) -> None:
    """Compare every subject's newest reading with the limits and publish what changed."""
    changed = []
    for subject in store.observed_subjects(connector):
        if subject.observed_at is None:
            continue
        limits = {"fresh_for_s": connector.fresh_for_s, "lost_after_s": connector.lost_after_s}
        freshness = freshness_of(subject.observed_at, now, **limits)
        if freshness == subject.freshness:
            continue
        subject.freshness, subject.freshness_since = freshness, now
        changed.append(subject)
    store.save_freshness(changed)
    for subject in changed:
        if subject.freshness == Freshness.FRESH:
            events.publish(SourceRecovered(connector.pk, subject.pk))
        elif subject.observed_at is not None:
            events.publish(SourceStale(connector.pk, subject.pk, subject.freshness, subject.observed_at))


def _patience_s(connector_id: UUID) -> float:
    """How long a pull may take at most, by the connector's own limits."""
    connector = store.find(connector_id)
    if connector is None:
        return 0
    try:
        config = read_rest_config(connector.config)
    except SourceError:
        return 0
    return config.timeout_s * 2 * (config.paging.max_pages if config.paging else 1)


def _timer_key(connector_id: UUID) -> str:
    return f"connectors:pull:{connector_id}"
