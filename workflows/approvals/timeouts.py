"""What the clocks do: a timer of the drawing, a reminder before the end, the end itself. None of them decides."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import timers
from directory.actors import system_actor
from workflows.approvals import clocks, groups
from workflows.approvals.fallbacks import fallback
from workflows.approvals.resolve import resolve
from workflows.approvals.seats import About, Who
from workflows.approvals.walk import TO_DO, Walk
from workflows.rules.bpmn import Assignee, UserNode
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store.models import CaseCc, CaseTask

CLOCK = "审批时限"


def case_due(case_id: UUID) -> None:
    """A timer of the drawing has come: the engine goes on. Twice is once."""
    with transaction.atomic():
        case = store.lock_case(case_id)
        if case is None or case.state != "running":
            return
        walk = Walk.locked(system_actor(CLOCK), case)
        before = {task.pk for task in walk.active()}
        run = walk.run()
        groups.advance(walk, run)
        if {task.pk for task in walk.active()} != before or case.state != "running":
            walk.write("skip", reason="定时环节到时")
        walk.finish()


def task_due(task_id: UUID) -> None:
    """Remind the holder, and at the end report upward where the clock says so; then nothing more is said."""
    found = store.find_task(task_id)
    if found is None:
        return
    with transaction.atomic():
        case = store.lock_case(found.case_id)
        if case is None or case.state != "running":
            return
        walk = Walk.locked(system_actor(CLOCK), case)
        task = walk.task(task_id)
        if task is None or task.state not in TO_DO or task.due_at is None:
            return
        wanted = dict(walk.definition.clock_of(task.node))
        walk.touched.add(task.assignee_id or 0)
        if task.due_at > walk.now:
            walk.write("remind", task=task, to_name=task.assignee_name, reason=_("即将到期"))
            at = clocks.first_call(case, task, wanted)
            timers.set_timer(f"casetask:{task.pk}", at, "workflows.case_task_due", task_id=str(task.pk))
        elif wanted.get("on_timeout", "remind") == "escalate":
            _report_upward(walk, task)
        else:
            walk.write("remind", task=task, to_name=task.assignee_name, reason=_("已超过办理时限"))
        walk.finish()


def _report_upward(walk: Walk, task: CaseTask) -> None:
    """The head above the holder's unit gets a copy and is told; the decision stays where it is."""
    about = About.case(walk.case, previous_unit=task.unit_id)
    asked = UserNode(
        "", "", kind="read", assignees=(Assignee("relation", relation="superior_head", of="previous"),)
    )
    found = resolve(asked, about)
    above: list[Who] = [who for who in found.people if who.seat.staff_id != task.assignee_id]
    if not above and (other := fallback(about, found.unresolved)) is not None:
        above = [other]
    for who in above:
        CaseCc.objects.get_or_create(
            case=walk.case,
            staff_id=who.seat.staff_id,
            defaults={"name": who.seat.name, **stamp(walk.actor, walk.now)},
        )
        walk.touched.add(who.seat.staff_id)
    names = _("、").join(who.seat.name for who in above)
    walk.write(
        "escalate", task=task, to_name=names, reason=_("{name}超时未办").format(name=task.assignee_name)
    )
