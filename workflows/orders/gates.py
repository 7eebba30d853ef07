"""Who may see an order and its board, and where it belongs for the table of rights."""

from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.services.gates import force_scope
from workflows.store import orders as store
from workflows.store.models import Order, OrderRecipient


def order_scope(order: Order) -> Scope:
    """The unit that issues it owns it; one issued for a task force belongs to that as well."""
    base = force_scope(order.taskforce) if order.taskforce else Scope()
    return Scope(
        unit_id=order.issuer_unit_id,
        member_unit_ids=(),
        taskforce_id=base.taskforce_id,
        taskforce_unit_id=base.taskforce_unit_id,
        taskforce_lead_post_id=base.taskforce_lead_post_id,
        owner_post_id=order.issuer_post_id,
    )


def sees_board(actor: Actor, order: Order) -> bool:
    return may(actor, "order.view", order_scope(order))


def receipt_of(actor: Actor, order: Order) -> OrderRecipient | None:
    """The actor's own row in the present version."""
    return store.receipt(order.pk, order.version, actor.staff_id) if actor.staff_id else None


def answers_for(actor: Actor) -> bool:
    """Whether the actor's post may sign for others of the unit."""
    return may(actor, "order.substitute", Scope(unit_id=actor.unit_id)) if actor.unit_id else False


def access_order(actor: Actor, order_id: UUID) -> Order:
    """For who sees the board, is a recipient, or answers for a unit that it reached.

    Raises NotFoundError also when it exists but is not the actor's to see.
    """
    order = store.find(order_id)
    if order is None:
        raise NotFoundError
    if sees_board(actor, order) or actor.kind == "system":
        return order
    if order.state in {"draft", "approved"}:
        raise NotFoundError
    if store.was_recipient(order.pk, actor.staff_id):
        return order
    if actor.unit_id and answers_for(actor) and store.reached_unit(order.pk, actor.unit_id):
        return order
    raise NotFoundError


def access_board(actor: Actor, order_id: UUID) -> Order:
    """Raises NotFoundError; ForbiddenError for a recipient, who sees the order but not who else got it."""
    order = access_order(actor, order_id)
    if not sees_board(actor, order):
        raise ForbiddenError(
            message=_("回执情况由签发单位查看；您可以查看指令并签收、反馈。"), verb="order.view"
        )
    return order
