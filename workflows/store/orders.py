"""Queries on orders."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from chatops.store.models import Room
from workflows.rules.orders import OPEN_STATES
from workflows.store.models import (
    Order,
    OrderHistory,
    OrderRecipient,
    OrderRoom,
    OrderSeries,
    OrderTemplate,
    OrderTick,
    OrderUnit,
    OrderVersion,
    OrderWatch,
)


def shown() -> QuerySet[Order]:
    return Order.objects.select_related("taskforce", "issuer_unit", "issuer").prefetch_related(
        "taskforce__units"
    )


def find(order_id: UUID) -> Order | None:
    return shown().filter(pk=order_id).first()


def find_shared(order_id: UUID) -> Order:
    """Locked against its end or correction, not against other recipients, who all share the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM workflows_order WHERE id = %s FOR SHARE", [order_id])
    return shown().get(pk=order_id)


def lock(order_id: UUID) -> Order:
    return shown().select_for_update(of=("self",)).get(pk=order_id)


def by_number(number: str) -> Order | None:
    return shown().filter(number=number).first()


def receipt(order_id: UUID, version: int, staff_id: int) -> OrderRecipient | None:
    found = OrderRecipient.objects.filter(order_id=order_id, version=version, staff_id=staff_id)
    return found.select_related("unit").first()


def lock_receipt(order_id: UUID, version: int, staff_id: int) -> OrderRecipient | None:
    found = OrderRecipient.objects.filter(order_id=order_id, version=version, staff_id=staff_id)
    return found.select_related("unit").select_for_update(of=("self",)).first()


def was_recipient(order_id: UUID, staff_id: int) -> bool:
    return OrderRecipient.objects.filter(order_id=order_id, staff_id=staff_id).exists()


def reached_unit(order_id: UUID, unit_id: UUID) -> bool:
    return OrderUnit.objects.filter(order_id=order_id, unit_id=unit_id).exists()


def unit_row(order_id: UUID, version: int, unit_id: UUID) -> OrderUnit | None:
    return OrderUnit.objects.filter(order_id=order_id, version=version, unit_id=unit_id).first()


def listed(
    *, everything: bool, issuer_units: Iterable[UUID], post_id: UUID | None, forces: Iterable[UUID]
) -> QuerySet[Order]:
    """Orders whose board the viewer may see, newest first."""
    found = shown().order_by("-created_at", "-id")
    if everything:
        return found
    mine = Q(issuer_unit_id__in=list(issuer_units)) | Q(taskforce_id__in=list(forces))
    return found.filter(mine | Q(issuer_post_id=post_id)) if post_id else found.filter(mine)


def own_draft(unit_id: UUID | None) -> Q:
    return Q(issuer_unit_id=unit_id) if unit_id else Q(pk__isnull=True)


def named_like(rows: QuerySet[Order], text: str) -> QuerySet[Order]:
    return rows.filter(Q(title__icontains=text) | Q(number__icontains=text))


def received_by(staff_id: int, ending: str) -> list[Order]:
    """Issued orders whose number ends like this and that this person has received, newest first."""
    rows = shown().filter(
        number__endswith=ending,
        state="issued",
        recipients__staff_id=staff_id,
        recipients__version=F("version"),
    )
    return list(rows.distinct().order_by("-issued_at")[:10])


def take_number(organ_code: str, year: int) -> int:
    """The next number of the series: its row stays locked until the commit, so none is lost or given twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO workflows_orderseries (organ_code, year, next) VALUES (%s, %s, 2)
            ON CONFLICT ON CONSTRAINT order_series_once DO UPDATE SET next = workflows_orderseries.next + 1
            RETURNING next - 1""",
            [organ_code, year],
        )
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - the statement always returns one
    return int(row[0])


def series(organ_code: str, year: int) -> OrderSeries | None:
    return OrderSeries.objects.filter(organ_code=organ_code, year=year).first()


def last_organ_code(unit_id: UUID) -> str:
    found = Order.objects.filter(issuer_unit_id=unit_id, number__isnull=False).order_by("-issued_at")
    return found.values_list("organ_code", flat=True).first() or ""


def versions(order_id: UUID) -> list[OrderVersion]:
    return list(OrderVersion.objects.filter(order_id=order_id))


def history(order_id: UUID) -> list[OrderHistory]:
    return list(OrderHistory.objects.filter(order_id=order_id))


