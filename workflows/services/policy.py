"""Quiet hours, the spread of bulk sending and the ladders of each type, as administrators have set them."""

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

from workflows.rules.quiet import QuietHours
from workflows.rules.reminders import DEFAULT_LADDER, Audience, Ladder, Step
from workflows.store.models import ChasePolicy, ReminderLadder


def policy() -> ChasePolicy:
    return ChasePolicy.objects.filter(pk=1).first() or ChasePolicy(pk=1)


def quiet_hours(row: ChasePolicy | None = None) -> QuietHours:
    row = row or policy()
    return QuietHours(row.quiet_from, row.quiet_to, row.resumes_at, row.quiet_on_rest_days)


def manual_pause(row: ChasePolicy | None = None) -> timedelta:
    return timedelta(hours=(row or policy()).manual_pause_hours)


def step_of(data: dict[str, Any]) -> Step:
    return Step(
        code=data["code"],
        offset=data["offset"],
        at=time.fromisoformat(data["at"]),
        audience=tuple(Audience(one) for one in data["audience"]),
        daily=data.get("daily", False),
    )


def step_data(step: Step) -> dict[str, Any]:
    return {
        "code": step.code,
        "offset": step.offset,
        "at": f"{step.at:%H:%M}",
        "audience": [str(one) for one in step.audience],
        "daily": step.daily,
    }


class Ladders:
    """The newest ladder of every type, read once."""

    def __init__(self, rows: Iterable[ReminderLadder] | None = None) -> None:
        found = ReminderLadder.objects.order_by("kind", "version") if rows is None else rows
        self._of: dict[str, Ladder] = {row.kind: tuple(step_of(one) for one in row.steps) for row in found}

    def of(self, kind: str) -> Ladder:
        return self._of.get(kind) or self._of.get("") or DEFAULT_LADDER

    def all(self) -> list[Ladder]:
        return [*self._of.values(), *([] if "" in self._of else [DEFAULT_LADDER])]
