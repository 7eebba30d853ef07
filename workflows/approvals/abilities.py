"""What the viewer may do to a case now: the buttons of page and card."""

from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.store.models import Case, CaseTask

LEADERS = frozenset({"leader", "head", "deputy_head"})
TO_DO = frozenset({"open", "opened"})


def abilities(actor: Actor, case: Case, tasks: list[CaseTask], mine: list[tuple[CaseTask, str]]) -> list[str]:
    """Names of deeds as in REST. A must-read case offers no decision before it is opened."""
    found: list[str] = []
    running = case.state == "running"
    for task, _who in mine:
        found += _of_task(task)
    if running and case.starter_id == actor.staff_id:
        found.append("urge")
    if running and may_withdraw(actor, case, tasks):
        found.append("withdraw")
    if running and may_record(actor, tasks):
        found.append("record_instruction")
    found += ["comment", "cc"]
    return list(dict.fromkeys(found))


def _of_task(task: CaseTask) -> list[str]:
    if task.kind == "answer":
        return ["answer_dissent"]
    if task.is_fallback:
        return ["transfer"]
    if not task.engine_task:
        return ["resubmit"]
    if task.reading and task.opened_at is None:
        return []
    refuse = ["refuse"] if task.kind in {"approve", "register"} else []
    return ["agree", *refuse, "return", "transfer", "add_sign"]


def may_withdraw(actor: Actor, case: Case, tasks: list[CaseTask]) -> bool:
    """By who acted last, until whoever comes next has opened it; by the starter also while it lies with them."""
    if may_end(actor, case, tasks):
        return True
    last, active = last_decided(tasks), [task for task in tasks if task.state in TO_DO]
    if not active or last is None or any(task.opened_at for task in active):
        return False
    return last.state == "done" and last.decided_by_id == actor.staff_id and bool(last.engine_task)


def may_end(actor: Actor, case: Case, tasks: list[CaseTask]) -> bool:
    """Whether a withdrawal ends the case: nobody has opened it yet, or it was returned to the starter."""
    if case.starter_id != actor.staff_id:
        return False
    active = [task for task in tasks if task.state in TO_DO]
    if any(not task.engine_task and task.kind == "fill" for task in active):
        return True
    return last_decided(tasks) is None and not any(task.opened_at for task in active)


def last_decided(tasks: list[CaseTask]) -> CaseTask | None:
    """By the order of the trail: two decisions may be of one moment, and clocks differ."""
    done = [task for task in tasks if task.state in {"done", "returned"} and task.decided_seq is not None]
    return max(done, key=lambda task: task.decided_seq or 0, default=None)


def is_leaders(task: CaseTask) -> bool:
    """Whether this waits for a leader, who is asked and not pressed."""
    return task.post is not None and task.post.role in LEADERS


def may_record(actor: Actor, tasks: list[CaseTask]) -> bool:
    """代录批示: who keeps the papers of the unit in which a leader sits, for the leader; never of one's own task."""
    return any(
        task.state in TO_DO
        and task.kind in {"approve", "read"}
        and task.assignee_id != actor.staff_id
        and may(actor, "case.record_instruction", Scope(unit_id=task.unit_id))
        and is_leaders(task)
        for task in tasks
    )
