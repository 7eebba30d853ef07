from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from workflows.api.order_requests import (
    HeadCountIn,
    OrderCorrectIn,
    OrderDraftIn,
    OrderIssueIn,
    OrderReasonIn,
    OrderRemindIn,
    OrderReportIn,
    OrderSignForIn,
    OrderSubstituteIn,
    OrderTemplateIn,
)
from workflows.api.requests import Key, Page, actor_of
from workflows.orders import board, drafts, evidence, issuing, reading, receipts
from workflows.orders.views import (
    HeadCount,
    MyOrder,
    OrderAnswer,
    OrderAttemptOut,
    OrderEntry,
    OrderLadderOut,
    OrderOptionsOut,
    OrderOut,
    OrderTemplateOut,
    OrderTreeOut,
)

router = Router()


@router.get("/orders", response=Page[OrderEntry])
def list_orders(
    request: HttpRequest, state: str = "", q: str = "", cursor: str | None = None
) -> Page[OrderEntry]:
    found, following = reading.list_orders(actor_of(request), state=state, query=q, cursor=cursor)
    return Page[OrderEntry](items=found, next=following)


@router.get("/orders/mine", response=Page[MyOrder])
def mine(request: HttpRequest, open: int = 0, cursor: str | None = None) -> Page[MyOrder]:  # noqa: A002
    """Orders to me, newest first; `open=1`: not signed for yet."""
    found, following = receipts.my_orders(actor_of(request), only_open=open == 1, cursor=cursor)
    return Page[MyOrder](items=found, next=following)


@router.get("/orders/options", response=OrderOptionsOut)
def options(request: HttpRequest) -> OrderOptionsOut:
    return drafts.options(actor_of(request))


@router.get("/orders/templates", response=list[OrderTemplateOut])
def templates(request: HttpRequest) -> list[OrderTemplateOut]:
    return drafts.list_templates(actor_of(request))


@router.post("/orders/templates", response={201: OrderTemplateOut})
def keep_template(request: HttpRequest, body: OrderTemplateIn) -> Status[OrderTemplateOut]:
    draft = body.draft.model_dump(mode="json", exclude_unset=True, exclude={"edit"})
    return Status(201, drafts.check_keep_template(actor=actor_of(request), name=body.name, draft=draft))


@router.delete("/orders/templates/{uuid:template_id}", response={204: None})
def drop_template(request: HttpRequest, template_id: UUID) -> Status[None]:
    drafts.check_drop_template(actor=actor_of(request), template_id=template_id)
    return Status(204, None)


@router.post("/orders/head-count", response=HeadCount)
def head_count_of_scope(request: HttpRequest, body: HeadCountIn) -> HeadCount:
    return drafts.head_count_of(
        actor_of(request),
        scope=body.scope,
        mandate=body.mandate,
        taskforce_id=body.taskforce,
        rungs=body.rungs,
    )


@router.post("/orders", response={201: OrderAnswer})
def draft(request: HttpRequest, body: OrderDraftIn, key: Key = None) -> Status[OrderAnswer]:
    fields = body.model_dump(exclude_unset=True, exclude={"edit"})
    return Status(201, drafts.check_draft_order(actor=actor_of(request), fields=fields, key=key))


@router.get("/orders/{uuid:order_id}", response=OrderOut)
def describe(request: HttpRequest, order_id: UUID) -> OrderOut:
    """A recipient who opens it has read it."""
    return receipts.open_order(actor_of(request), order_id)


@router.patch("/orders/{uuid:order_id}", response=OrderAnswer)
def edit(request: HttpRequest, order_id: UUID, body: OrderDraftIn) -> OrderAnswer:
    fields = body.model_dump(exclude_unset=True, exclude={"edit"})
    return drafts.check_edit_order(
        actor=actor_of(request), order_id=order_id, fields=fields, held_edit=body.edit
    )


@router.delete("/orders/{uuid:order_id}", response={204: None})
def discard(request: HttpRequest, order_id: UUID) -> Status[None]:
    """A draft only: what was issued is recalled, never erased."""
    drafts.check_discard_draft(actor=actor_of(request), order_id=order_id)
    return Status(204, None)


@router.post("/orders/{uuid:order_id}/head-count", response=HeadCount)
def head_count(request: HttpRequest, order_id: UUID) -> HeadCount:
    return drafts.head_count_of_order(actor_of(request), order_id)


@router.post("/orders/{uuid:order_id}/approve", response=OrderAnswer)
def approve(request: HttpRequest, order_id: UUID, key: Key = None) -> OrderAnswer:
    return issuing.check_approve(actor=actor_of(request), order_id=order_id, key=key)


