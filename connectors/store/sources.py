"""Queries on connectors, their runs and who is subscribed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import TruncHour

from chatops.store.cards import rooms_of as joined_rooms
from chatops.store.models import RoomKind
from chatops.store.rooms import find_room, joined_ids
from common.store.updates import update_many
from connectors.store.models import (
    Connector,
    Freshness,
    Health,
    IntakeOutcome,
    Kind,
    Metric,
    Outcome,
    PullRun,
    RawIntake,
    Subject,
    Subscription,
)
from directory.store.models import Staff

RUNS_KEPT = timedelta(days=7)
PUSHING = (Kind.WEBHOOK, Kind.MQTT, Kind.HJ212, Kind.SL651, Kind.MANUAL)


def claim(connector_id: UUID, now: datetime, until: datetime) -> bool:
    """Take the right to pull until then; False when it is disabled, unknown, or being pulled."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return Connector.objects.filter(free, pk=connector_id, is_enabled=True).update(claimed_until=until) > 0


def release(connector_id: UUID) -> None:
    Connector.objects.filter(pk=connector_id).update(claimed_until=None)


def lock(connector_id: UUID) -> Connector | None:
    kept = Connector.objects.filter(removed_at__isnull=True)
    return kept.select_for_update(no_key=True).filter(pk=connector_id).first()


def find(connector_id: UUID) -> Connector | None:
    kept = Connector.objects.filter(removed_at__isnull=True)
    return kept.select_related("owner_unit", "owner").filter(pk=connector_id).first()


def find_by_key(key: str) -> Connector | None:
    return Connector.objects.filter(key=key).first()


def list_listening(kinds: list[str]) -> QuerySet[Connector]:
    return Connector.objects.filter(kind__in=kinds, is_enabled=True).order_by("key")


def note_failure(connector_id: UUID, text: str) -> None:
    failing = {"health": Health.FAILING, "last_error": text, "failures": F("failures") + 1}
    Connector.objects.filter(pk=connector_id).update(**failing)


def list_with_counts(now: datetime) -> QuerySet[Connector]:
    """All connectors with `subject_count` and `old_count`: subjects that are stale or lost now.

    What was judged at the last pull is not asked: while nobody pulls, it would stay fresh.
    """
    fresh_since = ExpressionWrapper(
        Value(now, DateTimeField()) - F("fresh_for_s") * Value(timedelta(seconds=1), DurationField()),
        output_field=DateTimeField(),
    )
    old = Q(subjects__observed_at__lt=fresh_since) | Q(subjects__pk__isnull=False, subjects__observed_at=None)
    counts = {"subject_count": Count("subjects"), "old_count": Count("subjects", filter=old)}
    kept = Connector.objects.filter(removed_at__isnull=True)
    return kept.select_related("owner_unit", "owner").annotate(**counts)


def add_run(run: PullRun) -> None:
    run.save(force_insert=True)


def forget_runs(now: datetime) -> int:
    """Let go of those older than a week."""
    deleted, _ = PullRun.objects.filter(started_at__lt=now - RUNS_KEPT).delete()
    return deleted


def last_runs(connector_id: UUID, limit: int) -> list[PullRun]:
    return list(PullRun.objects.filter(connector=connector_id).order_by("-started_at")[:limit])


def observed_subjects(connector: Connector) -> list[Subject]:
    """Subjects that have had a reading."""
    return list(connector.subjects.filter(observed_at__isnull=False))


def metric_observed_at(subject_id: UUID, key: str) -> datetime | None:
    found = Metric.objects.filter(subject=subject_id, key=key)
    return found.values_list("observed_at", flat=True).first()


def has_living_subjects(connector_id: UUID) -> bool:
    """Whether any subject has had a reading and is not lost yet."""
    observed = Subject.objects.filter(connector=connector_id, observed_at__isnull=False)
    return observed.exclude(freshness=Freshness.LOST).exists()


def save_freshness(subjects: list[Subject]) -> None:
    update_many(subjects, ["freshness", "freshness_since"])


def subscribed_rooms(connector_id: UUID, subject_id: UUID) -> list[str]:
    """Rooms that want this subject: named, or by wanting all of its connector."""
    mine = Subscription.objects.filter(connector=connector_id).annotate(named=Count("subjects"))
    wanted = mine.filter(Q(named=0) | Q(subjects=subject_id))
    return sorted(set(wanted.values_list("room_id", flat=True)))


def room_subjects(room_id: str) -> list[Subject]:
    """Every subject that a room is subscribed to, in the order of their codes."""
    found: dict[UUID, Subject] = {}
    for subscription in Subscription.objects.filter(room_id=room_id).prefetch_related("subjects"):
        named = list(subscription.subjects.all())
        for subject in named or Subject.objects.filter(connector=subscription.connector_id):
            found[subject.pk] = subject
    return sorted(found.values(), key=lambda one: (one.connector_id, one.code))


def put_subscription(
    room_id: str, connector: Connector, codes: list[str], wanted: dict[str, Any]
) -> Subscription:
    subscription, _ = Subscription.objects.update_or_create(
        room_id=room_id, connector=connector, defaults=wanted
    )
    subscription.subjects.set(connector.subjects.filter(code__in=codes))
    return subscription