def counts(order_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """People by state and units of the present version of each order, in two statements."""
    wanted = list(order_ids)
    found: dict[UUID, dict[str, int]] = {order_id: {} for order_id in wanted}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.order_id, r.state, count(*) FROM workflows_orderrecipient r
            JOIN workflows_order o ON o.id = r.order_id AND o.version = r.version
            WHERE r.order_id = ANY (%s::uuid[]) GROUP BY 1, 2""",
            [wanted],
        )
        for order_id, state, number in cursor.fetchall():
            found[order_id][state] = number
        cursor.execute(
            """SELECT u.order_id, count(*) FILTER (WHERE u.expects),
                count(*) FILTER (WHERE u.expects AND u.received_at IS NOT NULL)
            FROM workflows_orderunit u JOIN workflows_order o ON o.id = u.order_id AND o.version = u.version
            WHERE u.order_id = ANY (%s::uuid[]) GROUP BY 1""",
            [wanted],
        )
        for order_id, due, received in cursor.fetchall():
            found[order_id] |= {"units_due": due, "units_received": received}
    return found


def open_to(staff_id: int, *, only_open: bool) -> QuerySet[OrderRecipient]:
    """Receipts of a person in present versions, newest order first."""
    found = OrderRecipient.objects.filter(staff_id=staff_id).exclude(order__state__in=("draft", "approved"))
    found = found.filter(version=F("order__version"))
    if only_open:
        found = found.filter(state__in=OPEN_STATES, order__state="issued")
    return found.select_related("order", "unit").order_by("-order__issued_at", "-pk")


def requests_among(pairs: Iterable[tuple[UUID, int, UUID]]) -> set[tuple[UUID, UUID]]:
    """Which of these (order, version, unit) are asked, not commanded."""
    wanted = list(pairs)
    if not wanted:
        return set()
    found = OrderUnit.objects.filter(
        order_id__in={order for order, _, _ in wanted},
        unit_id__in={unit for _, _, unit in wanted},
        is_request=True,
    )
    return set(found.values_list("order_id", "unit_id"))


def mark_delivered(
    staff_id: int, order_ids: Iterable[UUID], now: datetime, via: str
) -> list[tuple[UUID, UUID]]:
    """(order, unit) of the receipts that were pending until now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE workflows_orderrecipient r SET state = 'delivered', delivered_at = %s, via = %s
            FROM workflows_order o WHERE o.id = r.order_id AND o.version = r.version AND o.state = 'issued'
                AND r.staff_id = %s AND r.order_id = ANY (%s::uuid[]) AND r.state IN ('pending', 'unreachable')
            RETURNING r.order_id, r.unit_id""",
            [now, via, staff_id, list(order_ids)],
        )
        return list(cursor.fetchall())


def mark_taken(pairs: list[tuple[int, int]], now: datetime) -> list[tuple[UUID, UUID]]:
    """Receipts whose person frame lies at or before the position that the person's client has taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE workflows_orderrecipient r SET state = 'delivered', delivered_at = %s, via = 'socket'
            FROM unnest(%s::bigint[], %s::bigint[]) AS x (staff, pos), workflows_order o
            WHERE r.staff_id = x.staff AND r.state IN ('pending', 'unreachable') AND o.id = r.order_id
                AND o.version = r.version AND o.state = 'issued' AND EXISTS (
                    SELECT FROM chatops_stream s WHERE s.staff_id = x.staff AND s.pos <= x.pos AND s.kind = 6
                        AND s.body ->> 'kind' = 'order' AND s.body ->> 'id' = r.order_id::text
                        AND (s.body ->> 'version')::int = r.version)
            RETURNING r.order_id, r.unit_id""",
            [now, [staff for staff, _ in pairs], [pos for _, pos in pairs]],
        )
        return list(cursor.fetchall())


def receive_units(
    order_id: UUID,
    version: int,
    unit_ids: Iterable[UUID],
    *,
    by_name: str,
    by_post: str,
    how: str,
    now: datetime,
) -> int:
    """These units have received, unless they had already."""
    found = OrderUnit.objects.filter(
        order_id=order_id, version=version, unit_id__in=list(unit_ids), received_at__isnull=True
    )
    return found.update(received_at=now, by_name=by_name, by_post=by_post, how=how, declined_at=None)


def decline_unit(
    order_id: UUID, version: int, unit_id: UUID, *, by_name: str, by_post: str, reason: str, now: datetime
) -> None:
    """The unit's answer is no, unless it has received already."""
    found = OrderUnit.objects.filter(
        order_id=order_id, version=version, unit_id=unit_id, received_at__isnull=True
    )
    found.update(declined_at=now, by_name=by_name, by_post=by_post, how="declined", reason=reason)


def asked_units(order_id: UUID, version: int) -> set[UUID]:
    found = OrderUnit.objects.filter(order_id=order_id, version=version, is_request=True)
    return set(found.values_list("unit_id", flat=True))


def remind(
    order_id: UUID, version: int, units: Iterable[UUID], now: datetime, not_since: datetime
) -> tuple[int, datetime | None]:
    """Mark those who have not signed and were not reminded since; how many, and when the others were."""
    found = OrderRecipient.objects.filter(order_id=order_id, version=version, state__in=OPEN_STATES)
    if wanted := list(units):
        found = found.filter(unit_id__in=wanted)
    fresh = found.filter(Q(reminded_at__isnull=True) | Q(reminded_at__lte=not_since))
    told = fresh.update(reminded_at=now)
    return told, found.aggregate(last=Max("reminded_at"))["last"]


def units_answered_by(
    staff_id: int, order_id: UUID, version: int, today: Any, roles: Iterable[str]
) -> list[UUID]:
    """Units of this order for which the person answers today, by any of the posts held."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT u.unit_id FROM workflows_orderunit u JOIN directory_post p ON p.unit_id = u.unit_id
            JOIN directory_appointment a ON a.post_id = p.id AND a.staff_id = %s AND a.valid_from <= %s
                AND (a.valid_to IS NULL OR a.valid_to > %s)
            WHERE u.order_id = %s AND u.version = %s AND (p.role = ANY (%s::text[]) OR EXISTS (
                SELECT FROM directory_unitrelation r WHERE r.unit_id = p.unit_id AND r.post_id = p.id
                    AND r.kind = 'principal_leader'))""",
            [staff_id, today, today, order_id, version, list(roles)],
        )
        return [row[0] for row in cursor.fetchall()]


