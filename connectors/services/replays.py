"""What was received, as it came: looked at, and taken in again after the settings were mended.

The same payload again gives the same values once, so a replay that is broken off, or asked for twice, does no harm.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import audit, clock, jobs
from common.cursors import bad_cursor
from common.errors import BadInputError, ConflictError, NotFoundError
from connectors.asking import Ask
from connectors.errors import SourceError
from connectors.items import Item, Raw
from connectors.kinds import KINDS
from connectors.services import intake, secrets
from connectors.services.manage import access_connector
from connectors.store import intake as store
from connectors.store import sources
from connectors.store.models import Connector, Kind, RawIntake, Replay
from directory.actors import Actor

TASK = "connectors.replay"
PAGE = 50
BATCH = 100
SHOWN = 10


@dataclass(frozen=True)
class Again:
    """What came of one payload that was taken in again: new values, known ones, and what could still not be used."""

    stored: int
    duplicates: int
    records: int
    rejected: int
    error: str = ""


def list_intake(
    actor: Actor, connector_id: UUID, *, bad_only: bool, cursor: str | None
) -> tuple[list[RawIntake], set[UUID], str | None]:
    """Newest first, without the payloads; those that a replay took in since; the next page's cursor.

    Raises NotFoundError, ForbiddenError, BadInputError(cursor).
    """
    connector = access_connector(actor, connector_id, verb="connector.manage")
    try:
        before = datetime.fromisoformat(cursor) if cursor else None
    except ValueError as err:
        raise bad_cursor() from err
    if before is not None and before.tzinfo is None:
        raise bad_cursor()
    found = store.page(connector.pk, bad_only=bad_only, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    following = shown[-1].received_at.isoformat() if len(found) > PAGE else None
    return shown, store.replayed_well([one.id for one in shown]), following


def read_payload(actor: Actor, connector_id: UUID, intake_id: UUID) -> RawIntake:
    """Raises NotFoundError, ForbiddenError."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    found = store.find(connector.pk, intake_id)
    if found is None:
        raise NotFoundError
    return found


def again(*, actor: Actor, connector_id: UUID, intake_id: UUID) -> Again:
    """Take one kept payload in as the settings are now. Raises NotFoundError, ForbiddenError, BadInputError(kind)."""
    kept = read_payload(actor, connector_id, intake_id)
    connector = _replayable(actor, connector_id)
    with transaction.atomic():
        came = _take(connector, kept)
        new = {
            "intake": str(intake_id),
            "stored": came.stored,
            "rejected": came.rejected,
            "error": came.error,
        }
        _record(actor, connector, new)
    return came


def start(
    *, actor: Actor, connector_id: UUID, key: str, since: datetime, until: datetime, only_bad: bool
) -> Replay:
    """Let a job take in what was kept of a stretch of time. The same key again is the same replay.

    Raises: NotFoundError, ForbiddenError; ConflictError while another runs; BadInputError: key, until, kind.
    """
    connector = _replayable(actor, connector_id)
    if not 0 < len(key) <= 60:  # noqa: PLR2004 - the column's
        raise BadInputError(field="key", message=_("缺少本次操作的编号，请刷新后重试。"))
    if since >= until:
        raise BadInputError(field="until", message=_("结束时间应晚于开始时间，请修改。"))
    known = Replay.objects.filter(connector=connector, key=key).first()
    if known is not None:
        return known
    until = min(until, clock.now())
    signed = f"{actor.unit_name}{actor.post_title} {actor.name}".strip()[:200]
    made = Replay(
        connector=connector, key=key, since=since, until=until, only_bad=only_bad, asked_by=signed, at=since
    )
    made.created_at = clock.now()
    try:
        with transaction.atomic():
            made.total = store.to_replay(made).count()
            made.save(force_insert=True)
            new = {
                "since": since.isoformat(),
                "until": until.isoformat(),
                "only_bad": only_bad,
                "total": made.total,
            }
            _record(actor, connector, new)
            jobs.defer(TASK, replay_id=str(made.pk))
    except IntegrityError as err:
        raise ConflictError(message=_("该数据源正在重放，请等它结束后再试。")) from err
    return made


def list_replays(actor: Actor, connector_id: UUID) -> list[Replay]:
    """The last ones, newest first. Raises NotFoundError, ForbiddenError."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    return list(Replay.objects.filter(connector=connector).order_by("-created_at")[:SHOWN])


def run(replay_id: UUID) -> None:
    """The job: in batches, each with how far it got, so that one that is killed goes on where it was."""
    while _batch(replay_id):
        pass


def _batch(replay_id: UUID) -> bool:
    """Whether there may be more."""
    with transaction.atomic():
        replay = Replay.objects.select_for_update().filter(pk=replay_id, finished_at__isnull=True).first()
        if replay is None:
            return False
        connector = sources.find(replay.connector_id)
        rows = list(store.to_replay(replay)[:BATCH]) if connector is not None else []
        for row in rows:
            came = _take(connector, row) if connector is not None else Again(0, 0, 0, 0)
            replay.done += 1
            replay.stored += came.stored + came.records
            replay.failed += bool(came.error or came.rejected)
            replay.at, replay.at_id = row.received_at, row.id
        if len(rows) < BATCH:
            replay.finished_at = clock.now()
        replay.save()
    return bool(rows) and replay.finished_at is None


def _take(connector: Connector, kept: RawIntake) -> Again:
    payload = bytes(kept.payload)
    try:
        ask = Ask(connector.config, {}, clock.now(), secrets.opened(connector))
        parsed = KINDS[connector.kind].read(payload, ask)
    except SourceError as err:
        return Again(0, 0, 0, 0, err.user_message())
    items: tuple[Item, ...] = (*parsed.readings, *parsed.records)
    raw = Raw(payload, sender=kept.sender, frames=kept.frames, rejections=parsed.rejections)
    taken = intake.take(connector.pk, items, raw, replay_of=kept.id)
    rejected = len(parsed.rejections) + len(taken.rejections)
    return Again(taken.stored, taken.duplicates, len(taken.records), rejected)


def _replayable(actor: Actor, connector_id: UUID) -> Connector:
    connector = access_connector(actor, connector_id, verb="connector.manage")
    if connector.kind == Kind.MANUAL:
        raise BadInputError(field="kind", message=_("人工填报的数据没有原始报文，不能重放。"))
    return connector


def _record(actor: Actor, connector: Connector, new: dict[str, object]) -> None:
    audit.record(
        actor=actor,
        verb="connector.manage",
        subject="connector_replay",
        subject_id=str(connector.pk),
        new=new,
    )
