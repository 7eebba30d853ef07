"""Several at once: each agreement is its own deed; what must be read first is left out by name."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import BadInputError, DomainError
from directory.actors import Actor
from workflows.approvals.cases import Sight, look_at
from workflows.approvals.deeds import Said, check_agree
from workflows.approvals.views import BatchOut, BatchRefusedOut
from workflows.errors import NotAllowedNowError
from workflows.store.models import Case

MOST = 50


def check_agree_many(
    *, actor: Actor, case_ids: Sequence[UUID], opinion: str = "", key: str | None = None
) -> BatchOut:
    """Raises BadInputError: none or too many. What is refused is told by name, the others are done."""
    wanted = list(dict.fromkeys(case_ids))
    if not 1 <= len(wanted) <= MOST:
        raise BadInputError(field="ids", message=_("一次可批量办理1至{most}件。").format(most=MOST))
    done: list[UUID] = []
    refused: list[BatchRefusedOut] = []
    for case_id in wanted:
        case: Case | None = None
        try:
            sight = look_at(actor, case_id)
            case = sight.case
            _plain(sight)
            check_agree(
                actor=actor,
                case_id=case_id,
                said=Said(opinion=opinion),
                key=f"{key}:{case_id}" if key else None,
            )
            done.append(case_id)
        except DomainError as error:
            title = case.title if case else ""
            refused.append(
                BatchRefusedOut(id=case_id, title=title, code=error.code, message=error.user_message())
            )
    message = _("已办理{done}件").format(done=len(done))
    if refused:
        message += _("，{count}件须单独办理").format(count=len(refused))
    return BatchOut(done=done, refused=refused, message=message)


def _plain(sight: Sight) -> None:
    """Raises NotAllowedNowError: to be opened one by one, whether it was opened before or not."""
    for task, _name in sight.mine:
        if task.reading:
            words = _("“{title}”须逐件打开阅读后办理，不能批量办理。")
            raise NotAllowedNowError(message=words.format(title=sight.case.title), reason="must_read")
