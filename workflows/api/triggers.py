"""REST: templates that turn alerts and records into orders and tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from connectors.store.models import AlertKind
from workflows.api.requests import actor_of
from workflows.store.models import Trigger
from workflows.triggers import foresight, services
from workflows.triggers.contents import TOKENS

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
    abilities: list[str]

    @staticmethod
    def resolve_unit_name(one: Trigger) -> str:
        return one.unit.name

    @staticmethod
    def resolve_author(one: Trigger) -> str:
        return one.author.name

    @staticmethod
    def resolve_approved_by(one: Trigger) -> str:
        return one.approved_by.name if one.approved_by else ""

    @staticmethod
    def resolve_abilities(one: Trigger, context: Any) -> list[str]:
        return services.abilities_of(actor_of(context["request"]), one)


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


class TriggerEnabledIn(Schema):
    is_enabled: bool


class TriggerRunsQuery(Schema):
    cursor: str | None = None


class TriggerChoiceOut(Schema):
    """`key` is what a condition names, `name` what people call it."""

    key: str
    name: str


class TriggerChoicesOut(Schema):
    connectors: list[TriggerChoiceOut]
    alert_kinds: list[TriggerChoiceOut]
    record_kinds: list[TriggerChoiceOut]
    metrics: list[TriggerChoiceOut]
    words: list[str]


class TriggerExampleOut(Schema):
    """An alert or record of the past, and the title of what it would have become."""

    about: str
    at: datetime
    level: str
    words: str
    title: str


class TriggerPreviewOut(Schema):
    """Of the `looked_at` alerts or records of the last `days` that one may see, `fitting` would have started it."""

    days: int
    looked_at: int
    fitting: int
    examples: list[TriggerExampleOut]


@router.get("/triggers", response=TriggersOut)
def list_triggers(request: HttpRequest) -> dict[str, Any]:
    return {"items": services.list_triggers(actor_of(request))}


@router.get("/triggers/choices", response=TriggerChoicesOut)
def describe_trigger_choices(request: HttpRequest) -> dict[str, Any]:
    """What a condition and the words of a template can name."""
    found = foresight.list_choices(actor_of(request))
    return {
        "connectors": [{"key": str(one.pk), "name": one.name} for one in found.connectors],
        "alert_kinds": [{"key": key, "name": str(word)} for key, word in AlertKind.choices],
        "record_kinds": [{"key": kind, "name": kind} for kind in found.record_kinds],
        "metrics": [{"key": key, "name": name} for key, name in found.metrics],
        "words": list(TOKENS),
    }


@router.post("/triggers/preview", response=TriggerPreviewOut)
def preview_trigger(request: HttpRequest, body: TriggerBody) -> dict[str, Any]:
    """What it would have made of thirty days; nothing is kept, nothing is made."""
    new = services.TriggerIn(**body.model_dump())
    found = foresight.preview_trigger(actor=actor_of(request), new=new)
    return {"days": foresight.LOOKS_BACK.days, **found.__dict__}


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


@router.post("/triggers/{uuid:trigger_id}/enabled", response=TriggerOut)
def enable_trigger(request: HttpRequest, trigger_id: UUID, body: TriggerEnabledIn) -> Trigger:
    """On or off; the approval stays."""
    return services.set_enabled(actor=actor_of(request), trigger_id=trigger_id, is_enabled=body.is_enabled)


@router.delete("/triggers/{uuid:trigger_id}", response={204: None})
def delete_trigger(request: HttpRequest, trigger_id: UUID) -> Status[None]:
    services.delete_trigger(actor=actor_of(request), trigger_id=trigger_id)
    return Status(204, None)


@router.get("/triggers/{uuid:trigger_id}/runs", response=TriggerRunsOut)
def list_trigger_runs(
    request: HttpRequest, trigger_id: UUID, query: Query[TriggerRunsQuery]
) -> dict[str, Any]:
    found, following = services.list_runs(actor_of(request), trigger_id, query.cursor)
    return {"items": found, "next": following}
