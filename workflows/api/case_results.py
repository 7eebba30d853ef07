from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from workflows.api.requests import Body, Key, actor_of
from workflows.processes import distribution, receipts
from workflows.processes.receipts import CaseResultsOut, DeliveryAnswer

router = Router()


class SendAgainIn(Body):
    """`unit_ids`: of these alone; left out: all that miss it."""

    unit_ids: list[UUID] | None = None


@router.get("/cases/{uuid:case_id}/results", response=CaseResultsOut)
def describe(request: HttpRequest, case_id: UUID) -> CaseResultsOut:
    """What the case has left behind: receipts of a distribution, items, the archive."""
    return receipts.describe(actor_of(request), case_id)


@router.post("/cases/{uuid:case_id}/deliveries/resend", response=DeliveryAnswer)
def send_again(request: HttpRequest, case_id: UUID, body: SendAgainIn, key: Key = None) -> DeliveryAnswer:
    """Send once more, to those alone who have not got it or returned it."""
    return distribution.check_send_again(
        actor=actor_of(request), case_id=case_id, unit_ids=body.unit_ids, key=key
    )
