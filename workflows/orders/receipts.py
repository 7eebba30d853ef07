"""What recipients do: open, sign for, report, send back, stand in. Each act once, by whoever was first."""

from collections.abc import Callable, Iterable
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from chatops.services.tell import tell_people
from common import clock, ids
from common.cursors import offset_of
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, require
from directory.store.models import Staff
from workflows.errors import NotAllowedNowError
from workflows.orders import errands, gates
from workflows.orders.drafts import record
from workflows.orders.reading import order_out, title_of
from workflows.orders.views import MyOrder, OrderAnswer, OrderOut, ReceiptWord, UrgencyWord
from workflows.rules.orders import OrderNotAllowedNow, next_recipient_state
from workflows.services.acts import checked_reason
from workflows.services.deeds import once
from workflows.store import orders as store
from workflows.store.models import Order, OrderRecipient, OrderState
from workflows.store.order_scopes import ANSWERING

MAX_REPORT = 2000
PAGE = 50


def my_orders(
    actor: Actor, *, only_open: bool = True, cursor: str | None = None
) -> tuple[list[MyOrder], str | None]:
    """Orders to this person. Whoever is shown them has got them: pending ones are delivered by this."""
    if not actor.staff_id:
        return [], None
    start = offset_of(cursor)
    rows = list(store.open_to(actor.staff_id, only_open=only_open)[start : start + PAGE + 1])
    page = rows[:PAGE]
    if waiting := [row.order_id for row in page if row.state in {"pending", "unreachable"}]:
        _delivered(store.mark_delivered(actor.staff_id, waiting, clock.now(), "list"))
    asked = store.requests_among((row.order_id, row.version, row.unit_id) for row in page)
    shown = [
        MyOrder(
            id=row.order_id, number=row.order.number or "", title=title_of(row.order),
            urgency=cast("UrgencyWord", row.order.urgency), is_drill=row.order.is_drill, sign_by=row.order.sign_by,
            state=cast("ReceiptWord", "delivered" if row.order_id in waiting else row.state), version=row.version,
            request=(row.order_id, row.unit_id) in asked, issuer_unit_name=row.order.issuer_unit_name,
            issued_at=row.order.issued_at,
        )
        for row in page
    ]  # fmt: skip
    return shown, str(start + PAGE) if len(rows) > PAGE else None


def _delivered(found: Iterable[tuple[UUID, UUID]]) -> None:
    by_order: dict[UUID, set[UUID | None]] = {}
    for order_id, unit_id in found:
        by_order.setdefault(order_id, set()).add(unit_id)
    for order_id, units in by_order.items():
        store.tick(order_id, units)


def frames_taken(taken: Iterable[tuple[int, int]]) -> None:
    """Clients have reported person frames up to a position, as (person, position): orders among them are delivered."""
    pairs = list(taken)
    if pairs:
        with transaction.atomic():
            _delivered(store.mark_taken(pairs, clock.now()))


def open_order(actor: Actor, order_id: UUID) -> OrderOut:
    """The order; a recipient who opens it has read it. Raises NotFoundError."""
    order = gates.access_order(actor, order_id)
    mine = gates.receipt_of(actor, order)
    if (
        mine is not None
        and order.state == OrderState.ISSUED
        and mine.state in {"pending", "delivered", "unreachable"}
    ):
        with transaction.atomic():
            locked = store.lock_receipt(order.pk, order.version, actor.staff_id)
            if locked is not None and locked.state in {"pending", "delivered", "unreachable"}:
                now = clock.now()
                locked.state = next_recipient_state(locked.state, "read")
                locked.delivered_at, locked.read_at = locked.delivered_at or now, now
                locked.save(update_fields=["state", "delivered_at", "read_at"])
                store.tick(order.pk, [locked.unit_id])
                mine = locked
    return order_out(actor, order, receipt=mine)


