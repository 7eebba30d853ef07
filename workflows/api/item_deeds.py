"""What is done with an item beyond the daily deeds of api/items: checks, rectification, parts, disputes."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Status

from chatops.api.media import file_response
from workflows.api.bodies import (
    AskAgainIn,
    DisputeIn,
    FollowItemIn,
    ItemPartIn,
    ItemPlanIn,
    ItemResultIn,
    ItemSettleIn,
    ItemTextIn,
    ItemWordsIn,
    RecheckIn,
    RectifyIn,
    ReopenIn,
)
from workflows.api.requests import Key, ReasonIn, actor_of
from workflows.rules.moves import ItemAct
from workflows.rules.part_moves import PartAct
from workflows.services import disputes, evidence, follows, items, parts, rectifications, verification
from workflows.services.shapes import ItemAnswer

router = Router()


@router.post("/items/{uuid:item_id}/dispatch", response=ItemAnswer)
def dispatch(request: HttpRequest, item_id: UUID, key: Key = None) -> ItemAnswer:
    """交办, of whichever home it stands in."""
    return items.check_dispatch_one(actor=actor_of(request), item_id=item_id, key=key)


@router.post("/items/{uuid:item_id}/check", response=ItemAnswer)
def check(request: HttpRequest, item_id: UUID, body: ItemWordsIn, key: Key = None) -> ItemAnswer:
    """核查通过 (supervised items), by somebody who did not do the work."""
    return _verify(request, item_id, ItemAct.CHECK, body, key)


@router.post("/items/{uuid:item_id}/accept", response=ItemAnswer)
def accept(request: HttpRequest, item_id: UUID, body: ItemWordsIn, key: Key = None) -> ItemAnswer:
    """验收 (tasks)."""
    return _verify(request, item_id, ItemAct.ACCEPT, body, key)


@router.post("/items/{uuid:item_id}/strike-off", response=ItemAnswer)
def strike_off(request: HttpRequest, item_id: UUID, body: ItemWordsIn, key: Key = None) -> ItemAnswer:
    """销号."""
    return _verify(request, item_id, ItemAct.STRIKE_OFF, body, key)


@router.post("/items/{uuid:item_id}/archive", response=ItemAnswer)
def archive(request: HttpRequest, item_id: UUID, body: ItemWordsIn, key: Key = None) -> ItemAnswer:
    """归档."""
    return _verify(request, item_id, ItemAct.ARCHIVE, body, key)


def _verify(
    request: HttpRequest, item_id: UUID, act: ItemAct, body: ItemWordsIn, key: str | None
) -> ItemAnswer:
    return verification.check_verify(
        actor=actor_of(request), item_id=item_id, act=act, reason=body.reason, key=key
    )


@router.post("/items/{uuid:item_id}/reopen", response=ItemAnswer)
def reopen(request: HttpRequest, item_id: UUID, body: ReopenIn, key: Key = None) -> ItemAnswer:
    return verification.check_reopen(
        actor=actor_of(request), item_id=item_id, reason=body.reason, due_on=body.due_on, key=key
    )


@router.post("/items/{uuid:item_id}/follow", response=ItemAnswer)
def follow(request: HttpRequest, item_id: UUID, body: FollowItemIn) -> ItemAnswer:
    return follows.check_follow(actor=actor_of(request), item_id=item_id, on=body.on)


@router.get("/items/{uuid:item_id}/evidence/{uuid:evidence_id}/file", response=None)
def evidence_file(
    request: HttpRequest, item_id: UUID, evidence_id: UUID, download: bool = False
) -> HttpResponseBase:
    """The file of a piece of evidence, for whoever sees the item."""
    found = evidence.find_file(evidence.access_evidence(actor_of(request), item_id, evidence_id))
    return file_response(request, found, download=download)  # type: ignore[arg-type]  # the same request, typed wider


# -- rectification --------------------------------------------------------------------------------------------------


@router.post("/items/{uuid:item_id}/rectification", response={201: ItemAnswer})
def rectify(request: HttpRequest, item_id: UUID, body: RectifyIn, key: Key = None) -> Status[ItemAnswer]:
    """责令整改."""
    return Status(
        201,
        rectifications.check_order(actor=actor_of(request), item_id=item_id, order=body.order, key=key),
    )


@router.post("/items/{uuid:item_id}/rectification/plan", response=ItemAnswer)
def rectify_plan(request: HttpRequest, item_id: UUID, body: ItemPlanIn, key: Key = None) -> ItemAnswer:
    return rectifications.check_plan(
        actor=actor_of(request), item_id=item_id, plan=body.plan, due_on=body.due_on, key=key
    )


@router.post("/items/{uuid:item_id}/rectification/result", response=ItemAnswer)
def rectify_result(request: HttpRequest, item_id: UUID, body: ItemResultIn, key: Key = None) -> ItemAnswer:
    return rectifications.check_result(actor=actor_of(request), item_id=item_id, result=body.result, key=key)


@router.post("/items/{uuid:item_id}/rectification/recheck", response=ItemAnswer)
def recheck(request: HttpRequest, item_id: UUID, body: RecheckIn, key: Key = None) -> ItemAnswer:
    return rectifications.check_recheck(
        actor=actor_of(request), item_id=item_id, passed=body.passed, reason=body.reason, key=key
    )


# -- parts of supporting units --------------------------------------------------------------------------------------


@router.post("/items/{uuid:item_id}/parts", response={201: ItemAnswer})
def add_part(request: HttpRequest, item_id: UUID, body: ItemPartIn, key: Key = None) -> Status[ItemAnswer]:
    """请会办."""
    return Status(
        201, parts.check_add_part(actor=actor_of(request), item_id=item_id, key=key, **body.model_dump())
    )


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/sign-for", response=ItemAnswer)
def sign_part(request: HttpRequest, item_id: UUID, part_id: UUID, key: Key = None) -> ItemAnswer:
    return parts.check_sign_part(actor=actor_of(request), item_id=item_id, part_id=part_id, key=key)


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/answer", response=ItemAnswer)
def answer_part(
    request: HttpRequest, item_id: UUID, part_id: UUID, body: ItemTextIn, key: Key = None
) -> ItemAnswer:
    return _answer(request, item_id, part_id, PartAct.ANSWER, body.text, key)


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/no-opinion", response=ItemAnswer)
def no_opinion(request: HttpRequest, item_id: UUID, part_id: UUID, key: Key = None) -> ItemAnswer:
    return _answer(request, item_id, part_id, PartAct.NO_OPINION, "", key)


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/dissent", response=ItemAnswer)
def dissent(
    request: HttpRequest, item_id: UUID, part_id: UUID, body: ItemTextIn, key: Key = None
) -> ItemAnswer:
    """A different opinion: recorded, and to be answered by the lead."""
    return _answer(request, item_id, part_id, PartAct.DISSENT, body.text, key)


def _answer(
    request: HttpRequest, item_id: UUID, part_id: UUID, act: PartAct, text: str, key: str | None
) -> ItemAnswer:
    return parts.check_answer_part(
        actor=actor_of(request), item_id=item_id, part_id=part_id, act=act, text=text, key=key
    )


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/dissent/answer", response=ItemAnswer)
def answer_dissent(
    request: HttpRequest, item_id: UUID, part_id: UUID, body: ItemTextIn, key: Key = None
) -> ItemAnswer:
    return parts.check_answer_dissent(
        actor=actor_of(request), item_id=item_id, part_id=part_id, text=body.text, key=key
    )


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/return", response=ItemAnswer)
def return_part(
    request: HttpRequest, item_id: UUID, part_id: UUID, body: ReasonIn, key: Key = None
) -> ItemAnswer:
    return parts.check_return_part(
        actor=actor_of(request), item_id=item_id, part_id=part_id, reason=body.reason, key=key
    )


@router.post("/items/{uuid:item_id}/parts/{uuid:part_id}/ask-again", response=ItemAnswer)
def ask_again(
    request: HttpRequest, item_id: UUID, part_id: UUID, body: AskAgainIn, key: Key = None
) -> ItemAnswer:
    return parts.check_ask_again(
        actor=actor_of(request), item_id=item_id, part_id=part_id, ask=body.ask, due_on=body.due_on, key=key
    )


# -- who leads ------------------------------------------------------------------------------------------------------


@router.post("/items/{uuid:item_id}/dispute", response={201: ItemAnswer})
def dispute(request: HttpRequest, item_id: UUID, body: DisputeIn, key: Key = None) -> Status[ItemAnswer]:
    """牵头异议."""
    return Status(
        201,
        disputes.check_dispute(
            actor=actor_of(request),
            item_id=item_id,
            claimed_unit_id=body.claimed_unit_id,
            reason=body.reason,
            key=key,
        ),
    )


@router.post("/items/{uuid:item_id}/dispute/settle", response=ItemAnswer)
def settle(request: HttpRequest, item_id: UUID, body: ItemSettleIn, key: Key = None) -> ItemAnswer:
    """裁定牵头单位."""
    return disputes.check_settle(
        actor=actor_of(request),
        item_id=item_id,
        lead_unit_id=body.lead_unit_id,
        reason=body.reason,
        key=key,
    )
