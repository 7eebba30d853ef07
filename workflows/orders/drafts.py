"""Drafts: written, saved again and again, counted before they are sent."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.burden import guard as burden
from workflows.errors import NotAllowedNowError
from workflows.orders import errands, gates, gateways, releases, scopes
from workflows.orders.reading import order_out
from workflows.orders.views import (
    HeadCount,
    OrderAnswer,
    OrderForceChoice,
    OrderOptionsOut,
    OrderRungIn,
    OrderScopeIn,
    OrderTaskIn,
    OrderTemplateOut,
)
from workflows.rules.orders import OrderNotAllowedNow, Step, next_order_state
from workflows.services import taskforces
from workflows.services.changes import stamp
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.store import orders as store
from workflows.store import taskforces as force_store
from workflows.store.models import Order, OrderHistory, OrderTemplate, TaskForce

MAX_TITLE, MAX_TEXT, MAX_MANDATE, MAX_CODE, MAX_NAME = 100, 2000, 200, 12, 60
MOST_TASKS = 5
CHINESE = ("\u4e00", "\u9fff")


def check_draft_order(*, actor: Actor, fields: dict[str, Any], key: str | None = None) -> OrderAnswer:
    """A new draft of the actor's unit. It may be incomplete.

    Raises: ForbiddenError, SecrecyRefusedError, BadInputError (names the field).
    """
    unit = scopes.unit_of(actor)

    def deed() -> OrderAnswer:
        now = clock.now()
        order = Order(
            issuer_unit=unit, issuer_post_id=actor.post_id, issuer_id=actor.staff_id, issuer_name=actor.name,
            issuer_post_title=actor.post_title, issuer_unit_name=actor.unit_name,
            organ_code=store.last_organ_code(unit.pk), created_at=now, changed_at=now,
            rungs=[rung.model_dump() for rung in default_rungs(str(fields.get("urgency") or "normal"))],
            scope=OrderScopeIn().model_dump(mode="json"),
        )  # fmt: skip
        _take(actor, order, fields)
        require(actor, "order.draft", gates.order_scope(order))
        order.save()
        return record(
            actor, order, "draft", _("已保存草稿“{title}”").format(title=order.title or _("未命名"))
        )

    return once(actor=actor, key=key, verb="order.draft", subject_id=unit.pk, answer=OrderAnswer, deed=deed)


def check_edit_order(
    *, actor: Actor, order_id: UUID, fields: dict[str, Any], held_edit: int | None = None
) -> OrderAnswer:
    """Save a draft. What was approved falls back to a draft: approval was for the text as it stood.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError, BadInputError.
        ConflictError: somebody else has saved since `held_edit`; facts: edit, and who.
    """
    gates.access_order(actor, order_id)
    with transaction.atomic():
        order = store.lock(order_id)
        require(actor, "order.draft", gates.order_scope(order))
        if held_edit is not None and held_edit != order.edit:
            raise ConflictError(
                message=_("草稿已在别处修改，您的内容尚未保存；请复制您的改动，刷新后再合并。"),
                edit=order.edit,
            )
        was = order.state
        moved(order, "edit")
        _take(actor, order, fields)
        order.edit += 1
        releases.drop(actor, order, "内容已修改")
        order.release_state, order.consent_id, order.approved_hash = "", None, ""
        order.changed_at = clock.now()
        order.save()
        if was == "approved":
            return record(actor, order, "edit", _("修改后退回草稿，须重新批准"))
        return OrderAnswer(message=_("已自动保存"), order=order_out(actor, order))


def moved(order: Order, act: str) -> None:
    """Set the state after `act`. Raises NotAllowedNowError."""
    try:
        order.state = next_order_state(order.state, act)
    except OrderNotAllowedNow as refusal:
        raise NotAllowedNowError.of(refusal) from refusal


def record(actor: Actor, order: Order, act: str, text: str, **facts: Any) -> OrderAnswer:
    """History, audit, and the answer. Part of the deed's transaction."""
    OrderHistory.objects.create(order=order, act=act, text=text[:500], **stamp(actor, clock.now()))
    new = {"state": order.state, "version": order.version, "number": order.number, **facts}
    audit.record(actor=actor, verb=f"order.{act}", subject="order", subject_id=order.pk, new=new)
    return OrderAnswer(message=text, order=order_out(actor, order))


def _take(actor: Actor, order: Order, fields: dict[str, Any]) -> None:
    """Check what was given and put it on the unsaved order."""
    for name, most in (("title", MAX_TITLE), ("text", MAX_TEXT), ("mandate", MAX_MANDATE)):
        if name in fields:
            setattr(order, name, checked_text(actor, fields[name], field=name, most=most))
    if "organ_code" in fields:
        order.organ_code = _organ_code(fields["organ_code"] or "")
    for name in ("urgency", "is_drill", "drill_outside"):
        if fields.get(name) is not None:
            setattr(order, name, fields[name])
    for name in ("sign_by", "report_by"):
        if name in fields:
            setattr(order, name, checked_moment(fields[name], field=name))
    _take_recipients(actor, order, fields)
    if order.sign_by and order.report_by and order.report_by < order.sign_by:
        raise BadInputError(field="report_by", message=_("反馈时限早于签收时限，请改为签收时限之后。"))


def _take_recipients(actor: Actor, order: Order, fields: dict[str, Any]) -> None:
    if fields.get("scope") is not None:
        scope = OrderScopeIn.model_validate(fields["scope"])
        scopes.wanted_of(scope)
        order.scope = scope.model_dump(mode="json")
    if fields.get("rungs") is not None:
        order.rungs = [rung.model_dump() for rung in checked_rungs(fields["rungs"])]
    if "taskforce" in fields:
        order.taskforce = _force(actor, fields["taskforce"])
    if fields.get("tasks") is not None:
        tasks = [OrderTaskIn.model_validate(task) for task in fields["tasks"]]
        order.tasks = errands.checked(actor, order, tasks)


def checked_text(actor: Actor, text: str | None, *, field: str, most: int) -> str:
    """Raises BadInputError, SecrecyRefusedError."""
    text = (text or "").strip()
    if len(text) > most or "\x00" in text:
        raise BadInputError(field=field, message=_("不超过{most}个字，请压缩。").format(most=most))
    admission.check(text, actor=actor, where="title" if field == "title" else "order")
    burden.check(text, where="order", field=field)
    return text


def checked_moment(moment: datetime | None, *, field: str) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.SHANGHAI)
    if moment is not None and moment.year > clock.today().year + 5:
        raise BadInputError(field=field, message=_("时限过远，请检查年份。"))
    return moment


def _organ_code(code: str) -> str:
    code = code.strip()
    if code and (len(code) > MAX_CODE or not all(CHINESE[0] <= one <= CHINESE[1] for one in code)):
        raise BadInputError(field="organ_code", message=_("机关代字为1至12个汉字，例如“咸政”。"))
    return code


def checked_rungs(rungs: Sequence[Any]) -> list[OrderRungIn]:
    """Each step once, in the order of the ladder and of time. Raises BadInputError."""
    found = [OrderRungIn.model_validate(rung) for rung in rungs]
    order = list(Step)
    found.sort(key=lambda rung: order.index(Step(rung.step)))
    if len({rung.step for rung in found}) < len(found):
        raise BadInputError(field="rungs", message=_("同一种升级方式只能设一次，请删去重复的一级。"))
    if any(later.minutes < earlier.minutes for earlier, later in pairwise(found)):
        raise BadInputError(field="rungs", message=_("升级时间须逐级后延，请调整分钟数。"))
    return [rung for rung in found if rung.step != "app"]


def default_rungs(urgency: str) -> list[OrderRungIn]:
    """Steps of an order of this urgency, as settings have them; those without a provider are left out, and calls where
    they ask for a second approver: whoever wants them switches them on.

    What is not urgent climbs no ladder by itself.
    """
    if urgency == "normal":
        return []
    return [
        OrderRungIn(step=step, minutes=minutes)
        for step, minutes in gateways.offered_steps()
        if step != "voice" or not settings.ORDER_SECOND_APPROVER_FOR_VOICE
    ]


def _force(actor: Actor, taskforce_id: UUID | None) -> TaskForce | None:
    """Only who may order in its name. Raises NotFoundError, ForbiddenError."""
    if taskforce_id is None:
        return None
    access_taskforce(actor, taskforce_id)
    force = force_store.find(taskforce_id)
    if force is None:
        raise NotFoundError
    if not may(actor, "order.draft", force_scope(force)):
        raise ForbiddenError(
            message=_("以专班名义签发指令须由专班牵头人或专班办公室办理。"), verb="order.draft"
        )
    return force


def issuing_of(order: Order) -> scopes.Issuing:
    return scopes.issuing_as(order.issuer_unit, mandate=order.mandate, force=order.taskforce)


