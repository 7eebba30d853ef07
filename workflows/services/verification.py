"""核查、验收、销号、归档、重新打开: what those do who did not do the work."""

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.errors import NotAllowedNowError
from workflows.rules.moves import ItemAct
from workflows.rules.working_days import chinese_day
from workflows.services.acts import checked_reason
from workflows.services.changes import change_item, moved
from workflows.services.guards import require_no_open_child, require_other
from workflows.services.plans import move_plan
from workflows.services.shapes import ItemAnswer
from workflows.store import items as store
from workflows.store.models import Item

_WORDS = {
    ItemAct.CHECK: "核查通过",
    ItemAct.ACCEPT: "验收通过",
    ItemAct.STRIKE_OFF: "销号",
    ItemAct.ARCHIVE: "归档",
}


def check_verify(
    *, actor: Actor, item_id: UUID, act: ItemAct, reason: str = "", key: str | None = None
) -> ItemAnswer:
    """核查 a supervised item, 验收 a task, 销号 or 归档 what is closed. Never by whoever did the work.

    Raises:
        NotFoundError, ForbiddenError (OwnWorkError), NotAllowedNowError, ChildrenOpenError, SecrecyRefusedError.
    """
    reason = checked_reason(actor, reason) if reason.strip() else ""

    def change(item: Item, _now: datetime) -> str:
        moved(item, act)
        require_other(actor, item)
        require_no_open_child(item)
        said = f"：{reason}" if reason else ""
        return f"第{item.number}项“{item.title}”{_WORDS[act]}{said}"

    verb = "item.check" if act in {ItemAct.CHECK, ItemAct.ACCEPT} else "item.close"
    return change_item(actor=actor, item_id=item_id, verb=verb, act=act, key=key, change=change)


def check_reopen(
    *,
    actor: Actor,
    item_id: UUID,
    reason: str,
    due_on: date | None = None,
    key: str | None = None,
) -> ItemAnswer:
    """重新打开: the item runs again at 99 %, until it is reported anew. The first due date stays.

    Args:
        due_on: a new due date; needed when the present one has gone by.
    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError. BadInputError: reason, due_on.
    """
    reason = checked_reason(actor, reason)

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.REOPEN)
        today = clock.local(now).date()
        if due_on is None and item.due_on < today:
            raise BadInputError(
                field="due_on",
                message=_("原时限{day}已过，请填写新的时限。").format(day=chinese_day(item.due_on)),
            )
        if due_on is not None and due_on < today:
            raise BadInputError(field="due_on", message=_("时限早于今天，请改为今天或之后。"))
        _require_running_parent(item, due_on or item.due_on)
        if due_on is not None and due_on != item.due_on:
            move_plan(item, due_on)
        item.closed_at, item.percent = None, min(item.percent, 99)
        item.last_report_at = now
        return f"重新打开第{item.number}项：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.close", act=ItemAct.REOPEN, key=key, change=change
    )


def _require_running_parent(item: Item, due_on: date) -> None:
    """A part runs inside its whole, or not at all."""
    if item.parent_id is None:
        return
    parent = store.lock(item.parent_id)
    if parent.state in store.FINAL:
        raise NotAllowedNowError(
            message=_("上级事项第{number}项已终结，请先重新打开上级事项。").format(number=parent.number)
        )
    if due_on > parent.due_on:
        raise BadInputError(
            field="due_on",
            message=_("分项时限不能晚于上级事项的时限{day}，请改选当天或之前的日期。").format(
                day=chinese_day(parent.due_on)
            ),
        )
