"""The directory has changed: find the tasks whose holder is gone, and let each be routed again by a job of its own."""

from uuid import UUID

from django.db import transaction

from common import clock, jobs
from directory.actors import system_actor
from directory.events import DirectoryChanged, RightsChanged
from workflows.approvals import groups
from workflows.approvals.fallbacks import fallback
from workflows.approvals.moves import hand_over
from workflows.approvals.resolve import resolve
from workflows.approvals.walk import TO_DO, Walk
from workflows.errors import NotAllowedNowError
from workflows.store import approval_people as people
from workflows.store import approvals as store
from workflows.store.models import CaseTask


def on_rights(event: RightsChanged) -> None:
    """Appointments of these people changed. In the publisher's transaction: only a job is written."""
    if event.staff_ids and store.hold_tasks(event.staff_ids):
        jobs.defer("workflows.reroute_cases", key="reroute_cases")


def on_directory(_event: DirectoryChanged) -> None:
    """Units or posts changed: an abolished unit's posts are held by nobody."""
    jobs.defer("workflows.reroute_cases", key="reroute_cases")


def reroute_all() -> int:
    """Look at every open task in a fixed number of queries; defer a job for each whose holder is gone."""
    rows = list(store.open_with_posts().values_list("pk", "assignee_id", "post_id"))
    pairs = {(staff, post) for _pk, staff, post in rows if staff and post}
    held = people.still_held(pairs, clock.today())
    alone = {staff for _pk, staff, post in rows if staff and not post}
    seated = {seat.staff_id for seat in people.of_people(sorted(alone), clock.today())} if alone else set()
    gone = [pk for pk, staff, post in rows if ((staff, post) not in held if post else staff not in seated)]
    for pk in gone:
        jobs.defer("workflows.reroute_case_task", key=f"reroute:{pk}", task_id=str(pk))
    return len(gone)


def reroute(task_id: UUID) -> None:
    """The holder has left the post, or the account is closed: the case goes where the rule says now, and says why.

    Who holds the post now gets it; a vacant or abolished post, and a person who was named, are asked of the rule again.
    """
    found = store.find_task(task_id)
    if found is None:
        return
    with transaction.atomic():
        case = store.lock_case(found.case_id)
        if case is None or case.state != "running":
            return
        walk = Walk.locked(system_actor("通讯录变动"), case)
        task = walk.task(task_id)
        if task is None or task.state not in {"waiting", *TO_DO} or not has_left(task, walk):
            return
        day = clock.local(walk.now).date()
        why = f"{task.assignee_name}已不在“{task.post_title}”岗位"
        heirs = people.of_posts([task.post_id], day) if task.post_id else []
        heirs = [seat for seat in heirs if task.kind != "approve" or seat.staff_id != case.starter_id]
        if heirs:
            seat, is_fallback, reason = heirs[0], False, f"{why}，由现任{heirs[0].name}办理"
        else:
            about = groups.about_of(walk, None)
            again = resolve(walk.definition.node(task.node), about)
            others = {one.assignee_id for one in walk.group(task.group) if one.pk != task.pk}
            fresh = [who for who in again.people if who.seat.staff_id not in others]
            who = fresh[0] if fresh and task.kind != "answer" else fallback(about, f"{why}，岗位空缺")
            if who is None:
                raise NotAllowedNowError(message=f"{why}，也没有人可以接手，请联系系统管理员补齐任职。")
            seat, is_fallback = who.seat, who.is_fallback and task.kind != "answer"
            reason = who.why if who.is_fallback else f"{why}，按规则改由{seat.name}办理（{who.why}）"
        given = hand_over(walk, task, seat, reason)
        if is_fallback:
            given.is_fallback = True
            walk.save(given)
        walk.write("reroute", task=task, to_node=task.node, to_name=seat.name, reason=reason)
        groups.take_turns(walk, given.group)
        walk.finish()


def has_left(task: CaseTask, walk: Walk) -> bool:
    """Whether the task's holder holds the post by which it came no more (or none at all)."""
    if task.assignee_id is None:
        return True
    day = clock.local(walk.now).date()
    if task.post_id is None:
        return not people.of_people([task.assignee_id], day)
    return not people.still_held({(task.assignee_id, task.post_id)}, day)
