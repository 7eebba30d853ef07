from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from common.cursors import offset_of
from workflows.api.requests import DecisionIn, Key, Page, actor_of
from workflows.consents import services
from workflows.consents.views import ConsentAnswer, ConsentOut

router = Router()
PAGE = 50


@router.get("/consents", response=Page[ConsentOut])
def list_consents(
    request: HttpRequest, box: str = "to_decide", cursor: str | None = None
) -> Page[ConsentOut]:
    found, following = services.list_mine(actor_of(request), box=box, offset=offset_of(cursor), limit=PAGE)
    return Page(items=found, next=None if following is None else str(following))


@router.get("/consents/{uuid:consent_id}", response=ConsentOut)
def describe(request: HttpRequest, consent_id: UUID) -> ConsentOut:
    return services.describe(actor_of(request), consent_id)


@router.post("/consents/{uuid:consent_id}/decide", response=ConsentAnswer)
def decide(request: HttpRequest, consent_id: UUID, body: DecisionIn, key: Key = None) -> ConsentAnswer:
    return services.check_decide(
        actor=actor_of(request), consent_id=consent_id, agree=body.agree, reason=body.reason, key=key
    )


@router.post("/consents/{uuid:consent_id}/withdraw", response=ConsentAnswer)
def withdraw(request: HttpRequest, consent_id: UUID, key: Key = None) -> ConsentAnswer:
    return services.check_withdraw(actor=actor_of(request), consent_id=consent_id, key=key)