def tick(order_id: UUID, units: Iterable[UUID | None]) -> None:
    OrderTick.objects.bulk_create(OrderTick(order_id=order_id, unit_id=unit) for unit in set(units))


def take_ticks(limit: int) -> dict[UUID, set[UUID]]:
    """What changed since the last look, by order; removed in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM workflows_ordertick WHERE id IN (
                SELECT id FROM workflows_ordertick ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING order_id, unit_id""",
            [limit],
        )
        found: dict[UUID, set[UUID]] = {}
        for order_id, unit_id in cursor.fetchall():
            units = found.setdefault(order_id, set())
            if unit_id is not None:
                units.add(unit_id)
        return found


def watch(order_id: UUID, staff_id: int, until: datetime) -> None:
    OrderWatch.objects.bulk_create(
        [OrderWatch(order_id=order_id, staff_id=staff_id, until=until)],
        update_conflicts=True,
        unique_fields=["order", "staff_id"],
        update_fields=["until"],
    )


def watchers(order_id: UUID, now: datetime) -> list[int]:
    return list(
        OrderWatch.objects.filter(order_id=order_id, until__gt=now).values_list("staff_id", flat=True)
    )


def templates(unit_id: UUID) -> list[OrderTemplate]:
    return list(OrderTemplate.objects.filter(unit_id=unit_id))


def rooms_of(order_id: UUID, units: Iterable[UUID] | None = None) -> list[str]:
    """Rooms with a card of the order; with `units` only those whose bar may have moved: theirs and mixed ones."""
    found = OrderRoom.objects.filter(order_id=order_id)
    if units is not None:
        rooms = Room.objects.filter(room_id=OuterRef("room_id"))
        found = found.filter(Exists(rooms.exclude(Q(kind="unit") & ~Q(unit__in=list(units)))))
    return list(found.values_list("room_id", flat=True))


def rooms_for(order_id: UUID, version: int, taskforce_room: str, limit: int) -> list[str]:
    """The standing rooms of the units that it reached, and the room of its task force; archived ones are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.room_id FROM chatops_room c JOIN workflows_orderunit u ON u.unit_id = c.unit
                AND u.order_id = %s AND u.version = %s
            WHERE c.kind = 'unit' AND c.archived_at IS NULL
            UNION SELECT c.room_id FROM chatops_room c WHERE c.room_id = %s AND c.archived_at IS NULL LIMIT %s""",
            [order_id, version, taskforce_room, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def keep_rooms(order_id: UUID, room_ids: Iterable[str]) -> None:
    rows = [OrderRoom(order_id=order_id, room_id=room_id) for room_id in room_ids]
    OrderRoom.objects.bulk_create(rows, ignore_conflicts=True)


def many(order_ids: Iterable[UUID]) -> list[Order]:
    return list(shown().filter(pk__in=list(order_ids)).exclude(state__in=("draft", "approved")))


def receipts_of(staff_id: int, order_ids: Iterable[UUID]) -> dict[UUID, OrderRecipient]:
    """The person's receipts in the present versions."""
    rows = OrderRecipient.objects.filter(
        staff_id=staff_id, order_id__in=list(order_ids), version=F("order__version")
    )
    return {row.order_id: row for row in rows.select_related("unit")}


def room_counts(order_id: UUID, version: int, room_id: str) -> tuple[int, int, int]:
    """Recipients among the room's members: confirmed, read only, neither."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE r.state IN ('signed_for', 'reported', 'substituted')),
                count(*) FILTER (WHERE r.state = 'read'),
                count(*) FILTER (WHERE r.state IN ('pending', 'delivered', 'unreachable'))
            FROM chatops_room c JOIN chatops_membership m ON m.room_id = c.id AND m.membership = 'join'
            JOIN workflows_orderrecipient r ON r.staff_id = m.staff_id AND r.order_id = %s AND r.version = %s
            WHERE c.room_id = %s""",
            [order_id, version, room_id],
        )
        row = cursor.fetchone()
    return (row[0], row[1], row[2]) if row else (0, 0, 0)


def raise_shown(order_id: UUID) -> None:
    Order.objects.filter(pk=order_id).update(shown=F("shown") + 1)
