"""The second approver of a large order: somebody else who is entitled agrees before it goes out."""

from typing import Literal

from django.utils.translation import gettext as _

from directory.actors import Actor
from directory.services.rights import may
from workflows.orders import gates
from workflows.store.models import Order

Release = Literal["", "needed", "asked", "agreed", "refused"]


def state_of(order: Order) -> Release:
    """How far the release of an approved order is; "" where none is needed."""
    return order.release_state  # type: ignore[return-value]


def may_release(actor: Actor, order: Order) -> bool:
    """Not whoever approved it."""
    return actor.staff_id != order.approved_by_id and may(actor, "order.release", gates.order_scope(order))


def ask(actor: Actor, order: Order, people: int) -> None:
    """Ask for the release of an order that was just approved."""


def not_yet(order: Order) -> str:
    """Why it cannot be issued yet, and what helps."""
    if order.release_state == "refused":
        return _("第二审批人未同意签发；请修改接收范围或内容后重新批准。")
    return _("接收人数较多或含语音电话，须由另一位有权岗位审定后签发；请提醒第二审批人办理。")
