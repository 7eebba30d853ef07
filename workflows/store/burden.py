"""Monthly counts of what reached people, each kind by one statement over all of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from directory.store.models import Appointment
from workflows.store.models import BurdenCount

Counts = dict[int, int]


def homes(day: date) -> dict[int, UUID]:
    """Person → unit of the main post on that day."""
    found = Appointment.objects.filter(is_primary=True, valid_from__lte=day, staff__kind="person")
    rows = found.exclude(valid_to__lte=day).values_list("staff_id", "post__unit_id")
    return dict(rows)


def groups(until_ms: int) -> Counts:
    """Groups that a person is in; talks of two are none."""
    return _counts(
        "SELECT m.staff_id, count(*) FROM chatops_membership m JOIN chatops_room r ON r.id = m.room_id"
        " WHERE m.membership = 'join' AND r.direct_key IS NULL AND r.archived_at IS NULL"
        " AND extract(epoch FROM r.created_at) * 1000 < %s GROUP BY 1",
        [until_ms],
    )


def orders(since: datetime, until: datetime) -> Counts:
    """Orders issued to the person; a correction counts again, since it must be read again. Drills count too."""
    return _counts(
        "SELECT r.staff_id, count(DISTINCT (r.order_id, r.version)) FROM workflows_orderrecipient r"
        " JOIN workflows_orderversion v ON v.order_id = r.order_id AND v.version = r.version"
        " WHERE v.issued_at >= %s AND v.issued_at < %s GROUP BY 1",
        [since, until],
    )


def forms(since_ms: int, until_ms: int) -> Counts:
    """Polls and forms in the person's groups."""
    return _counts(
        "SELECT m.staff_id, count(*) FROM chatops_event e JOIN chatops_membership m ON m.room_id = e.room_id"
        " WHERE e.ts >= %s AND e.ts < %s AND m.membership = 'join' AND e.sender_id <> m.staff_id"
        " AND e.rel_type IS NULL AND e.redacted_by IS NULL AND (e.type = 'm.poll.start'"
        " OR e.content -> 'org.tongzhou.card' ->> 'kind' = 'form') GROUP BY 1",
        [since_ms, until_ms],
    )


def pings(since_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """(person, moment in ms) of each naming in a message and each order that reached the person."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.staff_id, e.ts FROM chatops_mention n JOIN chatops_event e"
            " ON e.room_id = n.room_id AND e.seq = n.seq WHERE e.ts >= %s AND e.ts < %s AND e.sender_id <> n.staff_id"
            " UNION ALL SELECT staff_id, (extract(epoch FROM delivered_at) * 1000)::bigint"
            " FROM workflows_orderrecipient WHERE delivered_at >= to_timestamp(%s / 1000.0)"
            " AND delivered_at < to_timestamp(%s / 1000.0)",
            [since_ms, until_ms, since_ms, until_ms],
        )
        return list(cursor.fetchall())


def _counts(sql: str, params: Sequence[int | datetime]) -> Counts:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return dict(cursor.fetchall())


def replace(month: date, rows: Iterable[BurdenCount]) -> None:
    """The month's rows are those; inside one transaction, so that a reader sees all or none."""
    BurdenCount.objects.filter(month=month).delete()
    BurdenCount.objects.bulk_create(rows, batch_size=2000)


def of_person(staff_id: int, month: date) -> BurdenCount | None:
    return BurdenCount.objects.filter(month=month, staff_id=staff_id).first()


def people_of(unit_id: UUID, month: date) -> list[BurdenCount]:
    """In the order of the directory, never by figures."""
    found = BurdenCount.objects.filter(month=month, unit_id=unit_id, staff__isnull=False).select_related(
        "staff"
    )
    return list(found.order_by("staff__staff_number"))


def of_units(month: date) -> list[BurdenCount]:
    """In protocol order, never by figures."""
    found = BurdenCount.objects.filter(month=month, staff__isnull=True)
    return list(found.select_related("unit").order_by("unit__level", "unit__rank", "unit__code"))


def months() -> list[date]:
    return list(BurdenCount.objects.order_by("-month").values_list("month", flat=True).distinct()[:24])
