"""Queries on records, their stages and what goes back to the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from connectors.items import Record as Item
from connectors.store.models import Connector, Record, RecordStage, RecordState


@dataclass(frozen=True)
class Stage:
    """What a source's code means to us."""

    state: RecordState
    name: str


@dataclass(frozen=True)
class Change:
    """A record that is another now than before; `is_new` for its first stage."""

    record: Record
    is_new: bool


def save(
    connector: Connector, items: Sequence[tuple[Item, Stage]], received_at: datetime
) -> tuple[list[Change], int]:
    """Put each item on its record's timeline; what changed, and how many were known already.

    A stage that is older than the newest one fills the timeline and leaves the record as it is.
    """
    changes: dict[UUID, Change] = {}
    duplicates = 0
    for item, stage in sorted(items, key=lambda one: one[0].stage_at):
        record = find_by_source(connector, item.source_id, *item.replaces)
        if record is None:
            record = Record(connector=connector, source_id=item.source_id, received_at=received_at)
            _describe(record, item, stage)
            record.save(force_insert=True)
            changes[record.pk] = Change(record, is_new=True)
            _add_stage(record, item, stage, received_at)
            continue
        is_new_stage = _add_stage(record, item, stage, received_at)
        if item.stage_at < record.stage_at or _facts(record) == _said(record, item, stage):
            duplicates += not is_new_stage
            continue
        _describe(record, item, stage)
        record.received_at, record.version = received_at, record.version + 1
        record.save()
        is_new = record.pk in changes and changes[record.pk].is_new
        changes[record.pk] = Change(record, is_new=is_new)
    return list(changes.values()), duplicates


def find_by_source(connector: Connector, *source_ids: str) -> Record | None:
    """The record that has, or had, one of these ids at the source."""
    mine = Record.objects.select_for_update(no_key=True).filter(connector=connector)
    found = mine.filter(source_id__in=source_ids).first()
    return found or mine.filter(aliases__has_any_keys=list(source_ids)).first()


def _add_stage(record: Record, item: Item, stage: Stage, received_at: datetime) -> bool:
    """Whether the timeline had no such stage yet."""
    _, is_new = RecordStage.objects.get_or_create(
        record=record,
        code=item.code,
        at=item.stage_at,
        defaults={
            "name": stage.name,
            "state": stage.state,
            "received_at": received_at,
            "note": item.note[:500],
        },
    )
    return is_new


def _describe(record: Record, item: Item, stage: Stage) -> None:
    for name, value in _said(record, item, stage).items():
        setattr(record, name, value)


def _said(record: Record, item: Item, stage: Stage) -> Mapping[str, object]:
    ids = {record.source_id, item.source_id, *item.replaces, *record.aliases} - {record.source_id, ""}
    return {
        "aliases": sorted(ids),
        "kind": item.kind,
        "title": item.title[:300],
        "stage": stage.name,
        "state": stage.state,
        "stage_at": item.stage_at,
        "owner_unit": item.owner_unit[:120],
        "place": item.place[:120],
        "limit_days": item.limit_days,
        "level": item.level,
        "link": item.link[:500],
        "fields": dict(item.fields),
    }


def _facts(record: Record) -> Mapping[str, object]:
    names = ("aliases", "kind", "title", "stage", "state", "stage_at", "owner_unit", "place")
    more = ("limit_days", "level", "link", "fields")
    return {name: getattr(record, name) for name in (*names, *more)}


def find(record_id: UUID) -> Record | None:
    """With its connector, the timeline, and when it began."""
    return _shown().prefetch_related("stages").filter(pk=record_id).first()


def page(where: Q, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Record]:
    """Newest stage first; `where` may ask for `begun_at`, the moment of the first stage."""
    rows = _shown().filter(where)
    if after is not None:
        moment, key = after
        rows = rows.filter(Q(stage_at__lt=moment) | Q(stage_at=moment, pk__lt=key))
    return list(rows.order_by("-stage_at", "-pk")[:limit])


def limits_of(where: Q) -> list[int]:
    """The limits in working days that occur."""
    rows = Record.objects.filter(where, limit_days__isnull=False).order_by("limit_days")
    return [days for days in rows.values_list("limit_days", flat=True).distinct() if days is not None]


def _shown() -> QuerySet[Record]:
    first = RecordStage.objects.filter(record=OuterRef("pk")).order_by("at").values("at")[:1]
    return Record.objects.select_related("connector__owner_unit").annotate(begun_at=Subquery(first))
