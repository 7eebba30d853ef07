"""Queries on what was received."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from common.ids import new_uuid
from connectors.items import Raw, Rejection
from connectors.mapping import MOST_REJECTIONS
from connectors.store.models import Connector, IntakeOutcome, RawIntake


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
