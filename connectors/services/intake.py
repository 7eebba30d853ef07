"""Taking in what a source said: once, with what it came from, judged at once.

Adapters parse, pure; a listener or a pull hands their items here. What this function has returned for is committed,
so that a listener may acknowledge it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock, events
from common.errors import NotFoundError
from connectors.events import ReadingsChanged, RecordChanged
from connectors.items import Item, Raw, Reading, Record, Rejection
from connectors.mapping import is_allowed
from connectors.services import alerts, derived, freshness, judging
from connectors.store import intake as store
from connectors.store import readings as readings_store
from connectors.store import records as records_store
from connectors.store import sources
from connectors.store.models import Connector, Health, Quality, RecordState, Subject
from connectors.store.records import Stage

QUALITIES = frozenset(Quality.values)


@dataclass
class Taken:
    """What became of items.

    Attributes:
        stored: rows written; `duplicates` were known, `revised` changed a known moment, `late` fill the past.
        rejections: what the connector's settings do not let in; `line` counts the items from 1.
        intake_ids: where the payloads are kept.
        subjects: whose newest reading is another now, and `moved` as they are in hand; `records` that changed.
    """

    stored: int = 0
    duplicates: int = 0
    revised: int = 0
    late: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    intake_ids: list[UUID] = field(default_factory=list)
    subjects: list[UUID] = field(default_factory=list)
    moved: list[Subject] = field(default_factory=list)
    records: list[UUID] = field(default_factory=list)


def take(
    connector_id: UUID,
    items: Iterable[Item],
    raw: Raw | Sequence[Raw] = (),
    *,
    replay_of: UUID | None = None,
) -> Taken:
    """Store items of one source and the payloads that they came from, in one transaction.

    The same items again are the same items once; late ones fill the past; another value for a known moment is a
    revision. A payload that could not be read at all is given as a `Raw` with its error and no items. Publishes
    ReadingsChanged and RecordChanged, and whatever follows from limits and rules.

    Raises: NotFoundError for an unknown connector.
    """
    now = clock.now()
    payloads = (raw,) if isinstance(raw, Raw) else tuple(raw)
    with transaction.atomic():
        connector = sources.lock(connector_id)
        if connector is None:
            raise NotFoundError
        given = tuple(items)
        taken = store_items(connector, given, payloads, now, replay_of=replay_of)
        wrong = [] if given else [_wrong(one) for one in payloads]
        if wrong and all(wrong):
            connector.health, connector.last_error = Health.FAILING, wrong[-1][:500]
            connector.failures += 1
        else:
            connector.health, connector.last_error, connector.failures = Health.OK, "", 0
            connector.last_ok_at = now
        connector.last_pulled_at = now
        connector.save(update_fields=["health", "last_error", "failures", "last_ok_at", "last_pulled_at"])
        freshness.judge(connector, now, only=taken.moved)
    return taken


def _wrong(raw: Raw) -> str:
    """Why nothing of a payload that brought no items could be used; "" where nothing was wrong with it."""
    return raw.error or (f"{raw.rejections[0].field} {raw.rejections[0].reason}" if raw.rejections else "")


def store_items(
    connector: Connector,
    items: Sequence[Item],
    raw: Sequence[Raw],
    now: datetime,
    *,
    replay_of: UUID | None = None,
) -> Taken:
    """The part of `take` inside the transaction of one who holds the connector's row."""
    taken = Taken()
    readings, records = _admitted(connector, items, taken)
    saved = readings_store.save(connector, derived.with_derived(connector, readings), now)
    changes, known = records_store.save(connector, records, now)
    taken.stored, taken.revised, taken.late = saved.stored, saved.revised, saved.late
    taken.duplicates = saved.duplicates + known
    taken.moved, taken.subjects = saved.subjects, [one.pk for one in saved.subjects]
    taken.records = [change.record.pk for change in changes]
    taken.intake_ids = store.add(
        connector, raw, now, items=len(items), rejections=taken.rejections, replay_of=replay_of
    )
    with sources.subscriptions_read_once():
        events.publish_many(ReadingsChanged(connector.pk, subject_id) for subject_id in taken.subjects)
        judging.judge_readings(connector, saved.moved, now)
    for change in changes:
        events.publish(RecordChanged(connector.pk, change.record.pk, change.is_new))
        alerts.signal(change.record, now)
    return taken


def _admitted(
    connector: Connector, items: Sequence[Item], taken: Taken
) -> tuple[list[Reading], list[tuple[Record, Stage]]]:
    """What the connector's allow-list and its table of stages let in."""
    allowed = frozenset(connector.field_allow_list)
    readings: list[Reading] = []
    records: list[tuple[Record, Stage]] = []
    for line, item in enumerate(items, 1):
        if isinstance(item, Record):
            stage = stage_of(connector.stages, item.code, item.stage_name)
            if stage is None:
                taken.rejections.append(no_stage(line, item.code))
            else:
                records.append((item, stage))
        elif not is_allowed(item.source_field, allowed):
            text = _("字段“{field}”不在允许取用的清单内。")
            taken.rejections.append(Rejection(line, item.source_field, text.format(field=item.source_field)))
        elif item.quality not in QUALITIES:
            text = _("质量标识“{quality}”无法识别。")
            taken.rejections.append(Rejection(line, "quality", text.format(quality=item.quality)))
        else:
            readings.append(item)
    return readings, records


def stage_of(stages: Mapping[str, Any], code: str, name: str = "") -> Stage | None:
    """What a code of this source means; None where its table has no line for it."""
    found = stages.get(code)
    if not isinstance(found, Mapping) or found.get("state") not in RecordState.values:
        return None
    return Stage(RecordState(found["state"]), name or str(found.get("name") or code))


def no_stage(line: int, code: str) -> Rejection:
    """A code that the table of stages has no line for."""
    text = _("环节代码“{code}”没有对应的状态。请在数据源的环节对照表中补充后重放。")
    return Rejection(line, "code", text.format(code=code))
