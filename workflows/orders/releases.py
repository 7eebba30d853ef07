"""The second approver of a large order: somebody else who is entitled agrees before it goes out."""

from typing import Literal, cast

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.rights import may
from workflows import consents
from workflows.consents import ApproverRule, ConsentKind
from workflows.orders import gates
from workflows.services.stamps import stamp
from workflows.store import orders as store
from workflows.store.models import Consent, Order, OrderHistory

KIND = "second_approver"
Release = Literal["", "needed", "asked", "agreed", "refused"]


def state_of(order: Order) -> Release:
    """How far the release of an approved order is; "" where none is needed."""
    return cast("Release", order.release_state)


def may_release(actor: Actor, order: Order) -> bool:
    """Not whoever approved it."""
    return actor.staff_id != order.approved_by_id and may(actor, "order.release", gates.order_scope(order))


def ask(actor: Actor, order: Order, people: int) -> None:
    """Put the question to the entitled posts. Part of the approval's transaction; the asker cannot answer it."""
    consent = consents.ask(
        actor=actor,
        kind=KIND,
        subject_kind="order",
        subject_id=order.pk,
        title=_("签发“{title}”，{people}人").format(title=order.title, people=people),
        approver=ApproverRule(verb="order.release", scope=gates.order_scope(order)),
        link=f"/orders/{order.pk}",
        params={"hash": order.approved_hash, "people": people},
    )
    order.consent_id = consent.pk
    order.save(update_fields=["consent_id"])


def drop(actor: Actor, order: Order, reason: str) -> None:
    """What was asked about an order that has changed or gone needs no answer."""
    if order.consent_id is not None:
        consents.end_open(actor=actor, subject_kind="order", subject_id=order.pk, kind=KIND, reason=reason)


def not_yet(order: Order) -> str:
    """Why it cannot be issued yet, and what helps."""
    if order.release_state == "refused":
        return _("第二审批人未同意签发；请修改接收范围或内容后重新批准。")
    return _("接收人数较多或含语音电话，须由另一位有权岗位审定后签发；请提醒第二审批人办理。")


def _lock(consent: Consent) -> object:
    return store.lock(consent.subject_id) if store.find(consent.subject_id) else None


def _decided(actor: Actor, consent: Consent, state: Release, words: str) -> str:
    order = store.find(consent.subject_id)
    if order is None or order.consent_id != consent.pk:
        return ""
    order.release_state = state
    order.save(update_fields=["release_state"])
    OrderHistory.objects.create(order=order, act="release", text=words[:500], **stamp(actor, clock.now()))
    return words


def _agreed(actor: Actor, consent: Consent) -> str:
    return _decided(actor, consent, "agreed", _("{name}同意签发，可以签发").format(name=actor.name))


def _refused(actor: Actor, consent: Consent) -> str:
    words = _("{name}不同意签发：{reason}").format(name=actor.name, reason=consent.decision_reason)
    return _decided(actor, consent, "refused", words)


def connect() -> None:
    """Called once at start."""
    consents.register(
        ConsentKind(KIND, title=lambda: _("第二审批"), on_agree=_agreed, on_refuse=_refused, lock=_lock)
    )
