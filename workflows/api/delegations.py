from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.case_bodies import DelegationIn
from workflows.api.requests import Key, actor_of
from workflows.approvals import delegations
from workflows.approvals.delegations import DelegationOut

router = Router()


@router.get("/delegations", response=list[DelegationOut])
def list_delegations(request: HttpRequest) -> list[DelegationOut]:
    """Given and held, newest first."""
    return delegations.list_mine(actor_of(request))


@router.post("/delegations", response={201: DelegationOut})
def delegate(request: HttpRequest, body: DelegationIn, key: Key = None) -> Status[DelegationOut]:
    made = delegations.check_delegate(
        actor=actor_of(request),
        to=body.to,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        processes=body.processes,
        reason=body.reason,
        key=key,
    )
    return Status(201, made)


@router.delete("/delegations/{uuid:delegation_id}", response=DelegationOut)
def call_off_delegation(request: HttpRequest, delegation_id: UUID, key: Key = None) -> DelegationOut:
    return delegations.check_call_off(actor=actor_of(request), delegation_id=delegation_id, key=key)
