"""What waits for a person, as a program asks it: by the number that people type, and as lines of text."""

from django.utils.translation import gettext as _

from common.errors import ConflictError, NotFoundError
from directory.actors import Actor
from workflows.approvals.reading import waiting_tasks
from workflows.processes.card import moment, short_number
from workflows.store.models import Case, CaseTask


def find_waiting(actor: Actor, number: int) -> Case:
    """The case of this running number that waits for the actor, or that they have decided.

    Raises: NotFoundError. ConflictError: numbers of two years, which are named.
    """
    tasks = list(waiting_tasks(actor).filter(case__serial__endswith=f"-{number:06d}"))
    found = {task.case_id: task.case for task in tasks}
    if not found:
        mine = CaseTask.objects.filter(
            decided_by_id=actor.staff_id, case__serial__endswith=f"-{number:06d}"
        ).select_related("case", "case__process")
        found = {task.case_id: task.case for task in mine.order_by("-decided_at")[:1]}
    if not found:
        raise NotFoundError(
            message=_("没有编号为{number}的申请由您审批，请发送“待批”查看编号。").format(number=number)
        )
    if len(found) > 1:
        lines = _("；").join(f"{case.serial} {case.title}" for case in found.values())
        raise ConflictError(
            message=_("编号{number}有多件：{lines}。请回复对应的卡片，或在网页办理。").format(
                number=number, lines=lines
            )
        )
    return next(iter(found.values()))


def list_waiting(actor: Actor, most: int) -> tuple[int, list[str]]:
    """How many wait, and a line for each of the first, most urgent first."""
    tasks = waiting_tasks(actor).order_by("due_at", "created_at", "pk")
    lines = []
    for task in tasks[:most]:
        case = task.case
        due = f"　{moment(task.due_at)}前" if task.due_at else ""
        lines.append(f"{short_number(case)} {case.title}　{case.starter_name}　{task.name}{due}")
    return tasks.count(), lines
