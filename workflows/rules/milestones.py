"""A plan from a template: milestones with dates and the progress that each stands for.

Shares are data, not formulae: the part of the period after which a milestone is due, and the percentage that
the whole has reached with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from workflows.rules.colours import CurvePoint
from workflows.rules.working_days import WorkCalendar

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """`time_share` and `percent` are 1–100; the last stage has 100 and 100."""

    name: str
    time_share: int
    percent: int


@dataclass(frozen=True, slots=True)
class PlannedMilestone:
    name: str
    due_on: date
    percent: int


PROJECT_TEMPLATE = (
    Stage("立项", 10, 10),
    Stage("招标", 30, 20),
    Stage("建设", 75, 75),
    Stage("试运行", 90, 90),
    Stage("验收", 100, 100),
)
TEMPLATES = {"project": PROJECT_TEMPLATE}


def plan(
    starts_on: date, due_on: date, calendar: WorkCalendar, template: tuple[Stage, ...] = PROJECT_TEMPLATE
) -> list[PlannedMilestone]:
    """Milestones between the two days, both counted. One that falls on a day off moves to the next working
    day, but never past `due_on`; dates never fall, even in a period shorter than the template.

    Raises:
        ValueError: `due_on` is before `starts_on`.
    """
    if due_on < starts_on:
        raise ValueError("due_on is before starts_on")
    days = (due_on - starts_on).days + 1
    planned = []
    for stage in template:
        last_day = max(1, int(Fraction(days * stage.time_share, WHOLE) + Fraction(1, 2)))
        due = min(calendar.on_or_after(starts_on + timedelta(days=last_day - 1)), due_on)
        planned.append(
            PlannedMilestone(stage.name, due_on if stage.time_share >= WHOLE else due, stage.percent)
        )
    return planned


def curve_of(milestones: Iterable[PlannedMilestone]) -> tuple[CurvePoint, ...]:
    """The plan curve through the milestones. Several on one day are one point, the highest."""
    points: dict[date, int] = {}
    for milestone in sorted(milestones, key=lambda one: (one.due_on, one.percent)):
        points[milestone.due_on] = milestone.percent
    return tuple(CurvePoint(day, percent) for day, percent in points.items())


def shifted(due_on: date, days: int, calendar: WorkCalendar, last: date) -> date:
    """A milestone that is still open moves with an extension by the same number of days, not past `last`."""
    return min(calendar.on_or_after(due_on + timedelta(days=days)), last)