def is_direct_with(room_id: str, staff_ids: set[int]) -> bool:
    """Whether this is a room of two, one of them among these and the other a bot."""
    room = find_room(room_id)
    if room is None or room.kind != RoomKind.DIRECT:
        return False
    people = set(Staff.objects.filter(pk__in=joined_ids(room.pk), kind="person").values_list("pk", flat=True))
    return bool(people) and people <= staff_ids


def remove_subscription(room_id: str, connector_id: UUID) -> bool:
    deleted, _ = Subscription.objects.filter(room_id=room_id, connector=connector_id).delete()
    return deleted > 0


_read_once: ContextVar[dict[UUID, list[Subscription]] | None] = ContextVar("subscriptions", default=None)


@contextmanager
def subscriptions_read_once() -> Iterator[None]:
    """Within this block a source's subscriptions are read once: a batch of hundreds of subjects asks for each."""
    token = _read_once.set({})
    try:
        yield
    finally:
        _read_once.reset(token)


def subscriptions_of(connector_id: UUID, subject_id: UUID | None) -> list[Subscription]:
    """Subscriptions to a source that name this subject, or none; without a subject all."""
    known = _read_once.get()
    if known is None:
        mine = list(_with_subjects(connector_id))
    else:
        if connector_id not in known:
            known[connector_id] = list(_with_subjects(connector_id))
        mine = known[connector_id]
    if subject_id is None:
        return mine
    return [
        one for one in mine if not (named := {each.pk for each in one.subjects.all()}) or subject_id in named
    ]


def _with_subjects(connector_id: UUID) -> QuerySet[Subscription]:
    return Subscription.objects.filter(connector=connector_id).prefetch_related("subjects")


def subscriptions_with(what: str) -> list[Subscription]:
    return list(Subscription.objects.filter(what__contains=[what]).select_related("connector"))


def find_subscription(room_id: str, connector_id: UUID) -> Subscription | None:
    return Subscription.objects.filter(room_id=room_id, connector=connector_id).first()


def subscriptions_to(connector_id: UUID) -> list[Subscription]:
    rows = Subscription.objects.filter(connector=connector_id).prefetch_related("subjects")
    return list(rows.order_by("room_id"))


def all_units() -> list[Connector]:
    """Every source that is not removed, with no more than its key, kind and owner."""
    return list(Connector.objects.filter(removed_at__isnull=True).only("pk", "kind", "owner_unit_id"))


def joined_subscriptions(staff_id: int) -> QuerySet[Subscription]:
    """Those of rooms that this person has joined."""
    rooms = set(Subscription.objects.values_list("room_id", flat=True).distinct())
    return Subscription.objects.filter(room_id__in=joined_rooms(staff_id, rooms))


def shared_with(staff_id: int) -> tuple[set[UUID], set[UUID]]:
    """What rooms that this person has joined are subscribed to: whole sources, and single subjects."""
    mine = joined_subscriptions(staff_id).annotate(named=Count("subjects"))
    whole = set(mine.filter(named=0).values_list("connector_id", flat=True))
    return whole, set(mine.filter(named__gt=0).values_list("subjects", flat=True))


def tile_subjects(named: set[UUID], connectors: set[UUID], most: int) -> list[Subject]:
    """With a value: the named ones by name, then the first by code of each of these sources."""
    living = Subject.objects.filter(observed_at__isnull=False, connector__is_enabled=True)
    first = list(living.filter(pk__in=named).order_by("name", "pk")[:most])
    by_source = ("connector__name", "connector_id")
    of_each = living.filter(connector__in=connectors).order_by(*by_source, "code").distinct(*by_source)
    known = {one.connector_id for one in first}
    others = [one for one in of_each if one.connector_id not in known]
    return [*first, *others][:most]


def connectors_of_room(room_id: str) -> set[UUID]:
    return set(Subscription.objects.filter(room_id=room_id).values_list("connector_id", flat=True))


def subscriptions_of_room(room_id: str) -> list[Subscription]:
    return list(Subscription.objects.filter(room_id=room_id).select_related("connector"))


def activity(connector_ids: Collection[UUID], since: datetime) -> list[tuple[UUID, datetime, bool, int]]:
    """Connector, hour, whether it went well, how often: of pulls, and of what was pushed to us."""
    hour = TruncHour("started_at")
    runs = PullRun.objects.filter(connector__in=connector_ids, started_at__gte=since)
    pulled = runs.annotate(hour=hour, went=~Q(outcome=Outcome.FAILED)).values_list(
        "connector_id", "hour", "went"
    )
    taken = RawIntake.objects.filter(
        connector__in=connector_ids, received_at__gte=since, replay_of__isnull=True
    )
    pushed = (
        taken.filter(connector__kind__in=PUSHING)
        .annotate(hour=TruncHour("received_at"), went=~Q(outcome=IntakeOutcome.REFUSED))
        .values_list("connector_id", "hour", "went")
    )
    return [*pulled.annotate(n=Count("pk")), *pushed.annotate(n=Count("id"))]