def _receipt_deed(
    actor: Actor,
    order_id: UUID,
    act: str,
    key: str | None,
    change: Callable[[Order, OrderRecipient], OrderAnswer],
) -> OrderAnswer:
    """Let `change` work on the actor's own locked receipt of the present version."""
    gates.access_order(actor, order_id)

    def deed() -> OrderAnswer:
        order = store.find_shared(order_id)
        if order.state != OrderState.ISSUED:
            raise NotAllowedNowError(message=_ended(order))
        row = store.lock_receipt(order.pk, order.version, actor.staff_id)
        if row is None:
            raise NotFoundError(message=_("您不在本指令的接收名单中；值班员、办公室可以代本单位签收。"))
        return change(order, row)

    return once(actor=actor, key=key, verb=f"order.{act}", subject_id=order_id, answer=OrderAnswer, deed=deed)


def _ended(order: Order) -> str:
    if order.state == OrderState.RECALLED:
        return _("指令已撤回（{reason}），无需办理。").format(reason=order.end_reason)
    return _("指令已办结，无需再签收或反馈。")


def moved(row: OrderRecipient, act: str) -> None:
    """Set the state after `act`. Raises NotAllowedNowError; who was first is named."""
    try:
        row.state = next_recipient_state(row.state, act)
    except OrderNotAllowedNow as refusal:
        if row.state in {"signed_for", "reported", "substituted"} and act in {"sign_for", "substitute"}:
            at = clock.local(row.signed_at) if row.signed_at else None
            words = _("{by}已于{at}签收，无需再次签收。")
            by = row.by_name or row.name
            raise NotAllowedNowError(
                message=words.format(by=by, at=f"{at:%m月%d日 %H:%M}" if at else ""), by=by
            ) from refusal
        raise NotAllowedNowError.of(refusal) from refusal


def check_sign_for(*, actor: Actor, order_id: UUID, room_id: str = "", key: str | None = None) -> OrderAnswer:
    """签收. The units for which this person answers, by any post held today, have received by it.

    Raises: NotFoundError, NotAllowedNowError (says who signed and when).
    """

    def change(order: Order, row: OrderRecipient) -> OrderAnswer:
        now = clock.now()
        stood_in = row.state == "substituted"
        moved(row, "sign_for")
        row.delivered_at, row.read_at = row.delivered_at or now, row.read_at or now
        row.signed_at = row.signed_at if stood_in and row.signed_at else now
        row.by_name, row.by_post = actor.name, actor.post_title
        row.via = "room" if room_id else row.via or "app"
        row.save()
        units = store.units_answered_by(actor.staff_id, order.pk, order.version, clock.today(), ANSWERING)
        store.receive_units(
            order.pk,
            order.version,
            units,
            by_name=actor.name,
            by_post=actor.post_title,
            how="signed",
            now=now,
        )
        if units:
            errands.settle_soon(order)
        _changed(actor, order, {row.unit_id, *units})
        return record(
            actor, order, "sign_for", _("{name}签收{number}").format(name=actor.name, number=order.number)
        )

    return _receipt_deed(actor, order_id, "sign_for", key, change)


def check_report(*, actor: Actor, order_id: UUID, text: str, key: str | None = None) -> OrderAnswer:
    """反馈 what was done; a later report takes the place of the earlier one, which the history keeps."""
    text = text.strip()
    if not text or len(text) > MAX_REPORT or "\x00" in text:
        raise BadInputError(field="text", message=_("请填写反馈内容，不超过2000个字。"))
    admission.check(text, actor=actor, where="report")

    def change(order: Order, row: OrderRecipient) -> OrderAnswer:
        moved(row, "report")
        row.report, row.reported_at = text, clock.now()
        row.save()
        _changed(actor, order, {row.unit_id})
        words = _("{name}反馈：{text}").format(name=actor.name, text=text[:200])
        return record(actor, order, "report", words)

    return _receipt_deed(actor, order_id, "report", key, change)


