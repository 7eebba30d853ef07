"""Queries on task forces."""

from collections.abc import Iterable
from datetime import datetime, time
from uuid import UUID

from django.db.models import Q, QuerySet

from common import clock
from workflows.store.models import ForceExpert, ForceSetup, TaskForce, TaskForceUnit


def _with_names() -> QuerySet[TaskForce]:
    return TaskForce.objects.select_related("lead_post", "lead_staff", "lead_unit", "office_unit")


def find(taskforce_id: UUID) -> TaskForce | None:
    return _with_names().prefetch_related("units").filter(pk=taskforce_id).first()


def find_by_room(room_id: str) -> TaskForce | None:
    return _with_names().prefetch_related("units").filter(room_id=room_id).first()


def lock(taskforce_id: UUID) -> TaskForce:
    """The row, locked for giving numbers. Taken before any item's row."""
    return TaskForce.objects.select_for_update(no_key=True).get(pk=taskforce_id)


def of_unit_or_post(unit_id: UUID | None, post_id: UUID | None) -> QuerySet[TaskForce]:
    """Forces that the unit takes part in or runs, or that the post leads, newest first."""
    mine = Q(office_unit_id=unit_id) | Q(members__unit_id=unit_id) | Q(lead_post_id=post_id)
    return _with_names().prefetch_related("units").filter(mine).distinct()


def of_expert(staff_id: int) -> QuerySet[TaskForce]:
    """Forces that have the person as an outside member today."""
    live = ForceExpert.objects.filter(staff_id=staff_id, left_at=None, expires_on__gte=clock.today())
    return _with_names().prefetch_related("units").filter(pk__in=live.values("taskforce"))


def is_expert(taskforce_id: UUID | None, staff_id: int) -> bool:
    """Whether the person is an outside member of the force today."""
    if taskforce_id is None or not staff_id:
        return False
    found = ForceExpert.objects.filter(taskforce_id=taskforce_id, staff_id=staff_id, left_at=None)
    return found.filter(expires_on__gte=clock.today()).exists()


def everything() -> QuerySet[TaskForce]:
    return _with_names().prefetch_related("units")


def running_ids() -> list[UUID]:
    return list(
        TaskForce.objects.filter(state__in=("running", "closing")).order_by("pk").values_list("pk", flat=True)
    )


def add_units(force: TaskForce, unit_ids: Iterable[UUID], joined_at: datetime) -> None:
    rows = [TaskForceUnit(taskforce=force, unit_id=unit_id, joined_at=joined_at) for unit_id in unit_ids]
    TaskForceUnit.objects.bulk_create(rows, ignore_conflicts=True)


def member_ids(taskforce_id: UUID) -> set[UUID]:
    return set(TaskForceUnit.objects.filter(taskforce_id=taskforce_id).values_list("unit_id", flat=True))


def later_reports(taskforce_id: UUID) -> list[time]:
    """The report times of its template after the first, which is the force's own to set."""
    given = ForceSetup.objects.filter(taskforce=taskforce_id).values_list("report_times", flat=True).first()
    return [time.fromisoformat(at) for at in (given or [])[1:]]


def take_numbers(force: TaskForce, count: int) -> range:
    """The next `count` short numbers. The force's row must be locked."""
    first = force.next_number
    force.next_number += count
    force.save(update_fields=["next_number"])
    return range(first, first + count)
