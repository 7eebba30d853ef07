"""Approvals that wait for the actor, or for somebody in whose place they act."""

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from workflows.approvals.reading import waiting_tasks
from workflows.pending.registry import PendingEntry, PendingSource, Rows, register
from workflows.processes.card import link_of
from workflows.store.models import CaseTask


def find(actor: Actor) -> Rows:
    def entry(task: CaseTask) -> PendingEntry:
        case, own = task.case, task.assignee_id == actor.staff_id
        late = task.due_at is not None and task.due_at <= clock.now()
        title = (
            case.title if own else _("（代{name}）{title}").format(name=task.assignee_name, title=case.title)
        )
        return PendingEntry(
            subject=task.pk,
            title=title,
            detail=f"{case.starter_unit_name} {case.starter_name} · {task.name}",
            due_on=clock.local(task.due_at).date() if task.due_at else None,
            due_at=task.due_at,
            code="red" if late else "none",
            link=link_of(case),
            home=case.process.name,
            chip=_("已超时限") if late else "",
        )

    search = ("case__title", "case__serial", "case__starter_name", "case__starter_unit_name", "name")
    return Rows(waiting_tasks(actor), entry, search, due="due_at", dated=False)


def connect() -> None:
    """Called once at start."""
    register(PendingSource("decide_case", lambda: _("待审批申请"), find=find))
