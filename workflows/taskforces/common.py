"""What every method of a task force asks first: who may, does the force still run, can the words be taken."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.tell import tell_people
from common import clock
from common.cursors import offset_of
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import require
from workflows.errors import NotAllowedNowError
from workflows.rules.tables import MoveTable, NotInTable
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.knocks import DOERS
from workflows.store import people
from workflows.store import taskforces as force_store
from workflows.store.models import TaskForce

PAGE = 100
Row = TypeVar("Row", bound=Model)


def force_to_manage(actor: Actor, taskforce_id: UUID, verb: str = "taskforce.manage") -> TaskForce:
    """Raises NotFoundError, ForbiddenError."""
    force = access_taskforce(actor, taskforce_id)
    require(actor, verb, force_scope(force))
    return force


def lock_running(taskforce_id: UUID) -> TaskForce:
    """The force's row, locked. Raises NotAllowedNowError once it is dissolved."""
    force = force_store.lock(taskforce_id)
    if force.state == "dissolved":
        raise NotAllowedNowError(message=_("专班已撤销，记录只供查阅，不能再办理。"))
    return force


def moved(table: MoveTable, state: str, act: str) -> str:
    """The state after `act`. Raises NotAllowedNowError with what is possible now."""
    try:
        return table.next(state, act)
    except NotInTable as refusal:
        raise NotAllowedNowError(
            message=refusal.sentence, state=refusal.state, act=refusal.act, allowed=list(refusal.allowed)
        ) from refusal


def words(actor: Actor, text: str, *, field: str, most: int, needed: bool = True) -> str:
    """The text without blanks around it. Raises BadInputError with the field, SecrecyRefusedError."""
    text = text.strip()
    if needed and not text:
        raise BadInputError(
            field=field, message=_("此项必填，请填写后再提交（不超过{most}个字）。").format(most=most)
        )
    if len(text) > most:
        raise BadInputError(
            field=field,
            message=_("此项不超过{most}个字，现有{count}个字，请压缩。").format(most=most, count=len(text)),
        )
    if "\x00" in text:
        raise BadInputError(field=field, message=_("内容含有不可见字符，请删除后重填。"))
    admission.check(text, actor=actor, where="title")
    return text


def knock(force: TaskForce, *units: UUID | None) -> None:
    """Let the clients of the lead, the office and these units ask for their pending list again."""
    today = clock.today()
    staff = [
        *people.in_roles({unit for unit in units if unit}, DOERS, today),
        *people.in_roles({force.office_unit_id}, ("office",), today),
        *people.holders({force.lead_post_id}, today),
    ]
    tell_people(list(dict.fromkeys(staff)), "pending")


def page_of(found: QuerySet[Row], cursor: str | None, size: int = PAGE) -> tuple[list[Row], str | None]:
    """Rows of one page and the cursor of the next. Raises BadInputError."""
    start = offset_of(cursor)
    rows = list(found[start : start + size + 1])
    return rows[:size], str(start + size) if len(rows) > size else None