@router.post("/orders/{uuid:order_id}/issue", response=OrderAnswer)
def issue(request: HttpRequest, order_id: UUID, body: OrderIssueIn, key: Key = None) -> OrderAnswer:
    return issuing.check_issue(
        actor=actor_of(request), order_id=order_id, ask_others=body.ask_others, key=key
    )


@router.post("/orders/{uuid:order_id}/correct", response=OrderAnswer)
def correct(request: HttpRequest, order_id: UUID, body: OrderCorrectIn, key: Key = None) -> OrderAnswer:
    fields = body.model_dump(exclude_unset=True, exclude={"reason"})
    return issuing.check_correct(
        actor=actor_of(request), order_id=order_id, reason=body.reason, fields=fields, key=key
    )


@router.post("/orders/{uuid:order_id}/recall", response=OrderAnswer)
def recall(request: HttpRequest, order_id: UUID, body: OrderReasonIn, key: Key = None) -> OrderAnswer:
    return issuing.check_recall(actor=actor_of(request), order_id=order_id, reason=body.reason, key=key)


@router.post("/orders/{uuid:order_id}/close", response=OrderAnswer)
def close(request: HttpRequest, order_id: UUID, key: Key = None) -> OrderAnswer:
    return issuing.check_close(actor=actor_of(request), order_id=order_id, key=key)


@router.post("/orders/{uuid:order_id}/remind", response=OrderAnswer)
def remind(request: HttpRequest, order_id: UUID, body: OrderRemindIn, key: Key = None) -> OrderAnswer:
    return issuing.check_remind(actor=actor_of(request), order_id=order_id, units=body.units, key=key)


@router.post("/orders/{uuid:order_id}/sign-for", response=OrderAnswer)
def sign_for(request: HttpRequest, order_id: UUID, body: OrderSignForIn, key: Key = None) -> OrderAnswer:
    return receipts.check_sign_for(actor=actor_of(request), order_id=order_id, room_id=body.room, key=key)


@router.post("/orders/{uuid:order_id}/report", response=OrderAnswer)
def report(request: HttpRequest, order_id: UUID, body: OrderReportIn, key: Key = None) -> OrderAnswer:
    return receipts.check_report(actor=actor_of(request), order_id=order_id, text=body.text, key=key)


@router.post("/orders/{uuid:order_id}/decline", response=OrderAnswer)
def decline(request: HttpRequest, order_id: UUID, body: OrderReasonIn, key: Key = None) -> OrderAnswer:
    """不属我办, or a request that is declined."""
    return receipts.check_decline(actor=actor_of(request), order_id=order_id, reason=body.reason, key=key)


@router.post("/orders/{uuid:order_id}/substitute", response=OrderAnswer)
def substitute(request: HttpRequest, order_id: UUID, body: OrderSubstituteIn, key: Key = None) -> OrderAnswer:
    return receipts.check_substitute(
        actor=actor_of(request), order_id=order_id, user_id=body.user_id, reason=body.reason, key=key
    )


@router.get("/orders/{uuid:order_id}/tree", response=OrderTreeOut)
def tree(
    request: HttpRequest,
    order_id: UUID,
    by: str = "unit",
    parent: str = "",
    q: str = "",
    only: str = "",
    cursor: str | None = None,
) -> OrderTreeOut:
    """`by`: unit or person. `parent`: the id of a node whose children are wanted. `only=unreached`."""
    return board.tree(actor_of(request), order_id, by=by, parent=parent, query=q, only=only, cursor=cursor)


@router.get("/orders/{uuid:order_id}/ladder", response=OrderLadderOut)
def ladder(request: HttpRequest, order_id: UUID) -> OrderLadderOut:
    return board.ladder(actor_of(request), order_id)


@router.get("/orders/{uuid:order_id}/attempts", response=Page[OrderAttemptOut])
def attempts(
    request: HttpRequest, order_id: UUID, only: str = "", cursor: str | None = None
) -> Page[OrderAttemptOut]:
    """Newest first; `only=failed`: what did not reach anybody."""
    found, following = board.attempts(actor_of(request), order_id, only=only, cursor=cursor)
    return Page[OrderAttemptOut](items=found, next=following)


@router.get("/orders/{uuid:order_id}/evidence")
def export_evidence(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """A zip: the order as issued, recipients, units, attempts, history, and a hash of each file."""
    name, data = evidence.export(actor=actor_of(request), order_id=order_id)
    return HttpResponse(
        data,
        content_type="application/zip",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )
