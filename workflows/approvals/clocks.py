"""Limits of nodes: when a task is due, by the work calendar of the place."""

from datetime import datetime
from typing import Any

from common import clock, timers
from directory.store.models import Unit
from workflows.rules.working_clock import limit_end
from workflows.services.calendar import work_calendar
from workflows.store.models import Case, CaseTask


def end_of(case: Case, start: datetime, limit: str, *, working: bool) -> datetime | None:
    unit: Unit | None = case.starter_unit
    return limit_end(work_calendar(unit.region_id if unit else ""), start, limit, working=working)


def start_clock(case: Case, task: CaseTask, wanted: dict[str, Any]) -> None:
    """When the task's turn comes. Reminders before the end are timers of their own moment."""
    limit = str(wanted.get("limit") or "")
    task.due_at = (
        end_of(case, clock.now(), limit, working=bool(wanted.get("working", True))) if limit else None
    )
    if task.due_at is None:
        return
    timers.set_timer(
        f"casetask:{task.pk}", first_call(case, task, wanted), "workflows.case_task_due", task_id=str(task.pk)
    )


def first_call(case: Case, task: CaseTask, wanted: dict[str, Any]) -> datetime:
    """The next moment at which something is said about the limit: a reminder still ahead, or the end."""
    due = task.due_at or clock.now()
    return min((at for at in reminders(case, task, wanted) if at > clock.now()), default=due)


def reminders(case: Case, task: CaseTask, wanted: dict[str, Any]) -> list[datetime]:
    """`remind` of the clock: durations after the task was opened to its holder."""
    found = (
        end_of(case, task.created_at, str(text), working=bool(wanted.get("working", True)))
        for text in wanted.get("remind", [])
    )
    return sorted(at for at in found if at is not None and task.due_at is not None and at < task.due_at)
