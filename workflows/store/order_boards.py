"""The board of an order: one statement per level of its tree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from workflows.rules.orders import OPEN_STATES, RECIPIENT_WORDS
from workflows.store.models import OrderAttempt, OrderRecipient, OrderRung, OrderUnit

_STATES = ", ".join(f"count(*) FILTER (WHERE r.state = '{state}') AS {state}" for state in RECIPIENT_WORDS)

_BY_PLACE = f"""
SELECT u.place_id, u.level, {_STATES} FROM workflows_orderrecipient r
JOIN workflows_orderunit u ON u.order_id = r.order_id AND u.version = r.version AND u.unit_id = r.unit_id
WHERE r.order_id = %s AND r.version = %s GROUP BY 1, 2
"""  # noqa: S608 - constant columns

_UNITS_BY_PLACE = """
SELECT u.place_id, u.level, count(*) FILTER (WHERE u.expects),
    count(*) FILTER (WHERE u.expects AND u.received_at IS NOT NULL), count(*)
FROM workflows_orderunit u WHERE u.order_id = %s AND u.version = %s GROUP BY 1, 2
"""

_UNITS = f"""
SELECT u.unit_id, u.unit_name, u.level, u.expects, u.is_request, u.why_not_commanded, u.received_at, u.declined_at,
    u.by_name, u.by_post, u.how, u.reason, {_STATES}
FROM workflows_orderunit u LEFT JOIN workflows_orderrecipient r
    ON r.order_id = u.order_id AND r.version = u.version AND r.unit_id = u.unit_id
JOIN directory_unit d ON d.id = u.unit_id
WHERE u.order_id = %(order)s AND u.version = %(version)s AND (%(place)s = '' OR u.place_id = %(place)s)
    AND (%(like)s = '' OR u.unit_name LIKE %(like)s OR EXISTS (SELECT FROM workflows_orderrecipient x
        WHERE x.order_id = u.order_id AND x.version = u.version AND x.unit_id = u.unit_id AND x.name LIKE %(like)s))
    AND (NOT %(unreached)s OR EXISTS (SELECT FROM workflows_orderrecipient x WHERE x.order_id = u.order_id
        AND x.version = u.version AND x.unit_id = u.unit_id AND x.state = ANY (%(open)s)))
    AND (%(units)s::uuid[] IS NULL OR u.unit_id = ANY (%(units)s::uuid[]))
GROUP BY u.id, d.rank, d.code ORDER BY d.rank, d.code LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 - constant columns


@dataclass(frozen=True)
class Group:
    """People of one place and level by state, and its units."""

    place: str
    level: str
    states: dict[str, int]
    units: int = 0


def by_place(order_id: UUID, version: int) -> list[Group]:
    """Two statements whatever the size; `states` holds units_due and units_received too."""
    with connection.cursor() as cursor:
        cursor.execute(_UNITS_BY_PLACE, [order_id, version])
        units = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
        cursor.execute(_BY_PLACE, [order_id, version])
        people = {
            (row[0], row[1]): dict(zip(RECIPIENT_WORDS, row[2:], strict=True)) for row in cursor.fetchall()
        }
    return [
        Group(
            place, level, {**people.get((place, level), {}), "units_due": due, "units_received": got}, number
        )
        for (place, level), (due, got, number) in units.items()
    ]


@dataclass(frozen=True)
class UnitLine:
    unit: UUID
    name: str
    level: str
    expects: bool
    is_request: bool
    why: str
    received_at: datetime | None
    declined_at: datetime | None
    by_name: str
    by_post: str
    how: str
    reason: str
    states: dict[str, int]


def units(
    order_id: UUID, version: int, *, place: str = "", query: str = "", unreached: bool = False,
    only: list[UUID] | None = None, offset: int = 0, limit: int = 100,
) -> list[UnitLine]:  # fmt: skip
    """Units in protocol order with their people counted, in one statement."""
    params: dict[str, Any] = {
        "order": order_id, "version": version, "place": place, "like": like(query), "unreached": unreached,
        "open": list(OPEN_STATES), "units": only, "offset": offset, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, params)
        return [_unit_line(row) for row in cursor.fetchall()]


def _unit_line(row: tuple[Any, ...]) -> UnitLine:
    names = ("unit", "name", "level", "expects", "is_request", "why", "received_at", "declined_at", "by_name",
             "by_post", "how", "reason")  # fmt: skip
    states = dict(zip(RECIPIENT_WORDS, row[len(names) :], strict=True))
    return UnitLine(**dict(zip(names, row, strict=False)), states=states)


def like(query: str) -> str:
    text = query.strip()[:60].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{text}%" if text else ""


def people(
    order_id: UUID, version: int, *, unit: UUID | None = None, query: str = "", unreached: bool = False
) -> QuerySet[OrderRecipient]:
    """In protocol order within a unit; of all units, those who have not signed first."""
    found = OrderRecipient.objects.filter(order_id=order_id, version=version).select_related("unit", "staff")
    if unit is not None:
        found = found.filter(unit_id=unit)
    if query.strip():
        from django.db.models import Q

        text = query.strip()[:60]
        found = found.filter(
            Q(name__contains=text) | Q(unit__name__contains=text) | Q(unit__short_name__contains=text)
        )
    if unreached:
        found = found.filter(state__in=OPEN_STATES)
    return found.order_by("rank", "id") if unit is not None else found.order_by("id")


def rungs(order_id: UUID, version: int) -> list[OrderRung]:
    return list(OrderRung.objects.filter(order_id=order_id, version=version))


def rung_figures(order_id: UUID, version: int) -> dict[UUID, tuple[int, int, int]]:
    """By step: how many it tried to reach, how many it could not, how many signed after it was tried."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.rung_id, count(*), count(*) FILTER (WHERE a.state IN ('failed', 'no_answer')),
                count(*) FILTER (WHERE r.signed_at > a.at OR u.received_at > a.at AND r.id IS NULL)
            FROM workflows_orderattempt a LEFT JOIN workflows_orderrecipient r ON r.id = a.recipient_id
            LEFT JOIN workflows_orderunit u ON u.order_id = a.order_id AND u.version = a.version
                AND u.unit_id = a.unit_id
            WHERE a.order_id = %s AND a.version = %s AND a.rung_id IS NOT NULL GROUP BY 1""",
            [order_id, version],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def signed_people(order_id: UUID, version: int) -> int:
    return OrderRecipient.objects.filter(
        order_id=order_id, version=version, state__in=("signed_for", "reported", "substituted")
    ).count()


def attempts(order_id: UUID, version: int, *, failed: bool) -> QuerySet[OrderAttempt]:
    found = OrderAttempt.objects.filter(order_id=order_id, version=version).select_related("unit")
    if failed:
        found = found.filter(state__in=("failed", "no_answer"))
    return found.order_by("-at", "-id")


def unit_rows(order_id: UUID) -> QuerySet[OrderUnit]:
    return OrderUnit.objects.filter(order_id=order_id).order_by("version", "id")
