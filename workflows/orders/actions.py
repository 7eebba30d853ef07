"""What the buttons of an order's card do: the same services as REST and commands."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import CardResult, CardState, register
from common import clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from workflows.orders import reading, receipts
from workflows.orders.card import KIND
from workflows.orders.views import OrderAnswer
from workflows.store import orders as store
from workflows.store.models import OrderRecipient

SHOWN = ("sign_for", "report", "decline", "substitute")


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name, "")
    if not isinstance(value, str):
        raise BadInputError(field=name, message=_("请填写文字。"))
    return value


def _run(
    actor: Actor, order_id: UUID, action: str, params: Mapping[str, Any], key: str | None
) -> OrderAnswer:
    match action:
        case "sign_for":
            return receipts.check_sign_for(
                actor=actor, order_id=order_id, room_id=_text(params, "room"), key=key
            )
        case "report":
            return receipts.check_report(actor=actor, order_id=order_id, text=_text(params, "text"), key=key)
        case "decline":
            return receipts.check_decline(
                actor=actor, order_id=order_id, reason=_text(params, "reason"), key=key
            )
        case "substitute":
            reason = _text(params, "reason")
            return receipts.check_substitute(actor=actor, order_id=order_id, reason=reason, key=key)
        case _:
            raise NotFoundError


def handle(
    *, actor: Actor, subject: str, action: str, params: Mapping[str, Any], key: str | None
) -> CardResult:
    """Run a button. Raises what the service raises; NotFoundError for an unknown action or subject."""
    try:
        order_id = UUID(subject)
    except ValueError as error:
        raise NotFoundError from error
    answer = _run(actor, order_id, action, params, key)
    return CardResult(message=answer.message, facts={"order": answer.order.model_dump(mode="json")})


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    """What this viewer may do with each order on screen, and what they did."""
    found = store.many(_ids(subjects))
    mine = store.receipts_of(actor.staff_id, [order.pk for order in found])
    states = {}
    for order in found:
        row = mine.get(order.pk)
        able = reading.abilities(actor, order, row)
        names = [name for name in SHOWN if able[name]]
        states[str(order.pk)] = CardState(version=order.shown, abilities=names, done=_done(row))
    return states


def _done(row: OrderRecipient | None) -> dict[str, str]:
    if row is None or row.signed_at is None:
        return {}
    at = f"{clock.local(row.signed_at):%m月%d日 %H:%M}"
    if row.state == "substituted":
        return {"sign_for": _("{by}已代您签收 {at}").format(by=row.by_name, at=at)}
    return {"sign_for": _("您已签收 {at}").format(at=at)}


def _ids(subjects: Sequence[str]) -> list[UUID]:
    found = []
    for subject in subjects:
        try:
            found.append(UUID(subject))
        except ValueError:
            continue
    return found


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)
