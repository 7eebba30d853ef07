"""Which rooms get what, and who may see it: by post, or as a member of a room that is subscribed."""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from common import clock
from connectors.rules.levels import weight
from connectors.store import sources as store
from connectors.store.models import Alert, Connector, Kind, Metric, Record, Shows, Subject, Subscription
from directory.actors import Actor
from directory.services.rights import Scope, may

WEEK = tuple(range(1, 8))
MASK = "***"


def status_rooms(connector_id: UUID, subject_id: UUID) -> list[str]:
    """Rooms that want this subject's status card now."""
    wanted = store.subscriptions_of(connector_id, subject_id)
    now = clock.local(clock.now())
    return sorted({one.room_id for one in wanted if shows(one, Shows.STATUS) and in_hours(one, now)})


def alert_rooms(alert: Alert) -> list[str]:
    """Rooms that want this alert. Hours do not matter: an alert comes at any time."""
    wanted = store.subscriptions_of(alert.connector_id, alert.subject_id)
    return sorted({one.room_id for one in wanted if shows(one, Shows.ALERTS) and lets_alert(one, alert)})


def record_rooms(record: Record) -> list[str]:
    wanted = store.subscriptions_of(record.connector_id, None)
    return sorted({one.room_id for one in wanted if shows(one, Shows.RECORDS) and lets_record(one, record)})


def brief_subscriptions(now: datetime, *, within: timedelta) -> list[Subscription]:
    """Those whose daily brief became due within this time."""
    local = clock.local(now)
    due = []
    for one in store.subscriptions_with(Shows.BRIEF):
        at = time.fromisoformat(str(one.when.get("brief_at", "08:00")))
        begins = datetime.combine(local.date(), at, local.tzinfo)
        if local.isoweekday() in one.when.get("brief_days", WEEK) and begins <= local < begins + within:
            due.append(one)
    return due


def masks_of(room_id: str, connector_id: UUID) -> frozenset[str]:
    """Keys whose values this room sees as ***."""
    found = store.find_subscription(room_id, connector_id)
    return frozenset(found.masks) if found else frozenset()


def shows(one: Subscription, what: str) -> bool:
    return what in one.what


def in_hours(one: Subscription, local: datetime) -> bool:
    if local.isoweekday() not in one.when.get("days", WEEK):
        return False
    first = time.fromisoformat(str(one.when.get("from", "00:00")))
    last = time.fromisoformat(str(one.when.get("to", "23:59")))
    now = local.time().replace(second=0, microsecond=0)
    return first <= now <= last if first <= last else now >= first or now <= last


def lets_alert(one: Subscription, alert: Alert) -> bool:
    metrics = one.filter.get("metrics")
    if metrics and alert.metric_key and alert.metric_key not in metrics:
        return False
    if weight(alert.level) < weight(str(one.filter.get("least", ""))):
        return False
    place = alert.subject.place if alert.subject else alert.record.place if alert.record else ""
    return _lets_place(one.filter, place)


def lets_record(one: Subscription, record: Record) -> bool:
    kinds = one.filter.get("kinds")
    return (not kinds or record.kind in kinds) and _lets_place(one.filter, record.place)


def _lets_place(wanted: dict[str, Any], place: str) -> bool:
    places: Iterable[str] = wanted.get("places") or ()
    return not places or any(one in place for one in places)


def visible(actor: Actor) -> Q:
    """Of alerts: those of sources that the actor may see, or of rooms that the actor is in."""
    whole, single = store.shared_with(actor.staff_id)
    return Q(connector__in=_seen(actor) | whole) | Q(subject__in=single)


def visible_records(actor: Actor) -> Q:
    whole, _single = store.shared_with(actor.staff_id)
    return Q(connector__in=_seen(actor) | whole)


def visible_metrics(actor: Actor) -> Q:
    whole, single = store.shared_with(actor.staff_id)
    return Q(subject__connector__in=_seen(actor) | whole) | Q(subject__in=single)


def unmasked(actor: Actor) -> Callable[[Metric], bool]:
    """Whether the person may read a quantity: by the post, or where one room at least does not mask it."""
    is_shown = unmasked_keys(actor)
    return lambda metric: is_shown(metric.subject.connector_id, metric.subject_id, metric.key)


def unmasked_keys(actor: Actor) -> Callable[[UUID, UUID | None, str], bool]:
    """The same of anything that a mask may name: by source, subject (None for what is a record's) and key."""
    seen = _seen(actor)
    mine = [
        (one.connector_id, {subject.pk for subject in one.subjects.all()}, frozenset(one.masks))
        for one in store.joined_subscriptions(actor.staff_id).prefetch_related("subjects")
    ]

    def is_shown(source: UUID, subject_id: UUID | None, key: str) -> bool:
        return source in seen or any(
            source == connector and key not in masks and (not named or subject_id in named)
            for connector, named, masks in mine
        )

    return is_shown


def tile_subjects(actor: Actor, *, most: int) -> list[Subject]:
    """Subjects with a value: those that the person's rooms named, then the first of each source in sight."""
    whole, single = store.shared_with(actor.staff_id)
    return store.tile_subjects(single, whole | _seen(actor), most)


def may_read(actor: Actor, connector: Connector) -> bool:
    """By the post; whoever types a source's values in sees them and what comes of them, too."""
    scope = Scope(unit_id=connector.owner_unit_id)
    by_hand = connector.kind == Kind.MANUAL and may(actor, "connector.enter", scope)
    return by_hand or may(actor, "connector.view", scope)


def may_see(actor: Actor, thing: Alert | Record) -> bool:
    if may_read(actor, thing.connector):
        return True
    whole, single = store.shared_with(actor.staff_id)
    return thing.connector_id in whole or (isinstance(thing, Alert) and thing.subject_id in single)


def _seen(actor: Actor) -> set[UUID]:
    return {one.pk for one in store.all_units() if may_read(actor, one)}
