"""Orders as lists and single answers show them."""

from typing import cast
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.cursors import offset_of
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import Scope, may
from directory.services.tree import cached_tree
from workflows.orders import errands, gates, releases
from workflows.orders.views import (
    MyReceipt,
    OrderActOut,
    OrderCounts,
    OrderEntry,
    OrderOut,
    OrderRungIn,
    OrderScopeIn,
    OrderVersionOut,
    ReceiptWord,
    StateWord,
    UrgencyWord,
)
from workflows.rules.orders import (
    DRILL_MARK,
    ORDER_MOVES,
    RECIPIENT_MOVES,
    RECIPIENT_WORDS,
    SIGNED_STATES,
)
from workflows.services import taskforces
from workflows.store import orders as store
from workflows.store.models import Order, OrderRecipient, OrderState

PAGE = 50


def counts_of(states: dict[str, int]) -> OrderCounts:
    units = {name: states.get(name, 0) for name in ("units_due", "units_received")}
    people = {state: states.get(state, 0) for state in RECIPIENT_WORDS}
    signed = sum(people[state] for state in SIGNED_STATES)
    return OrderCounts(due=sum(people.values()) - people["declined"], signed=signed, **people, **units)


def list_orders(
    actor: Actor, *, state: str = "", query: str = "", cursor: str | None = None
) -> tuple[list[OrderEntry], str | None]:
    """Orders whose board the actor may see, drafts of the own unit among them, newest first."""
    if state and state not in OrderState.values:
        raise BadInputError(field="state", message=_("状态“{state}”不存在，请重新选择。").format(state=state))
    units = {unit for unit in cached_tree().block if may(actor, "order.view", Scope(unit_id=unit))}
    forces = [force.id for force in taskforces.visible(actor) if _leads(actor, force.id)]
    rows = store.listed(everything=False, issuer_units=units, post_id=actor.post_id, forces=forces)
    if state:
        rows = rows.filter(state=state)
    if query.strip():
        rows = store.named_like(rows, query.strip()[:100])
    # A draft is its unit's own affair.
    rows = rows.exclude(~store.own_draft(actor.unit_id), state__in=("draft", "approved"))
    start = offset_of(cursor)
    page = list(rows[start : start + PAGE + 1])
    counts = store.counts(order.pk for order in page[:PAGE])
    entries = [OrderEntry(**_entry(order, counts_of(counts[order.pk]))) for order in page[:PAGE]]
    return entries, str(start + PAGE) if len(page) > PAGE else None


def _leads(actor: Actor, taskforce_id: UUID) -> bool:
    from workflows.services.gates import force_scope
    from workflows.store import taskforces as force_store

    force = force_store.find(taskforce_id)
    return force is not None and may(actor, "order.view", force_scope(force))


def _entry(order: Order, counts: OrderCounts) -> dict[str, object]:
    return {
        "id": order.pk,
        "number": order.number or "",
        "title": title_of(order),
        "urgency": cast("UrgencyWord", order.urgency),
        "state": cast("StateWord", order.state),
        "is_drill": order.is_drill,
        "version": order.version,
        "issuer_unit_name": order.issuer_unit_name,
        "issuer_name": order.issuer_name,
        "sign_by": order.sign_by,
        "issued_at": order.issued_at,
        "changed_at": order.changed_at,
        "counts": counts,
    }


def title_of(order: Order) -> str:
    """A drill says so wherever its title stands."""
    drill = order.is_drill and order.state not in {"draft", "approved"}
    return f"{DRILL_MARK}{order.title}" if drill else order.title


def order_out(actor: Actor, order: Order, *, receipt: OrderRecipient | None = None) -> OrderOut:
    """The order as this viewer may see it."""
    board = gates.sees_board(actor, order) or actor.kind == "system"
    mine = receipt or gates.receipt_of(actor, order)
    counts = counts_of(store.counts([order.pk])[order.pk]) if board else OrderCounts()
    release = releases.state_of(order)
    return OrderOut(
        **_entry(order, counts),
        text=order.text,
        report_by=order.report_by,
        organ_code=order.organ_code,
        mandate=order.mandate,
        taskforce=order.taskforce_id,
        taskforce_name=order.taskforce.name if order.taskforce else "",
        drill_outside=order.drill_outside,
        edit=order.edit,
        scope=OrderScopeIn.model_validate(order.scope) if board else None,
        rungs=[OrderRungIn.model_validate(rung) for rung in order.rungs] if board else [],
        tasks=errands.tasks_out(order, board=board, unit_id=mine.unit_id if mine else None),
        approved_by_name=order.approved_by_name,
        approved_at=order.approved_at,
        release=release,
        release_consent=order.consent_id
        if release == "asked" and releases.may_release(actor, order)
        else None,
        end_reason=order.end_reason,
        mine=_mine(order, mine) if mine else None,
        versions=[
            OrderVersionOut(
                version=row.version, title=row.title, reason=row.reason, people=row.people if board else 0,
                issued_at=row.issued_at, issued_by_name=row.issued_by_name,
            )
            for row in store.versions(order.pk)
        ],
        history=[
            OrderActOut(act=row.act, text=row.text, at=row.at, by_name=row.by_name, by_post=row.by_post)
            for row in (store.history(order.pk) if board else ())
        ],
        abilities=abilities(actor, order, mine, release),
    )  # fmt: skip


def _mine(order: Order, row: OrderRecipient) -> MyReceipt:
    asked = store.requests_among([(order.pk, order.version, row.unit_id)])
    return MyReceipt(
        state=cast("ReceiptWord", row.state),
        state_words=RECIPIENT_WORDS[row.state],
        why=row.why,
        unit=row.unit_id,
        unit_name=row.unit.name,
        request=(order.pk, row.unit_id) in asked,
        signed_at=row.signed_at,
        report=row.report,
        note=row.note,
    )


def abilities(actor: Actor, order: Order, mine: OrderRecipient | None, release: str = "") -> dict[str, bool]:
    """What this viewer may do now."""
    scope = gates.order_scope(order)
    drafts, approves = may(actor, "order.draft", scope), may(actor, "order.approve", scope)
    issued = order.state == OrderState.ISSUED

    def at(act: str) -> bool:
        return (order.state, act) in ORDER_MOVES

    def own(act: str) -> bool:
        return issued and mine is not None and (mine.state, act) in RECIPIENT_MOVES

    return {
        "edit": at("edit") and drafts,
        "discard": order.state == OrderState.DRAFT and drafts,
        "approve": at("approve") and approves,
        "issue": at("issue") and drafts and release in {"", "agreed"},
        "release": release == "asked" and releases.may_release(actor, order),
        "correct": at("correct") and approves,
        "recall": at("recall") and approves,
        "close": at("close") and drafts,
        "remind": at("remind") and drafts,
        "export": order.number is not None and may(actor, "order.view", scope),
        "sign_for": own("sign_for"),
        "report": own("report"),
        "decline": own("decline"),
        "substitute": issued and _may_stand_in(actor, order),
    }


def _may_stand_in(actor: Actor, order: Order) -> bool:
    unit = store.unit_row(order.pk, order.version, actor.unit_id) if actor.unit_id else None
    return unit is not None and gates.answers_for(actor)


def sign_by_words(order: Order) -> str:
    return f"{clock.local(order.sign_by):%m月%d日 %H:%M}" if order.sign_by else ""


def order_link(order_id: UUID) -> str:
    return f"/orders/{order_id}"
