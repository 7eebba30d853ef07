"""The secrecy gate at the REST door: appeals of the refused, decisions of the security officer."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Router, Schema, Status

from chatops.services import secrecy
from directory.requests import ApiRequest

router = Router(tags=["secrecy"])


class RefusalOut(Schema):
    """What was refused is not kept: who, where, by which door and for which mark."""

    id: UUID
    at: datetime
    name: str
    staff_number: str
    unit_name: str
    door: str
    where: str
    mark: str
    state: str
    appeal: str
    appealed_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    note: str


class RefusalsOut(Schema):
    """`waiting`: appeals without a decision."""

    items: list[RefusalOut]
    next: str | None = None
    waiting: int


class AppealIn(Schema):
    text: str


class AppealDecisionIn(Schema):
    decision: Literal["granted", "upheld"]
    note: str


@router.get("/secrecy/refusals", response=RefusalsOut)
def list_refusals(request: ApiRequest, state: str = "all", cursor: str | None = None) -> dict[str, Any]:
    """Newest first, for the security officer. `state`: all, open, appealed, granted, upheld."""
    return secrecy.list_refusals(actor=request.actor, state=state, cursor=cursor)


@router.post("/secrecy/refusals/{refusal}/appeal", response={204: None})
def appeal(request: ApiRequest, refusal: UUID, body: AppealIn) -> Status[None]:
    secrecy.appeal(actor=request.actor, refusal=refusal, text=body.text)
    return Status(204, None)


@router.post("/secrecy/refusals/{refusal}/decision", response=RefusalOut)
def decide(request: ApiRequest, refusal: UUID, body: AppealDecisionIn) -> dict[str, Any]:
    row = secrecy.decide(actor=request.actor, refusal=refusal, decision=body.decision, note=body.note)
    return secrecy.refusal_row(row)