def head_count_of(
    actor: Actor, *, scope: OrderScopeIn, mandate: str, taskforce_id: UUID | None, rungs: list[OrderRungIn]
) -> HeadCount:
    """Of a scope that is not saved. Raises BadInputError, ForbiddenError, NotFoundError."""
    unit = scopes.unit_of(actor)
    require(actor, "order.draft", Scope(unit_id=unit.pk, owner_post_id=actor.post_id))
    issuing = scopes.issuing_as(unit, mandate=mandate, force=_force(actor, taskforce_id))
    return scopes.head_count(scopes.resolve(scope, issuing), rungs=rungs)


def head_count_of_order(actor: Actor, order_id: UUID) -> HeadCount:
    order = gates.access_board(actor, order_id)
    resolved = scopes.resolve(OrderScopeIn.model_validate(order.scope), issuing_of(order))
    return scopes.head_count(resolved, rungs=[OrderRungIn.model_validate(rung) for rung in order.rungs])


def check_discard_draft(*, actor: Actor, order_id: UUID) -> None:
    """Raises NotFoundError, ForbiddenError, NotAllowedNowError."""
    gates.access_order(actor, order_id)
    with transaction.atomic():
        order = store.lock(order_id)
        require(actor, "order.draft", gates.order_scope(order))
        if order.state != "draft":
            raise NotAllowedNowError(message=_("只有草稿可以删除；已签发的指令请撤回。"))
        releases.drop(actor, order, "草稿已删除")
        audit.record(
            actor=actor,
            verb="order.discard",
            subject="order",
            subject_id=order.pk,
            old={"title": order.title},
        )
        order.delete()


def options(actor: Actor) -> OrderOptionsOut:
    """What a new order of the actor's unit starts from."""
    unit = scopes.unit_of(actor)
    body = scopes.mandating_body(unit)
    forces = []
    for force in taskforces.visible(actor):
        found = force_store.find(force.id)
        if found and may(actor, "order.draft", force_scope(found)):
            forces.append(OrderForceChoice(id=force.id, name=force.name))
    return OrderOptionsOut(
        steps=[OrderRungIn(step=step, minutes=minutes) for step, minutes in gateways.offered_steps()],
        defaults={urgency: default_rungs(urgency) for urgency in ("top", "urgent", "normal")},
        second_approver_above=settings.ORDER_SECOND_APPROVER_ABOVE,
        organ_code=store.last_organ_code(unit.pk),
        may_mandate=body is not None,
        mandate_of=body.name if body else "",
        taskforces=forces,
        max_title=MAX_TITLE,
        max_text=MAX_TEXT,
        max_tasks=MOST_TASKS,
        may_task=may(actor, "item.dispatch", Scope(unit_id=unit.pk, assigner_unit_ids=(unit.pk,))),
    )


def list_templates(actor: Actor) -> list[OrderTemplateOut]:
    return [_template_out(row) for row in store.templates(scopes.unit_of(actor).pk)]


def check_keep_template(*, actor: Actor, name: str, draft: dict[str, Any]) -> OrderTemplateOut:
    """Keep a draft under a name for the unit; the same name again replaces it. Raises BadInputError, ForbiddenError."""
    unit = scopes.unit_of(actor)
    require(actor, "order.draft", Scope(unit_id=unit.pk, owner_post_id=actor.post_id))
    name = checked_text(actor, name, field="name", most=MAX_NAME)
    if not name:
        raise BadInputError(field="name", message=_("请填写模板名称。"))
    for field in ("title", "text"):
        checked_text(actor, draft.get(field) or "", field=field, most=MAX_TEXT)
    kept = {k: v for k, v in draft.items() if k not in {"sign_by", "report_by", "tasks", "edit"}}
    row, _made = OrderTemplate.objects.update_or_create(
        unit=unit, name=name, defaults={"draft": kept, "made_by_name": actor.name, "made_at": clock.now()}
    )
    return _template_out(row)


def check_drop_template(*, actor: Actor, template_id: UUID) -> None:
    """Raises NotFoundError, ForbiddenError."""
    unit = scopes.unit_of(actor)
    require(actor, "order.draft", Scope(unit_id=unit.pk, owner_post_id=actor.post_id))
    if not OrderTemplate.objects.filter(pk=template_id, unit=unit).delete()[0]:
        raise NotFoundError


def _template_out(row: OrderTemplate) -> OrderTemplateOut:
    return OrderTemplateOut(
        id=row.pk, name=row.name, draft=row.draft, made_by_name=row.made_by_name, made_at=row.made_at
    )
