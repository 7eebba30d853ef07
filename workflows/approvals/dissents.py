"""不同意见 of a countersign: written down, put to the starter, and answered before the case goes on."""

from common.ids import new_uuid
from workflows.approvals.walk import Walk
from workflows.store.models import CaseTask


def ask(walk: Walk, dissent: CaseTask) -> CaseTask:
    """The starter leads the matter: the answer is theirs, outside the drawing, within the same group."""
    case = walk.case
    return walk.add(
        CaseTask(
            id=new_uuid(),
            case=case,
            engine_task=dissent.engine_task,
            node=dissent.node,
            name=dissent.name,
            kind="answer",
            group=dissent.group,
            assignee_id=case.starter_id,
            assignee_name=case.starter_name,
            post_id=case.starter_post_id,
            post_title=case.starter_post_title,
            unit_id=case.starter_unit_id,
            unit_name=case.starter_unit_name,
            why=f"{dissent.decided_by_name}有不同意见，由拟稿人答复",
            state="open",
            created_at=walk.now,
            answer_to=dissent,
        )
    )
