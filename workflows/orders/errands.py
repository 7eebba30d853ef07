"""附带任务: what an order asks of each of its units beyond the receipt, kept as items with an owner and a clock.

A unit that is commanded has its items from the moment of issue, one that is asked (商请) when it has signed. A job
makes them in batches and calls off those that are void; `OrderItem` is the key, so it may run as often as it likes. One
that is refused stands aside with the reason and holds up no other.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock, jobs
from common.errors import BadInputError, DomainError
from directory.actors import Actor
from directory.services.rights import Scope, require
from workflows.burden import guard as burden
from workflows.orders.views import OrderTaskIn, OrderTaskOut, OrderTaskProblemOut
from workflows.rules.moves import ItemAct, ItemState, allowed_acts
from workflows.services.acts import check_suspend
from workflows.services.gates import force_scope
from workflows.services.items import NewItem
from workflows.services.registering import Home, check_register, checked_new
from workflows.store import order_items
from workflows.store import orders as store
from workflows.store.models import Item, Order, OrderItem, OrderState, OrderUnit

TASK = "workflows.settle_errands"
BATCH = 20
MOST_PROBLEMS, MOST_REASON = 50, 300


def checked(actor: Actor, order: Order, tasks: Sequence[OrderTaskIn]) -> list[dict[str, Any]]:
    """As they are kept on the draft. Only who may hand out items may attach them.

    Raises: ForbiddenError, SecrecyRefusedError. BadInputError, BurdenRefusedError: `tasks.<n>.<field>`.
    """
    if tasks:
        require(actor, "item.create", _home_scope(order))
        require(actor, "item.dispatch", _home_scope(order))
    for place, task in enumerate(tasks):
        burden.check(task.title, where="item", field=f"tasks.{place}.title")
        _check(actor, order, place, task)
    return [task.model_dump(mode="json") for task in tasks]


def _home_scope(order: Order) -> Scope:
    if order.taskforce:
        return force_scope(order.taskforce)
    return Scope(unit_id=order.issuer_unit_id, assigner_unit_ids=(order.issuer_unit_id,))


def _check(actor: Actor, order: Order, place: int, task: OrderTaskIn) -> None:
    try:
        checked_new(actor, _new(task, order.issuer_unit_id), in_ledger=True)
    except BadInputError as error:
        raise BadInputError(field=f"tasks.{place}.{error.field}", message=error.user_message()) from error


def still_ahead(order: Order, today: date) -> None:
    """Raises BadInputError: a task that is due before the order goes out."""
    for place, task in enumerate(wanted(order)):
        if task.due_on < today:
            raise BadInputError(
                field=f"tasks.{place}.due_on",
                message=_("附带任务“{title}”的时限早于今天，请改为今天或之后。").format(title=task.title),
            )


def wanted(order: Order) -> list[OrderTaskIn]:
    """None with a drill: it leaves nothing to be done."""
    return [] if order.is_drill else [OrderTaskIn.model_validate(task) for task in order.tasks]


def _new(task: OrderTaskIn, unit_id: UUID) -> NewItem:
    return NewItem(
        title=task.title,
        lead_unit_id=unit_id,
        starts_on=min(clock.today(), task.due_on),
        due_on=task.due_on,
        source="order",
        kind="order",
        evidence_required=task.evidence_required,
    )


def settle_soon(order: Order) -> None:
    """After the issue, a receipt, a refusal or the end. One job an order waits, and one runs at a time."""
    if order.tasks and not order.is_drill:
        key = f"errands:{order.pk}"
        jobs.defer(TASK, key=key, lock=key, order_id=str(order.pk))


def settle(order_id: UUID) -> int:
    """Call off what is void and make what is missing; returns how many items and units were dealt with."""
    order = store.shown().get(pk=order_id)
    done = _call_off(order)
    while (units := _make(order)) > 0:
        done += units
    return done


def _make(order: Order) -> int:
    if order.state != OrderState.ISSUED or not wanted(order):
        return 0
    with transaction.atomic():
        units = order_items.units_without_items(order.pk, order.version, BATCH)
        for unit in units:
            for place, task in enumerate(wanted(order)):
                _give(order, unit, place, task)
    return len(units)


def _give(order: Order, unit: OrderUnit, place: int, task: OrderTaskIn) -> None:
    row = OrderItem(order=order, unit_id=unit.unit_id, place=place)
    try:
        with transaction.atomic():
            answer = check_register(
                actor=_issuer(order),
                home=Home(taskforce_id=order.taskforce_id),
                new=_new(task, unit.unit_id),
                dispatch=True,
            )
        row.item_id = answer.item.id
    except DomainError as refusal:
        row.problem = _("未能交办：{reason}请另行登记事项并交办。").format(reason=refusal.user_message())[
            :MOST_REASON
        ]
    row.save(force_insert=True)


def _call_off(order: Order) -> int:
    """Items of a recalled order, and of units that sent it back; what was reported already stays to be judged.

    One that cannot be called off, such as one that its unit has split up, is tried again the next time.
    """
    stopped = [state.value for state in ItemState if ItemAct.CANCEL not in allowed_acts(state)]
    recalled = order.state == OrderState.RECALLED
    reason = _("指令已撤回：{reason}").format(reason=order.end_reason) if recalled else _("单位退回指令")
    done = after = 0
    while items := order_items.void_items(
        order.pk, order.version, recalled=recalled, final=stopped, after=after, limit=BATCH
    ):
        done += sum(_cancel(order, item, reason[:500]) for item in items)
        after = items[-1].order_item.pk
    return done


def _cancel(order: Order, item: Item, reason: str) -> bool:
    row, problem = item.order_item, ""
    try:
        check_suspend(actor=_issuer(order), item_id=item.pk, act=ItemAct.CANCEL, reason=reason)
    except DomainError as refusal:
        problem = _("未能取消：{reason}").format(reason=refusal.user_message())[:MOST_REASON]
    if row.problem != problem:
        row.problem = problem
        row.save(update_fields=["problem"])
    return not problem


def _issuer(order: Order) -> Actor:
    """Who issued it, in the post of that day. The right was asked for when it was drafted and issued; that somebody has
    moved on since leaves no unit without its task.
    """
    return Actor(
        staff_id=order.issuer_id, staff_number=order.issuer.staff_number, name=order.issuer_name, kind="system",
        post_id=order.issuer_post_id, post_title=order.issuer_post_title, unit_id=order.issuer_unit_id,
        unit_name=order.issuer_unit_name,
    )  # fmt: skip


def tasks_out(order: Order, *, board: bool, unit_id: UUID | None) -> list[OrderTaskOut]:
    """With how far they got for who watches the board, and the own unit's item for its recipients; with the reasons of
    those that stand aside.
    """
    given = wanted(order)
    if not given:
        return []
    counts = order_items.item_counts(order.pk) if board else {}
    own = order_items.items_of_unit(order.pk, unit_id) if unit_id else {}
    of_unit = None if board else unit_id
    aside = order_items.problems(order.pk, unit_id=of_unit, limit=MOST_PROBLEMS) if board or unit_id else []
    return [
        OrderTaskOut(
            **task.model_dump(),
            made=counts.get(place, (0, 0))[0],
            done=counts.get(place, (0, 0))[1],
            item=own.get(place),
            problems=[
                OrderTaskProblemOut(unit_name=unit, reason=reason)
                for at, unit, reason in aside
                if at == place
            ],
        )
        for place, task in enumerate(given)
    ]
