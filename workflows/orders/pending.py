"""Orders that wait for me: to sign for, to report on, and for my unit to receive."""

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from workflows.orders import gates
from workflows.orders.reading import order_link, title_of
from workflows.pending.registry import PendingEntry, PendingSource, Rows, register
from workflows.store import orders as store
from workflows.store.models import Order, OrderRecipient, OrderUnit

SEARCH = ("order__title", "order__number", "order__issuer_unit_name")


def to_sign(actor: Actor) -> Rows | None:
    if not actor.staff_id:
        return None
    query = store.open_to(actor.staff_id, only_open=True)
    return Rows(query, _entry("sign_by"), SEARCH, due="order__sign_by", dated=False, subject="order_id")


def to_report(actor: Actor) -> Rows | None:
    """Signed for, where the order asks for a report."""
    if not actor.staff_id:
        return None
    query = OrderRecipient.objects.filter(
        staff_id=actor.staff_id,
        state__in=("signed_for", "substituted"),
        order__state="issued",
        order__report_by__isnull=False,
        version=F("order__version"),
    )
    rows = query.select_related("order")
    return Rows(rows, _entry("report_by"), SEARCH, due="order__report_by", dated=False, subject="order_id")


def for_unit(actor: Actor) -> Rows | None:
    """For who may sign for the unit: what it has not received, unless it waits for oneself anyway."""
    if not actor.unit_id or not gates.answers_for(actor):
        return None
    mine = store.open_to(actor.staff_id, only_open=True).order_by().values("order_id")
    query = OrderUnit.objects.filter(
        unit_id=actor.unit_id,
        expects=True,
        received_at__isnull=True,
        declined_at__isnull=True,
        order__state="issued",
        version=F("order__version"),
    ).exclude(order_id__in=mine)
    rows = query.select_related("order")
    return Rows(rows, _entry("sign_by"), SEARCH, due="order__sign_by", dated=False, subject="order_id")


def _entry(limit: str) -> Callable[[Any], PendingEntry]:
    def entry(row: OrderRecipient | OrderUnit) -> PendingEntry:
        order: Order = row.order
        due = getattr(order, limit)
        return PendingEntry(
            subject=order.pk,
            title=title_of(order),
            detail=_("{number} {unit}").format(number=order.number, unit=order.issuer_unit_name),
            due_on=clock.local(due).date() if due else None,
            due_at=due,
            code=_code(order, late=due is not None and due < clock.now()),
            link=order_link(order.pk),
        )

    return entry


def _code(order: Order, *, late: bool) -> str:
    if late or order.urgency == "top":
        return "red"
    return "yellow" if order.urgency == "urgent" else "none"


def connect() -> None:
    """Called once at start."""
    register(PendingSource("order_sign_for", lambda: _("待签收指令"), find=to_sign))
    register(PendingSource("order_report", lambda: _("待反馈指令"), find=to_report))
    register(PendingSource("order_for_unit", lambda: _("本单位待签收指令"), find=for_unit))
