"""Queries of the ladder: the step that is due, whom it reaches next, attempts that wait for a gateway."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from common import clock
from directory.store.models import Staff
from workflows.store.models import OrderAttempt, OrderRecipient, OrderRung, OrderUnit

_PEOPLE = """
SELECT r.id, r.id, r.unit_id, r.staff_id, r.name FROM workflows_orderrecipient r
WHERE r.order_id = %(order)s AND r.version = %(version)s AND r.id > %(after)s
    AND r.state IN ('pending', 'delivered', 'unreachable')
ORDER BY r.id LIMIT %(limit)s
"""

# Units that have not received, with whoever holds the posts: by role, or by a relation of the unit.
_UNITS = """
WITH unit AS (
    SELECT u.id, u.unit_id FROM workflows_orderunit u
    WHERE u.order_id = %(order)s AND u.version = %(version)s AND u.id > %(after)s
        AND u.expects AND u.received_at IS NULL AND u.declined_at IS NULL
    ORDER BY u.id LIMIT %(limit)s
), post AS (
    SELECT DISTINCT x.id, x.unit_id, p.id AS post_id, p.role = %(role)s AS named FROM unit x
    JOIN directory_post p ON p.unit_id = x.unit_id AND p.role = ANY (%(roles)s::text[])
  UNION
    SELECT x.id, x.unit_id, r.post_id, true FROM unit x
    JOIN directory_unitrelation r ON r.unit_id = x.unit_id AND r.kind = ANY (%(kinds)s::text[])
), best AS (
    SELECT *, bool_or(named) OVER (PARTITION BY unit_id) AS any_named FROM post
)
SELECT b.id, NULL, b.unit_id, s.id, s.name FROM best b
JOIN directory_appointment a ON a.post_id = b.post_id AND a.valid_from <= %(today)s
    AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
JOIN directory_staff s ON s.id = a.staff_id AND s.is_active AND s.kind = 'person'
WHERE b.named OR NOT b.any_named
UNION ALL
SELECT x.id, NULL, x.unit_id, NULL, '' FROM unit x WHERE NOT EXISTS (
    SELECT FROM best b JOIN directory_appointment a ON a.post_id = b.post_id AND a.valid_from <= %(today)s
        AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
    JOIN directory_staff s ON s.id = a.staff_id AND s.is_active AND s.kind = 'person' WHERE b.id = x.id)
ORDER BY 1, 4
"""


@dataclass(frozen=True)
class Target:
    """Somebody to reach. `cursor`: how far the step has got with it. `staff_id` 0: a unit without anybody."""

    cursor: int
    recipient_id: int | None
    unit_id: UUID
    staff_id: int
    name: str
    channel: str

    def by(self, channel: str) -> "Target":
        return replace(self, channel=channel)


def take_due(now: datetime) -> OrderRung | None:
    """The longest due step that no other worker is planning, locked."""
    found = OrderRung.objects.filter(due_at__lte=now, ended_at__isnull=True, order__state="issued")
    return (
        found.filter(version=F("order__version"))
        .select_related("order")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("due_at", "id")
        .first()
    )


def unread_people(rung: OrderRung, limit: int) -> list[Target]:
    return _targets(_PEOPLE, rung, {"limit": limit}, channel=rung.step)


def duty_posts(rung: OrderRung, limit: int) -> list[Target]:
    """Duty officers; where a unit has none, its office."""
    return _targets(
        _UNITS,
        rung,
        {"limit": limit, "role": "duty_officer", "roles": ["duty_officer", "office"], "kinds": []},
        channel="app",
    )


def leaders(rung: OrderRung, limit: int) -> list[Target]:
    """Leaders in charge of the unit; where none is named, its principal leader or head."""
    kinds = ["leader_in_charge"]
    params = {"limit": limit, "role": "", "roles": ["head"], "kinds": kinds}
    return _targets(_UNITS, rung, params, channel="app")


def _targets(sql: str, rung: OrderRung, params: dict[str, Any], *, channel: str) -> list[Target]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "order": rung.order_id,
                "version": rung.version,
                "after": rung.done_to,
                "today": clock.today(),
                **params,
            },
        )
        return [Target(row[0], row[1], row[2], row[3] or 0, row[4], channel) for row in cursor.fetchall()]


def add_attempts(rung: OrderRung, targets: Sequence[Target], now: datetime) -> None:
    """A unit without anybody to tell is a failed attempt at once: it must be on the board."""
    OrderAttempt.objects.bulk_create(
        (
            OrderAttempt(
                order_id=rung.order_id, version=rung.version, rung=rung, recipient_id=target.recipient_id,
                unit_id=target.unit_id, to_staff_id=target.staff_id, to_name=target.name, channel=target.channel,
                at=now, state="trying" if target.staff_id else "failed",
                answer="" if target.staff_id else "单位没有在任的值班员或负责人",
                answered_at=None if target.staff_id else now,
            )
            for target in targets
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )  # fmt: skip


def lock_trying(limit: int) -> list[OrderAttempt]:
    found = OrderAttempt.objects.filter(state="trying").select_related("order", "recipient", "rung")
    return list(found.select_for_update(of=("self",), skip_locked=True).order_by("at", "id")[:limit])


def settled_among(tries: Iterable[OrderAttempt]) -> dict[UUID, str]:
    """Attempts that have become needless: signed for or read meanwhile, the order ended or corrected."""
    rows = list(tries)
    units = OrderUnit.objects.filter(
        order_id__in={row.order_id for row in rows},
        unit_id__in={row.unit_id for row in rows},
        received_at__isnull=False,
    )
    received = {(row.order_id, row.version, row.unit_id) for row in units}
    gone = {}
    for row in rows:
        if row.order.state != "issued" or row.order.version != row.version:
            gone[row.pk] = "指令已终结或更正，未再发送"
        elif row.recipient is not None:
            if row.recipient.state not in {"pending", "delivered", "unreachable"}:
                gone[row.pk] = "已读或已签收，未再发送"
        elif (row.order_id, row.version, row.unit_id) in received:
            gone[row.pk] = "单位已签收，未再发送"
    return gone


def save_answers(tries: Sequence[OrderAttempt]) -> None:
    OrderAttempt.objects.bulk_update(tries, ["state", "answer", "answered_at", "address"], batch_size=500)


def mark_unreachable(recipient_ids: Iterable[int]) -> None:
    """Who had not even got it in the app, and whom no channel reached so far."""
    OrderRecipient.objects.filter(pk__in=list(recipient_ids), state="pending").update(state="unreachable")


def phones(staff_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(phone, staff number) by person."""
    rows = Staff.objects.filter(pk__in=list(staff_ids)).values_list("pk", "phone", "staff_number")
    return {pk: (phone, number) for pk, phone, number in rows}