def check_decline(*, actor: Actor, order_id: UUID, reason: str, key: str | None = None) -> OrderAnswer:
    """不属我办, or 商请 declined: it goes back to the issuer with the reason. A unit's answer counts for the unit."""
    reason = checked_reason(actor, reason)

    def change(order: Order, row: OrderRecipient) -> OrderAnswer:
        now = clock.now()
        moved(row, "decline")
        row.ended_at, row.note = now, reason
        row.by_name, row.by_post = actor.name, actor.post_title
        row.save()
        if row.answers:
            store.decline_unit(
                order.pk, order.version, row.unit_id, by_name=actor.name, by_post=actor.post_title,
                reason=reason, now=now,
            )  # fmt: skip
            errands.settle_soon(order)
        _changed(actor, order, {row.unit_id})
        tell_people([order.issuer_id], "order_board", {"id": str(order.pk), "declined": 1})
        words = _("{name}（{unit}）退回：{reason}").format(name=actor.name, unit=row.unit.name, reason=reason)
        return record(actor, order, "decline", words)

    return _receipt_deed(actor, order_id, "decline", key, change)


def check_substitute(
    *, actor: Actor, order_id: UUID, user_id: str = "", reason: str, key: str | None = None
) -> OrderAnswer:
    """代签 for an absent colleague or for the own unit, by its duty officer, office or leaders.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError (says who signed and when).
        BadInputError: no reason; the person is no recipient of this unit.
    """
    reason = checked_reason(actor, reason)
    gates.access_order(actor, order_id)

    def deed() -> OrderAnswer:
        order = store.find_shared(order_id)
        if order.state != OrderState.ISSUED:
            raise NotAllowedNowError(message=_ended(order))
        require(actor, "order.substitute", Scope(unit_id=actor.unit_id))
        unit_id = actor.unit_id
        unit = store.unit_row(order.pk, order.version, unit_id) if unit_id else None
        if unit is None or unit_id is None:
            raise NotFoundError(message=_("本单位不在本指令的接收范围内。"))
        now = clock.now()
        if user_id:
            words = _sign_in_place_of(actor, order, unit_id, user_id, reason)
        else:
            words = _("{name}代{unit}签收").format(name=actor.name, unit=unit.unit_name)
        received = store.receive_units(
            order.pk, order.version, [unit_id], by_name=actor.name, by_post=actor.post_title, how="substitute",
            now=now,
        )  # fmt: skip
        if not user_id and not received:
            unit.refresh_from_db()  # whoever was faster has just committed
            at = clock.local(unit.received_at) if unit.received_at else clock.local(now)
            raise NotAllowedNowError(
                message=_("{by}已于{at}代表本单位签收。").format(by=unit.by_name, at=f"{at:%m月%d日 %H:%M}"),
                by=unit.by_name,
            )
        errands.settle_soon(order)
        _changed(actor, order, {unit_id})
        return record(actor, order, "substitute", f"{words}：{reason}")

    return once(
        actor=actor, key=key, verb="order.substitute", subject_id=order_id, answer=OrderAnswer, deed=deed
    )


def _sign_in_place_of(actor: Actor, order: Order, unit_id: UUID, user_id: str, reason: str) -> str:
    number = (ids.staff_number_of(user_id) or user_id).lower()
    person = Staff.objects.filter(staff_number=number).first()
    row = store.lock_receipt(order.pk, order.version, person.pk) if person else None
    if row is None or row.unit_id != unit_id:
        raise BadInputError(field="user_id", message=_("该人员不在本单位的接收名单中，请从名单中选择。"))
    moved(row, "substitute")
    row.signed_at, row.note = clock.now(), reason
    row.by_name, row.by_post, row.via = actor.name, actor.post_title, "substitute"
    row.save()
    return _("{name}代{whom}签收").format(name=actor.name, whom=row.name)


def _changed(actor: Actor, order: Order, units: set[UUID]) -> None:
    """Boards and cards are brought up to date within a second or two; other clients of this person at once."""
    store.tick(order.pk, units)
    if actor.staff_id:
        row = store.receipt(order.pk, order.version, actor.staff_id)
        state = row.state if row else ""
        body = {"id": str(order.pk), "version": order.version, "number": order.number, "title": title_of(order),
                "urgency": order.urgency, "is_drill": order.is_drill, "order_state": order.state, "state": state,
                "sign_by": order.sign_by.isoformat() if order.sign_by else None}  # fmt: skip
        tell_people([actor.staff_id], "order", body)
