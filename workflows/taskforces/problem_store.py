"""Queries on hard problems."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from workflows.rules.hard_problems import OPEN
from workflows.store.models import HardProblem, ProblemStep


def shown() -> QuerySet[HardProblem]:
    named = ("taskforce", "item", "unit", "found_by", "solved_by", "verified_by")
    return HardProblem.objects.select_related(*named).prefetch_related("taskforce__units")


def of_force(taskforce_id: UUID, state: str = "") -> QuerySet[HardProblem]:
    """`state`: one of the table, `open`, or empty for all."""
    found = shown().filter(taskforce_id=taskforce_id)
    if state == "open":
        return found.filter(state__in=OPEN)
    return found.filter(state=state) if state else found


def find(problem_id: UUID) -> HardProblem | None:
    return shown().filter(pk=problem_id).first()


def lock(problem_id: UUID) -> HardProblem:
    return HardProblem.objects.select_for_update(no_key=True).get(pk=problem_id)


def lock_open(taskforce_id: UUID) -> list[HardProblem]:
    rows = HardProblem.objects.select_for_update(no_key=True).filter(
        taskforce_id=taskforce_id, state__in=OPEN
    )
    return list(rows.order_by("pk"))


def next_number(taskforce_id: UUID) -> int:
    """Under the lock of the force's row."""
    highest = HardProblem.objects.filter(taskforce_id=taskforce_id).aggregate(top=Max("number"))["top"]
    return int(highest or 0) + 1


def steps(problem: HardProblem) -> list[ProblemStep]:
    return list(problem.steps.order_by("at", "id"))


def to_handle(unit_id: UUID) -> QuerySet[HardProblem]:
    """What the unit has to work on or to take over."""
    mine = Q(state__in=("owned", "measures")) | Q(signed_over_at__isnull=False, accepted_at__isnull=True)
    return _listed().filter(mine, unit_id=unit_id)


def to_run(post_id: UUID | None, office_unit_id: UUID | None, states: Iterable[str]) -> QuerySet[HardProblem]:
    led = Q(pk__in=[])
    if post_id:
        led |= Q(taskforce__lead_post_id=post_id)
    if office_unit_id:
        led |= Q(taskforce__office_unit_id=office_unit_id)
    return _listed().filter(led, state__in=list(states))


def _listed() -> QuerySet[HardProblem]:
    return HardProblem.objects.select_related("taskforce", "unit").order_by("due_on", "number")
