"""What of a task force waits for me: problems to work on, to check, and later its reviews and editions."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.pending.registry import PendingEntry, PendingSource, first_rows, register
from workflows.rules.hard_problems import PROBLEMS
from workflows.store.models import HardProblem, ReviewInvitation
from workflows.taskforces import problem_store


def _runs_office(actor: Actor) -> UUID | None:
    unit = actor.unit_id
    return unit if unit and may(actor, "taskforce.manage", Scope(taskforce_unit_id=unit)) else None


def _told(found: QuerySet[HardProblem], limit: int) -> tuple[int, list[PendingEntry]]:
    count, rows = first_rows(found, limit)
    return count, [_entry(problem) for problem in rows]


def _entry(problem: HardProblem) -> PendingEntry:
    late = problem.due_on is not None and problem.due_on < clock.today()
    unit = f" · {problem.unit.display_name}" if problem.unit else ""
    return PendingEntry(
        subject=problem.pk,
        title=f"{problem.number} {problem.title}",
        detail=f"{problem.taskforce.name}{unit} · {PROBLEMS.states[problem.state]}",
        due_on=problem.due_on,
        code="red" if late else "yellow",
        link=f"/force/{problem.taskforce_id}/problems?problem={problem.pk}",
    )


def problems_to_handle(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    unit = actor.unit_id
    if unit is None or not may(actor, "problem.handle", Scope(lead_unit_ids=(unit,))):
        return 0, []
    return _told(problem_store.to_handle(unit), limit)


def problems_to_check(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    found = problem_store.to_run(actor.post_id, _runs_office(actor), ("found", "solved", "verified"))
    return _told(found, limit)


def reviews_to_answer(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    """Invitations of this person that want a declaration or an opinion."""
    found = (
        ReviewInvitation.objects.filter(
            expert__staff_id=actor.staff_id,
            expert__left_at=None,
            expert__expires_on__gte=clock.today(),
            opinion_at=None,
            review__state__in=("invited", "opinions"),
        )
        .exclude(has_conflict=True)
        .select_related("review__taskforce", "expert")
        .order_by("invited_at", "pk")
    )
    count, rows = first_rows(found, limit)
    return count, [_invited(one) for one in rows]


def _invited(one: ReviewInvitation) -> PendingEntry:
    review = one.review
    wanted = "请申报利益关系" if one.declared_at is None else "请提交意见"
    return PendingEntry(
        subject=one.pk,
        title=f"论证{review.number} {review.question[:60]}",
        detail=f"{review.taskforce.name} · {wanted}",
        due_on=None,
        code="",
        link=f"/force/{review.taskforce_id}/experts?review={review.pk}",
    )


def connect() -> None:
    """Called once at start."""
    register(PendingSource("problem_handle", lambda: _("攻关难题待办"), problems_to_handle))
    register(PendingSource("problem_check", lambda: _("攻关难题待核验"), problems_to_check))
    register(PendingSource("expert_review", lambda: _("待专家论证"), reviews_to_answer))
