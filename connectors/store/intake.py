"""Queries on what was received."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from common.ids import new_uuid
from connectors.items import Raw, Rejection
from connectors.mapping import MOST_REJECTIONS
from connectors.store.models import Connector, IntakeOutcome, RawIntake, Replay


def add(
    connector: Connector,
    raw: Sequence[Raw],
    received_at: datetime,
    *,
    items: int,
    rejections: Sequence[Rejection],
    replay_of: UUID | None,
) -> list[UUID]:
    """Keep the payloads as they came; their ids, in order."""
    rows = [
        _row(connector, one, received_at, items=items, rejections=rejections, replay_of=replay_of)
        for one in raw
    ]
    RawIntake.objects.bulk_create(rows, batch_size=500)
    return [row.id for row in rows]


def _row(
    connector: Connector,
    raw: Raw,
    received_at: datetime,
    *,
    items: int,
    rejections: Sequence[Rejection],
    replay_of: UUID | None,
) -> RawIntake:
    bad = (*raw.rejections, *rejections)
    outcome = IntakeOutcome.REFUSED if raw.error else IntakeOutcome.PARTLY if bad else IntakeOutcome.TAKEN
    return RawIntake(
        id=new_uuid(),
        received_at=received_at,
        connector=connector,
        sender=raw.sender[:120],
        payload=raw.payload,
        digest=hashlib.sha256(raw.payload).hexdigest(),
        outcome=outcome,
        error=raw.error[:500],
        frames=raw.frames,
        items=items,
        rejections=[asdict(one) for one in bad[:MOST_REJECTIONS]],
        replay_of=replay_of,
    )


def find(connector_id: UUID, intake_id: UUID) -> RawIntake | None:
    return RawIntake.objects.filter(connector=connector_id, id=intake_id).first()


def digests_of(connector_id: UUID, push_id: str, *, since: datetime) -> set[str]:
    """Of the payloads that came under this id; the sender of a push is its address and its id."""
    rows = RawIntake.objects.filter(
        connector=connector_id, received_at__gte=since, sender__endswith=f" {push_id}"
    )
    return set(rows.values_list("digest", flat=True))


def page(connector_id: UUID, *, bad_only: bool, before: datetime | None, limit: int) -> list[RawIntake]:
    """Newest first, without the payloads."""
    rows = RawIntake.objects.filter(connector=connector_id).defer("payload")
    if bad_only:
        rows = rows.exclude(outcome=IntakeOutcome.TAKEN)
    if before is not None:
        rows = rows.filter(received_at__lt=before)
    return list(rows.order_by("-received_at", "-id")[:limit])


def forget_before(connector_id: UUID, moment: datetime) -> int:
    deleted, _ = RawIntake.objects.filter(connector=connector_id, received_at__lt=moment).delete()
    return deleted


def is_last_kept(connector_id: UUID, payload: bytes) -> bool:
    """Whether the newest payload that was kept is this one."""
    rows = RawIntake.objects.filter(connector=connector_id).order_by("-received_at", "-id")
    return rows.values_list("digest", flat=True).first() == hashlib.sha256(payload).hexdigest()


def replayed_well(intake_ids: Collection[UUID]) -> set[UUID]:
    """Those of them that a replay has wholly taken in since."""
    rows = RawIntake.objects.filter(replay_of__in=intake_ids, outcome=IntakeOutcome.TAKEN)
    return {one for one in rows.values_list("replay_of", flat=True) if one is not None}


def to_replay(replay: Replay) -> QuerySet[RawIntake]:
    """What a replay has yet to take in, oldest first; never what replays themselves have left."""
    rows = RawIntake.objects.filter(connector=replay.connector_id, replay_of__isnull=True)
    rows = rows.filter(received_at__gte=replay.since, received_at__lte=replay.until)
    if replay.only_bad:
        rows = rows.exclude(outcome=IntakeOutcome.TAKEN)
    if replay.at_id is not None:
        rows = rows.filter(Q(received_at__gt=replay.at) | Q(received_at=replay.at, id__gt=replay.at_id))
    return rows.order_by("received_at", "id")
