"""Queries of the one table and of the loop. All of a table's figures come from one day's snapshots."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, Max, Q, QuerySet

from directory.store.models import Region, Unit
from workflows.store.models import (
    ColourSnapshot,
    Item,
    ProgressSheet,
    QualityFinding,
    Rectification,
    SpotCheck,
    SpotPick,
)

DONE = ("closed", "struck_off", "archived")
KEYS = {"unit": "lead_unit_id", "region": "region", "category": "category", "kind": "kind"}
_OPEN = ~Q(state__in=DONE)
_AHEAD = Q(colour="green", ahead__in=("yellow", "red"))
LATE = Q(due_on__lt=F("day")) & _OPEN
LATE_FIRST = Q(first_due_on__lt=F("day")) & _OPEN
# What each word of a drill-down means; the same conditions count in the table.
WHICH: dict[str, Q] = {
    "all": Q(),
    "red": Q(colour="red"),
    "yellow": Q(colour="yellow"),
    "green": Q(colour="green"),
    "grey": Q(colour="grey") & _OPEN,
    "done": Q(state__in=DONE),
    "overdue": LATE,
    "overdue_first": LATE_FIRST,
    "extended": Q(due_on__gt=F("first_due_on")),
    "on_time": Q(state__in=DONE, closed_on__lte=F("due_on")),
    "on_time_first": Q(state__in=DONE, closed_on__lte=F("first_due_on")),
    "ahead": _AHEAD,
    "risk": Q(colour__in=("red", "yellow")) | _AHEAD,
}


def last_day(until: date) -> date | None:
    """The newest day with snapshots, not after `until`."""
    found: date | None = ColourSnapshot.objects.filter(day__lte=until).aggregate(day=Max("day"))["day"]
    return found


def of_day(day: date) -> QuerySet[ColourSnapshot]:
    return ColourSnapshot.objects.filter(day=day).exclude(state="cancelled")


def units_of_day(day: date) -> list[UUID]:
    found = of_day(day).order_by().values_list("lead_unit_id", flat=True).distinct()
    return [unit for unit in found if unit]


def figures(found: QuerySet[ColourSnapshot], by: str, since: date, day: date) -> list[dict[str, Any]]:
    """One row a key, one query: `key`, the counts of `WHICH`, `closed` within the days, mean percentages."""
    counts = {name: Count("pk", filter=meant) for name, meant in WHICH.items() if name not in {"all", "risk"}}
    within = Q(state__in=DONE, closed_on__gte=since, closed_on__lte=day)
    rows = (
        found.order_by()
        .values(key=F(KEYS[by]))
        .annotate(
            total=Count("pk"),
            closed=Count("pk", filter=within),
            percent_mean=Avg("percent"),
            planned_mean=Avg("planned_percent"),
            **counts,
        )
    )
    return [dict(row) for row in rows]


def unit_names(unit_ids: Iterable[UUID]) -> dict[str, tuple[int, str]]:
    """Unit → (rank, name)."""
    return {
        str(unit.pk): (unit.rank, unit.display_name) for unit in Unit.objects.filter(pk__in=list(unit_ids))
    }


def region_names(codes: Iterable[str]) -> dict[str, str]:
    return dict(Region.objects.filter(pk__in=list(codes)).values_list("pk", "name"))


def rows_with_items(found: QuerySet[ColourSnapshot]) -> QuerySet[ColourSnapshot]:
    return found.select_related("item__taskforce", "item__ledger", "lead_unit").order_by("due_on", "item_id")


def sheets() -> QuerySet[ProgressSheet]:
    return ProgressSheet.objects.select_related("unit")


def findings(unit_ids: Iterable[UUID]) -> QuerySet[QualityFinding]:
    return QualityFinding.objects.filter(item__lead_unit_id__in=list(unit_ids)).select_related(
        "item__taskforce", "item__ledger", "item__lead_unit"
    )


def lock_finding(finding_id: UUID) -> QualityFinding | None:
    return QualityFinding.objects.select_for_update(of=("self",)).filter(pk=finding_id).first()


def open_findings(item: Item) -> QuerySet[QualityFinding]:
    return QualityFinding.objects.filter(item=item, cleared_at=None)


def rectifications(unit_ids: Iterable[UUID]) -> QuerySet[Rectification]:
    return Rectification.objects.filter(item__lead_unit_id__in=list(unit_ids)).select_related(
        "item__taskforce", "item__ledger", "item__lead_unit"
    )


def spot_checks() -> QuerySet[SpotCheck]:
    return SpotCheck.objects.select_related("unit").prefetch_related(
        "picks__item__taskforce", "picks__item__ledger", "picks__unit", "picks__inspector"
    )


def lock_pick(pick_id: UUID) -> SpotPick | None:
    return SpotPick.objects.select_for_update(of=("self",)).filter(pk=pick_id).first()


def waiting_picks(staff_id: int) -> QuerySet[SpotPick]:
    return SpotPick.objects.filter(inspector_id=staff_id, state="waiting").select_related(
        "check_of", "unit", "item"
    )


def supporting_units(item_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Item → lead and supporting units."""
    found: dict[UUID, set[UUID]] = {}
    rows = Item.objects.filter(pk__in=list(item_ids)).values_list("pk", "lead_unit_id", "supporting_units")
    for item, lead, helper in rows:
        found.setdefault(item, {lead}).update({helper} if helper else ())
    return found
