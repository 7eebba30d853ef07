"""Writing templates, letting orders be issued by them, and seeing what they did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from chatops.services import admission
from common import audit, clock
from common.cursors import moment_cursor, moment_of
from common.errors import BadInputError, NotFoundError
from connectors.store.models import Connector
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.orders.scopes import unit_of
from workflows.store.models import Trigger, TriggerRun
from workflows.triggers.contents import ItemContent, OrderContent, TriggerCondition, read_content

Shape = TypeVar("Shape", bound=BaseModel)
RUNS_SHOWN = 50
MOST_NAME = 120


@dataclass(frozen=True)
class TriggerIn:
    name: str
    watches: str
    makes: str
    content: dict[str, Any]
    condition: dict[str, Any]
    connector_id: UUID | None = None
    is_enabled: bool = True


def list_triggers(actor: Actor) -> list[Trigger]:
    """Templates of the units for which the actor's post may write them. Raises ForbiddenError."""
    require(actor, "trigger.manage")
    rows = Trigger.objects.select_related("unit", "author", "approved_by", "connector")
    return [row for row in rows if may(actor, "trigger.manage", _scope(row))]


def put_trigger(*, actor: Actor, new: TriggerIn, trigger_id: UUID | None = None) -> Trigger:
    """Keep a template in the actor's name, or change it; a change takes its approval back.

    Raises: NotFoundError, ForbiddenError, SecrecyRefusedError; BadInputError names the field.
    """
    require(actor, "trigger.manage", Scope(unit_id=actor.unit_id))
    content, condition = checked(actor, new)
    with transaction.atomic():
        trigger = Trigger(unit=unit_of(actor))
        old = None
        if trigger_id is not None:
            trigger = _locked(actor, trigger_id)
            old = facts_of(trigger)
        trigger.name, trigger.watches, trigger.makes = new.name.strip(), new.watches, new.makes
        trigger.content = content.model_dump(mode="json")
        trigger.condition = condition.model_dump(exclude_defaults=True)
        trigger.connector_id, trigger.is_enabled = new.connector_id, new.is_enabled
        trigger.author_id, trigger.changed_at = actor.staff_id, clock.now()
        trigger.approved_by, trigger.approved_at = None, None
        trigger.save()
        _record(actor, trigger, old, facts_of(trigger))
    return trigger


def check_approve_trigger(*, actor: Actor, trigger_id: UUID) -> Trigger:
    """Let orders of this template be issued in the approver's name when it applies, without asking again.

    Raises: NotFoundError, ForbiddenError: needs the right to approve orders of that unit; BadInputError: no order.
    """
    with transaction.atomic():
        trigger = Trigger.objects.select_for_update(of=("self",)).filter(pk=trigger_id).first()
        if trigger is None or not may(actor, "order.view", _scope(trigger)):
            raise NotFoundError
        require(actor, "order.approve", _scope(trigger))
        if trigger.makes != Trigger.Makes.ORDER:
            raise BadInputError(field="makes", message=_("任务模板无需批准，保存后即生效。"))
        if trigger.approved_by_id is None:
            trigger.approved_by_id, trigger.approved_at = actor.staff_id, clock.now()
            trigger.save(update_fields=["approved_by", "approved_at"])
            audit.record(
                actor=actor,
                verb="order.approve",
                subject="trigger",
                subject_id=trigger.pk,
                new=facts_of(trigger),
            )
    return trigger


def set_enabled(*, actor: Actor, trigger_id: UUID, is_enabled: bool) -> Trigger:
    """Let it apply or not; its approval stays. Raises NotFoundError, ForbiddenError."""
    with transaction.atomic():
        trigger = _locked(actor, trigger_id)
        if trigger.is_enabled != is_enabled:
            old = facts_of(trigger)
            trigger.is_enabled = is_enabled
            trigger.save(update_fields=["is_enabled"])
            _record(actor, trigger, old, facts_of(trigger))
    return trigger


