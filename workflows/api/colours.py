from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.requests import Body, Key, ReasonIn, actor_of
from workflows.services import colour_rules, colour_views, overrides
from workflows.services.colour_rules import RuleOut, RulesOut
from workflows.services.colour_views import ColourOut
from workflows.services.shapes import ItemAnswer

router = Router()


class OverrideIn(Body):
    """`ends_on`: the last day; needed for lowering."""

    colour: str
    reason: str
    ends_on: date | None = None


class RuleIn(Body):
    name: str
    table: dict[str, Any]
    note: str = ""


class ChoiceIn(Body):
    version: int
    taskforce_id: UUID | None = None
    ledger_id: UUID | None = None
    kind: str = ""
    drop: bool = False


@router.get("/items/{uuid:item_id}/colour", response=ColourOut)
def colour(request: HttpRequest, item_id: UUID) -> ColourOut:
    return colour_views.describe(actor_of(request), item_id)


@router.post("/items/{uuid:item_id}/colour", response=ItemAnswer)
def override(request: HttpRequest, item_id: UUID, body: OverrideIn, key: Key = None) -> ItemAnswer:
    return overrides.check_override(
        actor=actor_of(request),
        item_id=item_id,
        colour=body.colour,
        reason=body.reason,
        ends_on=body.ends_on,
        key=key,
    )


@router.post("/items/{uuid:item_id}/colour/ask", response=ItemAnswer)
def ask_lower(request: HttpRequest, item_id: UUID, body: OverrideIn, key: Key = None) -> ItemAnswer:
    return overrides.check_ask_lower(
        actor=actor_of(request),
        item_id=item_id,
        colour=body.colour,
        reason=body.reason,
        ends_on=body.ends_on,
        key=key,
    )


@router.post("/items/{uuid:item_id}/colour/end", response=ItemAnswer)
def end_override(request: HttpRequest, item_id: UUID, body: ReasonIn, key: Key = None) -> ItemAnswer:
    return overrides.check_end_override(actor=actor_of(request), item_id=item_id, reason=body.reason, key=key)


@router.post("/items/{uuid:item_id}/colour/confirm", response=ItemAnswer)
def confirm(request: HttpRequest, item_id: UUID, body: ReasonIn, key: Key = None) -> ItemAnswer:
    return overrides.check_confirm_caught_up(
        actor=actor_of(request), item_id=item_id, reason=body.reason, key=key
    )


@router.get("/colour-rules", response=RulesOut)
def rules(request: HttpRequest) -> RulesOut:
    return colour_rules.describe(actor_of(request))


@router.post("/colour-rules", response={201: RuleOut})
def add_rule(request: HttpRequest, body: RuleIn, key: Key = None) -> Status[RuleOut]:
    return Status(
        201,
        colour_rules.check_add_rule(
            actor=actor_of(request), name=body.name, table=body.table, note=body.note, key=key
        ),
    )


@router.post("/colour-rules/choices", response=RulesOut)
def choose(request: HttpRequest, body: ChoiceIn) -> RulesOut:
    return colour_rules.check_choose(
        actor=actor_of(request),
        version=body.version,
        taskforce_id=body.taskforce_id,
        ledger_id=body.ledger_id,
        kind=body.kind,
        drop=body.drop,
    )
