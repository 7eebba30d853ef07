"""Queries on alerts, limits, rules and what rules remember."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from connectors.rules.sentences import Named
from connectors.store.models import (
    Alert,
    AlertChange,
    AlertRule,
    Connector,
    Metric,
    Record,
    RuleMemory,
    ThresholdTable,
)

MemoryKey = tuple[str, UUID, str]


def lock_open(subject_ids: Collection[UUID]) -> list[Alert]:
    """Alerts that are open for these subjects."""
    rows = Alert.objects.select_for_update(no_key=True, of=("self",)).filter(
        subject__in=subject_ids, record__isnull=True, closed_at__isnull=True
    )
    return list(rows.order_by("pk"))


def lock_open_of_source(connector: Connector) -> list[Alert]:
    """All that are open, also those that follow a record."""
    rows = Alert.objects.select_for_update(no_key=True, of=("self",))
    return list(rows.filter(connector=connector, closed_at__isnull=True).order_by("pk"))


def lock_open_of_record(record: Record) -> Alert | None:
    rows = Alert.objects.select_for_update(no_key=True).filter(record=record, closed_at__isnull=True)
    return rows.first()


def lock(alert_id: UUID) -> Alert | None:
    return Alert.objects.select_for_update(no_key=True, of=("self",)).filter(pk=alert_id).first()


def find(alert_id: UUID) -> Alert | None:
    """With source, subject, record and every change."""
    return shown().prefetch_related("changes").filter(pk=alert_id).first()


def shown() -> QuerySet[Alert]:
    return Alert.objects.select_related("connector__owner_unit", "subject", "record")


def page(where: Q, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Alert]:
    """Newest first."""
    rows = shown().filter(where)
    if after is not None:
        moment, key = after
        rows = rows.filter(Q(opened_at__lt=moment) | Q(opened_at=moment, pk__lt=key))
    return list(rows.order_by("-opened_at", "-pk")[:limit])


def save_all(alerts: list[Alert]) -> None:
    """Store new ones and those that changed, in one statement."""
    fields = [one.name for one in Alert._meta.concrete_fields if not one.primary_key]  # noqa: SLF001 - public by name
    Alert.objects.bulk_create(
        alerts, update_conflicts=True, update_fields=fields, unique_fields=["id"], batch_size=500
    )


def add_changes(changes: Iterable[AlertChange]) -> None:
    AlertChange.objects.bulk_create(changes)


def tables(connector: Connector, subject_ids: Collection[UUID]) -> list[ThresholdTable]:
    """Tables in use for these subjects, with their limits."""
    rows = ThresholdTable.objects.filter(connector=connector, is_enabled=True)
    mine = rows.filter(Q(subject__isnull=True) | Q(subject__in=subject_ids))
    return list(mine.prefetch_related("bands"))


def subjects_with_table(connector: Connector, metric: str) -> set[UUID]:
    """Subjects for which their source's table does not count: they have one of their own."""
    mine = ThresholdTable.objects.filter(connector=connector, metric=metric, is_enabled=True)
    return set(mine.exclude(subject__isnull=True).values_list("subject_id", flat=True))


def rules(connector: Connector) -> list[AlertRule]:
    return list(AlertRule.objects.filter(connector=connector, is_enabled=True).order_by("pk"))


def memories(rule_keys: Collection[str], subject_ids: Collection[UUID]) -> dict[MemoryKey, dict[str, Any]]:
    rows = RuleMemory.objects.filter(rule__in=rule_keys, subject__in=subject_ids)
    return {(row.rule, row.subject_id, row.metric_key): row.state for row in rows}


def remember(states: dict[MemoryKey, dict[str, Any]]) -> None:
    rows = [
        RuleMemory(rule=rule, subject_id=subject_id, metric_key=metric, state=state)
        for (rule, subject_id, metric), state in states.items()
    ]
    RuleMemory.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["state"],
        unique_fields=["rule", "subject_id", "metric_key"],
        batch_size=500,
    )


def forget_rule(rule_key: str) -> None:
    RuleMemory.objects.filter(rule=rule_key).delete()


def names_of(connector_id: UUID) -> dict[str, Named]:
    """What the metrics of a source are called."""
    rows = Metric.objects.filter(subject__connector=connector_id).order_by("key", "pk").distinct("key")
    return {key: Named(name, unit) for key, name, unit in rows.values_list("key", "name", "unit")}