def abilities_of(actor: Actor, trigger: Trigger) -> list[str]:
    """change, and approve where an order waits for it."""
    can = ["change"] if may(actor, "trigger.manage", _scope(trigger)) else []
    waits = trigger.makes == Trigger.Makes.ORDER and trigger.approved_by_id is None
    return [*can, "approve"] if waits and may(actor, "order.approve", _scope(trigger)) else can


def delete_trigger(*, actor: Actor, trigger_id: UUID) -> None:
    """What it has made stays. Raises NotFoundError, ForbiddenError."""
    with transaction.atomic():
        trigger = _locked(actor, trigger_id)
        _record(actor, trigger, facts_of(trigger), None)
        trigger.delete()


def list_runs(
    actor: Actor, trigger_id: UUID, cursor: str | None = None
) -> tuple[list[TriggerRun], str | None]:
    """What it did, newest first. Raises NotFoundError, ForbiddenError, BadInputError(cursor)."""
    trigger = Trigger.objects.filter(pk=trigger_id).first()
    if trigger is None:
        raise NotFoundError
    require(actor, "trigger.manage", _scope(trigger))
    after, rows = moment_of(cursor), trigger.runs.all()
    if after is not None:
        rows = rows.filter(Q(at__lt=after[0]) | Q(at=after[0], pk__lt=after[1]))
    found = list(rows[: RUNS_SHOWN + 1])
    more = found[RUNS_SHOWN - 1] if len(found) > RUNS_SHOWN else None
    return found[:RUNS_SHOWN], moment_cursor(more.at, more.pk) if more else None


def facts_of(trigger: Trigger) -> dict[str, Any]:
    names = ("name", "watches", "condition", "makes", "content", "is_enabled")
    about = {name: getattr(trigger, name) for name in names}
    return about | {
        "connector": str(trigger.connector_id or ""),
        "approved": trigger.approved_by_id is not None,
    }


def _record(actor: Actor, trigger: Trigger, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
    about = {"verb": "trigger.manage", "subject": "trigger"}
    audit.record(actor=actor, subject_id=trigger.pk, old=old, new=new, **about)


def _locked(actor: Actor, trigger_id: UUID) -> Trigger:
    trigger = Trigger.objects.select_for_update(of=("self",)).filter(pk=trigger_id).first()
    if trigger is None:
        raise NotFoundError
    require(actor, "trigger.manage", _scope(trigger))
    return trigger


def checked(actor: Actor, new: TriggerIn) -> tuple[OrderContent | ItemContent, TriggerCondition]:
    """What may be kept. Raises SecrecyRefusedError; BadInputError names the field, such as content.title."""
    name = new.name.strip()
    if not name or len(name) > MOST_NAME or "\x00" in name:
        raise BadInputError(field="name", message=_("请填写名称，不超过{most}个字。").format(most=MOST_NAME))
    if new.watches not in Trigger.Watches.values:
        raise BadInputError(field="watches", message=_("请选择预警或事项。"))
    if new.makes not in Trigger.Makes.values:
        raise BadInputError(field="makes", message=_("请选择指令或任务。"))
    if new.connector_id is not None and not Connector.objects.filter(pk=new.connector_id).exists():
        raise BadInputError(field="connector_id", message=_("没有这个数据源，请重新选择。"))
    content = _read("content", lambda: read_content(new.makes, new.content))
    condition = _read("condition", lambda: TriggerCondition.model_validate(new.condition))
    text = f"{name}\n{content.title}"
    if isinstance(content, OrderContent):
        text += f"\n{content.text}"
    admission.check(text, actor=actor, where="order")
    return content, condition


def _read(field: str, make: Callable[[], Shape]) -> Shape:
    try:
        return make()
    except ValidationError as err:
        where = ".".join(str(part) for part in (field, *err.errors()[0]["loc"]))
        raise BadInputError(
            field=where, message=_("“{field}”填写有误，请改正后重新提交。").format(field=where)
        ) from err


def _scope(trigger: Trigger) -> Scope:
    return Scope(unit_id=trigger.unit_id)
