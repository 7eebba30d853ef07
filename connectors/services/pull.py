"""Asking a source: one pull at a time, its outcome recorded, its state judged, the next one set."""

import time
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock, timers
from common.errors import NotFoundError
from connectors.asking import Ask, Pulled
from connectors.errors import SourceError
from connectors.items import Item, Raw
from connectors.kinds import KINDS, patience_s
from connectors.mapping import MOST_REJECTIONS, sample_of
from connectors.services import freshness, intake, secrets
from connectors.store import intake as intake_store
from connectors.store import sources as store
from connectors.store.models import Connector, Health, Outcome, PullRun
from directory.actors import Actor
from directory.services.rights import Scope, require

TASK = "connectors.pull"
CLAIM_SPARE_S = 30
BACKOFF_MOST = timedelta(minutes=15)
ADAPTERS = {name: kind.pull for name, kind in KINDS.items() if kind.pull is not None}


def arm(connector_id: UUID, due_at: datetime) -> None:
    """Let the source be asked at that time; replaces the time set before."""
    timers.set_timer(_timer_key(connector_id), due_at, TASK, connector_id=str(connector_id))


def pull(connector_id: UUID) -> PullRun | None:
    """Ask one source now and record what came of it; None when it is disabled or being asked already.

    A source that cannot be used is an outcome, not an exception. Publishes ReadingsChanged, SourceStale and
    SourceRecovered in the transaction that stores the readings.
    """
    now = clock.now()
    connector = store.find(connector_id)
    if connector is None:
        return None
    patience = timedelta(seconds=CLAIM_SPARE_S + patience_s(connector.kind, connector.config))
    if not store.claim(connector_id, now, now + patience):
        return None
    started = time.monotonic()
    run = PullRun(connector=connector, started_at=now, took_ms=0, outcome=Outcome.FAILED)
    pulled: Pulled | None = None
    refused: Raw | None = None
    try:
        try:
            pulled = ADAPTERS[connector.kind](_ask(connector, now))
        except SourceError as err:
            run.error_code, run.error, run.sample = err.reason, err.user_message()[:500], err.sample[:2000]
            refused = Raw(err.payload, error=run.error) if err.payload else None
        if pulled is not None and _is_useless(pulled):
            refused = _refuse(run, pulled)
            pulled = None
        run.took_ms = int((time.monotonic() - started) * 1000)
        _finish(run, pulled, refused)
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
    parsed = KINDS[connector.kind].read(raw, _ask(connector, now))
    run = PullRun(connector=connector, started_at=now, took_ms=0, outcome=Outcome.TAKEN)
    _finish(run, Pulled(parsed, unchanged=False, cursor=connector.cursor, raw=(raw,)))
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
    now = clock.now()
    arm(connector_id, now + timedelta(seconds=connector.interval_s))
    if connector.is_enabled and connector.kind in ADAPTERS and not rests(connector, now):
        pull(connector_id)
        return
    with transaction.atomic():  # switched off, or one that pushes: its data grow old all the same
        locked = store.lock(connector_id)
        if locked is not None:
            freshness.judge(locked, clock.now())


def rests(connector: Connector, now: datetime) -> bool:
    """Whether a source that fails again and again is let alone for now; its data are judged all the same.

    The pause doubles with each failure, up to BACKOFF_MOST or the interval, whichever is longer.
    """
    if connector.failures <= 1 or connector.last_pulled_at is None:
        return False
    doublings = min(connector.failures - 1, 16)
    interval = timedelta(seconds=connector.interval_s)
    most = max(BACKOFF_MOST, interval)
    pause = min(interval * int(2**doublings), most)
    # The job comes at whole intervals: half of one is spared for its being early.
    return bool(now < connector.last_pulled_at + pause - interval / 2)


def _finish(run: PullRun, pulled: Pulled | None, refused: Raw | None = None) -> None:
    """Store everything that follows from one pull, in one transaction.

    `refused`: a payload of which nothing could be used; kept for replay, but not again while the source repeats it.
    """
    now = clock.now()
    with transaction.atomic():
        connector = store.lock(run.connector_id)
        if connector is None:
            raise NotFoundError
        connector.last_pulled_at = run.started_at
        if pulled is None:
            connector.health, connector.last_error = Health.FAILING, run.error
            connector.failures += 1
        else:
            connector.health, connector.last_error, connector.failures = Health.OK, "", 0
            connector.last_ok_at, connector.cursor = run.started_at, pulled.cursor
        connector.save(
            update_fields=["last_pulled_at", "last_ok_at", "health", "last_error", "failures", "cursor"]
        )
        if pulled is not None:
            items: tuple[Item, ...] = (*pulled.parsed.readings, *pulled.parsed.records)
            raw = [Raw(body, rejections=pulled.parsed.rejections) for body in pulled.raw]
            taken = intake.store_items(connector, items, raw, now)
            _describe(run, pulled, taken)
        elif refused is not None and not intake_store.is_last_kept(connector.pk, refused.payload):
            intake.store_items(connector, (), (refused,), now)
        store.add_run(run)
        freshness.judge(connector, now)


def _is_useless(pulled: Pulled) -> bool:
    """Rows, and not one value or record in them: the source speaks another language than it did."""
    parsed = pulled.parsed
    return parsed.rows > 0 and not pulled.unchanged and not parsed.readings and not parsed.records


def _refuse(run: PullRun, pulled: Pulled) -> Raw | None:
    """Write down why; what was received, to be kept."""
    rejections = pulled.parsed.rejections
    text = _("数据源返回 {rows} 行，没有一行可以取用，对方接口可能已改版。请核对映射配置。")
    run.error_code, run.error = "wrong_shape", text.format(rows=pulled.parsed.rows)
    run.rows_rejected = pulled.parsed.rows
    run.rejections = [asdict(one) for one in rejections[:MOST_REJECTIONS]]
    if not pulled.raw:
        return None
    run.sample = sample_of(pulled.raw[0])[:2000]
    return Raw(pulled.raw[0], error=run.error, rejections=rejections)


def _describe(run: PullRun, pulled: Pulled, taken: intake.Taken) -> None:
    rejections = (*pulled.parsed.rejections, *taken.rejections)
    run.outcome = Outcome.UNCHANGED if pulled.unchanged else Outcome.TAKEN
    run.rows_taken = pulled.parsed.rows
    run.rows_rejected = len({rejection.line for rejection in rejections})
    run.rejections = [asdict(one) for one in rejections[:MOST_REJECTIONS]]


def _ask(connector: Connector, now: datetime) -> Ask:
    return Ask(connector.config, connector.cursor, now, secrets.opened(connector))


def _timer_key(connector_id: UUID) -> str:
    return f"connectors:pull:{connector_id}"
