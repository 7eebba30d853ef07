"""REST: templates that turn alerts and records into orders and tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from workflows.api.requests import actor_of
from workflows.store.models import Trigger
from workflows.triggers import services

router = Router(tags=["triggers"])


class TriggerBody(Schema):
    """`condition` and `content` as in docs/triggers.md."""

    name: str
    watches: str = "alert"
    makes: str
    content: dict[str, Any]
    condition: dict[str, Any] = {}
    connector_id: UUID | None = None
    is_enabled: bool = True


class TriggerOut(Schema):
    id: UUID
    name: str
    unit_id: UUID
    unit_name: str
    watches: str
    makes: str
    content: dict[str, Any]
    condition: dict[str, Any]
    connector_id: UUID | None
    is_enabled: bool
    author: str
    approved_by: str
    approved_at: datetime | None
    changed_at: datetime

    @staticmethod
    def resolve_unit_name(one: Trigger) -> str:
        return one.unit.name

    @staticmethod
    def resolve_author(one: Trigger) -> str:
        return one.author.name

    @staticmethod
    def resolve_approved_by(one: Trigger) -> str:
        return one.approved_by.name if one.approved_by else ""


class TriggersOut(Schema):
    items: list[TriggerOut]
    next: str | None = None


class TriggerRunOut(Schema):
    """`about` is alert:id or record:id, `made` is order:id or item:id; `error` says why nothing was made."""

    id: UUID
    about: str
    at: datetime
    made: str
    words: str
    error: str


class TriggerRunsOut(Schema):
    items: list[TriggerRunOut]
    next: str | None = None


@router.get("/triggers", response=TriggersOut)
def list_triggers(request: HttpRequest) -> dict[str, Any]:
    return {"items": services.list_triggers(actor_of(request))}


@router.post("/triggers", response=TriggerOut)
def create_trigger(request: HttpRequest, body: TriggerBody) -> Trigger:
    """In one's own name; an order stays a draft until somebody entitled approves the template."""
    return services.put_trigger(actor=actor_of(request), new=services.TriggerIn(**body.model_dump()))


@router.put("/triggers/{uuid:trigger_id}", response=TriggerOut)
def change_trigger(request: HttpRequest, trigger_id: UUID, body: TriggerBody) -> Trigger:
    """A change takes the approval back."""
    new = services.TriggerIn(**body.model_dump())
    return services.put_trigger(actor=actor_of(request), new=new, trigger_id=trigger_id)


@router.post("/triggers/{uuid:trigger_id}/approve", response=TriggerOut)
def approve_trigger(request: HttpRequest, trigger_id: UUID) -> Trigger:
    """Orders of this template are then issued without asking again."""
    return services.check_approve_trigger(actor=actor_of(request), trigger_id=trigger_id)


@router.delete("/triggers/{uuid:trigger_id}", response={204: None})
def delete_trigger(request: HttpRequest, trigger_id: UUID) -> Status[None]:
    services.delete_trigger(actor=actor_of(request), trigger_id=trigger_id)
    return Status(204, None)


@router.get("/triggers/{uuid:trigger_id}/runs", response=TriggerRunsOut)
def list_trigger_runs(request: HttpRequest, trigger_id: UUID) -> dict[str, Any]:
    return {"items": services.list_runs(actor_of(request), trigger_id)}
