"""From an approved draft to an order in everybody's hands, and what its issuer does with it afterwards."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from common import clock
from common.errors import BadInputError, ConflictError
from directory.actors import Actor
from directory.services.rights import require
from workflows.errors import NotAllowedNowError, RemindedLatelyError
from workflows.orders import drafts, errands, gates, ladder, releases, rooms, scopes
from workflows.orders.drafts import moved, record
from workflows.orders.reading import title_of
from workflows.orders.views import OrderAnswer, OrderRungIn, OrderScopeIn
from workflows.services.acts import checked_reason
from workflows.services.deeds import once
from workflows.store import order_scopes
from workflows.store import orders as store
from workflows.store.models import Order, OrderState, OrderVersion

NAMED = 5


def _deed(
    actor: Actor, order_id: UUID, verb: str, act: str, key: str | None, change: Callable[[Order], OrderAnswer]
) -> OrderAnswer:
    """Let `change` work on the locked order. Raises what the gate, the right and the change raise."""
    gates.access_order(actor, order_id)

    def deed() -> OrderAnswer:
        order = store.lock(order_id)
        require(actor, verb, gates.order_scope(order))
        return change(order)

    return once(actor=actor, key=key, verb=f"order.{act}", subject_id=order_id, answer=OrderAnswer, deed=deed)


def digest_of(order: Order) -> str:
    """SHA-256 over what is approved and issued: text, limits, recipients, steps, tasks."""
    facts = [
        order.title, order.text, order.urgency, order.is_drill, order.drill_outside, order.mandate,
        str(order.taskforce_id or ""), order.scope, order.rungs,
        order.sign_by.isoformat() if order.sign_by else "", order.report_by.isoformat() if order.report_by else "",
    ]  # fmt: skip
    if order.tasks:
        facts.append(order.tasks)
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def check_approve(*, actor: Actor, order_id: UUID, key: str | None = None) -> OrderAnswer:
    """批准 by a post entitled to it, for the text and recipients as they stand.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError; BadInputError names what is missing.
    """

    def change(order: Order) -> OrderAnswer:
        if order.state == OrderState.APPROVED:
            raise NotAllowedNowError(
                message=_("{by}已于{at}批准，无需再次批准。").format(
                    by=order.approved_by_name, at=_moment(order.approved_at)
                )
            )
        moved(order, "approve")
        complete(order, clock.now())
        resolved = scopes.resolve(OrderScopeIn.model_validate(order.scope), drafts.issuing_of(order))
        people = order_scopes.count(resolved.wanted, clock.today())[0]
        if people == 0:
            raise BadInputError(field="scope", message=_("所选范围内没有在任人员，请重新选择接收对象。"))
        order.approved_by_id, order.approved_by_name = actor.staff_id, actor.name
        order.approved_by_post, order.approved_at = actor.post_title, clock.now()
        order.approved_hash = digest_of(order)
        second = scopes.needs_second(people, [OrderRungIn.model_validate(rung) for rung in order.rungs])
        order.release_state = "asked" if second else ""
        order.changed_at = clock.now()
        order.save()
        text = _("{name}批准签发，共{people}人").format(name=actor.name, people=people)
        if second:
            releases.ask(actor, order, people)
            text += _("；人数较多或含语音电话，已请第二审批人审定")
        return record(actor, order, "approve", text, people=people)

    return _deed(actor, order_id, "order.approve", "approve", key, change)


def _moment(at: datetime | None) -> str:
    return f"{clock.local(at):%m月%d日 %H:%M}" if at else ""


def complete(order: Order, now: datetime) -> None:
    """Raises BadInputError: names the first thing that is missing and what to write."""
    if not order.title:
        raise BadInputError(field="title", message=_("请填写标题。"))
    if not order.text:
        raise BadInputError(field="text", message=_("请填写正文。"))
    if scopes.is_empty(OrderScopeIn.model_validate(order.scope)):
        raise BadInputError(field="scope", message=_("请选择接收范围：单位、岗位、层级、区划、人员或值班。"))
    if order.sign_by is None:
        raise BadInputError(field="sign_by", message=_("请填写签收时限。"))
    limits_ahead(order.sign_by, order.report_by, now)
    errands.still_ahead(order, clock.local(now).date())


def limits_ahead(sign_by: datetime | None, report_by: datetime | None, now: datetime) -> None:
    """Raises BadInputError: a limit that has passed already, or a report due before the receipt."""
    for field, moment in (("sign_by", sign_by), ("report_by", report_by)):
        if moment is not None and moment <= now:
            words = _("时限{at}已过，请改为{now}以后。")
            raise BadInputError(field=field, message=words.format(at=_moment(moment), now=_moment(now)))
    if sign_by and report_by and report_by < sign_by:
        raise BadInputError(field="report_by", message=_("反馈时限早于签收时限，请改为签收时限之后。"))


def check_issue(
    *, actor: Actor, order_id: UUID, ask_others: bool = False, key: str | None = None
) -> OrderAnswer:
    """签发: number, snapshot of recipients with the rule that found each, person frames, ladder, in one transaction.

    Raises:
        NotFoundError, ForbiddenError.
        NotAllowedNowError: not approved, or the second approver has not agreed.
        BadInputError: field `scope`, facts `out_of_scope`: units that may not be commanded, unless `ask_others`.
    """

    def change(order: Order) -> OrderAnswer:
        if order.state == OrderState.ISSUED:
            words = _("{number}已于{at}签发，无需再次签发。")
            raise NotAllowedNowError(message=words.format(number=order.number, at=_moment(order.issued_at)))
        moved(order, "issue")
        complete(order, clock.now())
        if order.approved_hash != digest_of(order):
            raise ConflictError(message=_("批准后内容有改动，请重新批准后签发。"))
        if order.release_state in {"asked", "refused"}:
            raise NotAllowedNowError(message=releases.not_yet(order))
        resolved = scopes.resolve(OrderScopeIn.model_validate(order.scope), drafts.issuing_of(order))
        if resolved.asked and not ask_others:
            raise _out_of_scope(resolved)
        now = clock.now()
        year = clock.local(now).year
        order.number = f"{order.organ_code}指令〔{year}〕{store.take_number(order.organ_code, year)}号"
        order.issued_at = order.changed_at = now
        people, units = send_out(actor, order, resolved, now, reason="")
        if people > settings.ORDER_SECOND_APPROVER_ABOVE and order.release_state != "agreed":
            raise ConflictError(
                message=_("批准后接收人数增至{people}人，须第二审批人审定，请重新批准。").format(
                    people=people
                )
            )
        text = _("{name}签发{number}，{people}人、{units}个单位").format(
            name=actor.name, number=order.number, people=people, units=units
        )
        rooms.announce(order)
        return record(actor, order, "issue", text, people=people, units=units, asked=len(resolved.asked))

    return _deed(actor, order_id, "order.draft", "issue", key, change)


def _out_of_scope(resolved: scopes.Resolved) -> BadInputError:
    asked = [row for row in resolved.rows if row.pk in resolved.asked]
    names = _("、").join(row.name for row in asked[:NAMED]) + (_("等") if len(asked) > NAMED else "")
    words = _("{names}（{count}个单位）不在指挥范围：{why}。请改为商请，或从接收范围中去掉。")
    return BadInputError(
        field="scope",
        message=words.format(names=names, count=len(asked), why=resolved.asked[asked[0].pk]),
        out_of_scope=[
            {"unit": str(row.pk), "name": row.name, "why": resolved.asked[row.pk], "offer": "request"}
            for row in asked
        ],
    )


def send_out(
    actor: Actor, order: Order, resolved: scopes.Resolved, now: datetime, *, reason: str
) -> tuple[int, int]:
    """Freeze the version, store its recipients, tell them, plan the ladder. Returns people and units.

    A drill without any other word reaches everybody in the app, marked as a drill, and nobody outside it.
    """
    version = OrderVersion.objects.create(
        order=order, version=order.version, title=title_of(order), text=order.text, urgency=order.urgency,
        sign_by=order.sign_by, report_by=order.report_by, scope=order.scope, rungs=order.rungs, reason=reason,
        digest=digest_of(order), issued_at=now, issued_by_name=actor.name, issued_by_post=actor.post_title,
    )  # fmt: skip
    order.shown += 1
    order.save()
    people, units = order_scopes.materialise(
        resolved.wanted, order=order.pk, version=order.version, asked=resolved.asked, today=clock.today()
    )
    if people == 0:
        raise BadInputError(field="scope", message=_("所选范围内没有在任人员，请重新选择接收对象。"))
    version.people, version.units = people, units
    version.save(update_fields=["people", "units"])
    order_scopes.tell(order.pk, order.version, frame_of(order))
    wake_on_commit()
    ladder.plan(order, people, now)
    errands.settle_soon(order)
    return people, units


def frame_of(order: Order) -> dict[str, Any]:
    """The person frame `order`: enough for the strip, no text."""
    return {
        "kind": "order",
        "id": str(order.pk),
        "version": order.version,
        "number": order.number,
        "title": title_of(order),
        "urgency": order.urgency,
        "is_drill": order.is_drill,
        "sign_by": order.sign_by.isoformat() if order.sign_by else None,
        "order_state": order.state,
    }


def check_correct(
    *, actor: Actor, order_id: UUID, reason: str, fields: dict[str, Any], key: str | None = None
) -> OrderAnswer:
    """更正: a new version to the same scope, resolved anew. Receipts of the version before do not count for it.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError, BadInputError.
    """
    reason = checked_reason(actor, reason)

    def change(order: Order) -> OrderAnswer:
        moved(order, "correct")
        before = digest_of(order)
        if fields.get("title") is not None:
            order.title = drafts.checked_text(actor, fields["title"], field="title", most=drafts.MAX_TITLE)
        if fields.get("text") is not None:
            order.text = drafts.checked_text(actor, fields["text"], field="text", most=drafts.MAX_TEXT)
        for name in ("sign_by", "report_by"):
            if fields.get(name) is not None:
                setattr(order, name, drafts.checked_moment(fields[name], field=name))
        now = clock.now()
        complete(order, now)
        if digest_of(order) == before:
            raise BadInputError(field="text", message=_("内容没有变化；如需提醒未签收人员请用“催办”。"))
        ladder.stop(order, "已更正为新版本", now)
        asked = store.asked_units(order.pk, order.version)
        order.version += 1
        order.changed_at = now
        resolved = scopes.resolve(OrderScopeIn.model_validate(order.scope), drafts.issuing_of(order))
        if fresh := set(resolved.asked) - asked:
            # Whoever came into the scope since and may not be commanded was never agreed to be asked.
            resolved = resolved.without(fresh)
        people, units = send_out(actor, order, resolved, now, reason=reason)
        text = _("更正为第{version}版：{reason}；{people}人须重新签收").format(
            version=order.version, reason=reason, people=people
        )
        rooms.announce(order)
        return record(actor, order, "correct", text, people=people, units=units)

    return _deed(actor, order_id, "order.approve", "correct", key, change)


def check_recall(*, actor: Actor, order_id: UUID, reason: str, key: str | None = None) -> OrderAnswer:
    """撤回: it stays readable with the reason, and asks nothing of anybody any more."""
    reason = checked_reason(actor, reason)

    def change(order: Order) -> OrderAnswer:
        _end(order, "recall", reason)
        return record(
            actor, order, "recall", _("撤回{number}：{reason}").format(number=order.number, reason=reason)
        )

    return _deed(actor, order_id, "order.approve", "recall", key, change)


def check_close(*, actor: Actor, order_id: UUID, key: str | None = None) -> OrderAnswer:
    """办结: no more receipts are waited for."""

    def change(order: Order) -> OrderAnswer:
        _end(order, "close", "")
        return record(actor, order, "close", _("办结{number}").format(number=order.number))

    return _deed(actor, order_id, "order.draft", "close", key, change)


def _end(order: Order, act: str, reason: str) -> None:
    moved(order, act)
    now = clock.now()
    order.ended_at = order.changed_at = now
    order.end_reason = reason
    order.shown += 1
    order.save()
    ladder.stop(order, "指令已撤回" if act == "recall" else "指令已办结", now)
    order_scopes.tell(order.pk, order.version, frame_of(order))
    wake_on_commit()
    errands.settle_soon(order)
    rooms.refresh(order)


def check_remind(*, actor: Actor, order_id: UUID, units: list[UUID], key: str | None = None) -> OrderAnswer:
    """催办: tell those who have not signed once more, in the app. At most once in so many minutes (a setting).

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, RemindedLatelyError.
    """

    def change(order: Order) -> OrderAnswer:
        moved(order, "remind")
        now = clock.now()
        pause = timedelta(minutes=settings.ORDER_REMIND_PAUSE_MINUTES)
        told, last = store.remind(order.pk, order.version, units, now, now - pause)
        if told == 0:
            if last is None:
                raise NotAllowedNowError(message=_("所选范围内都已签收或退回，无需催办。"))
            raise RemindedLatelyError(retry_after_ms=max(1, int((last + pause - now).total_seconds() * 1000)))
        order_scopes.tell_reminded(order.pk, order.version, {**frame_of(order), "reminded": True}, now)
        wake_on_commit()
        return record(actor, order, "remind", _("催办{people}人").format(people=told), people=told)

    return _deed(actor, order_id, "order.draft", "remind", key, change)
