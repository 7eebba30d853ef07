from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from common.errors import BadInputError
from workflows.api.requests import DecisionIn, ExtensionIn, ItemPatchIn, Key, ReasonIn, ReportIn, actor_of
from workflows.rules.moves import ItemAct
from workflows.services import acts, extensions, items, reminders
from workflows.services.evidence import NewEvidence
from workflows.services.shapes import ItemAnswer, ItemDetailOut

router = Router()


@router.get("/items/{uuid:item_id}", response=ItemDetailOut)
def describe(request: HttpRequest, item_id: UUID) -> ItemDetailOut:
    return items.describe_item(actor_of(request), item_id)


@router.patch("/items/{uuid:item_id}", response=ItemAnswer)
def edit(request: HttpRequest, item_id: UUID, body: ItemPatchIn, key: Key = None) -> ItemAnswer:
    actor = actor_of(request)
    if body.lead_unit_id and not body.handler:
        return acts.check_transfer(actor=actor, item_id=item_id, lead_unit_id=body.lead_unit_id, key=key)
    if body.handler and not body.lead_unit_id:
        return acts.check_name_handler(actor=actor, item_id=item_id, user_id=body.handler, key=key)
    raise BadInputError(field="lead_unit_id", message=_("请在牵头单位与经办人中选择一项修改。"))


@router.post("/items/{uuid:item_id}/sign-for", response=ItemAnswer)
def sign_for(request: HttpRequest, item_id: UUID, key: Key = None) -> ItemAnswer:
    return acts.check_sign_for(actor=actor_of(request), item_id=item_id, key=key)


@router.post("/items/{uuid:item_id}/reports", response={201: ItemAnswer})
def report(request: HttpRequest, item_id: UUID, body: ReportIn, key: Key = None) -> Status[ItemAnswer]:
    return Status(
        201,
        acts.check_report(
            actor=actor_of(request),
            item_id=item_id,
            percent=body.percent,
            text=body.text,
            evidence=[NewEvidence(**one.model_dump()) for one in body.evidence],
            key=key,
        ),
    )


@router.post("/items/{uuid:item_id}/extension", response={201: ItemAnswer})
def ask_extension(
    request: HttpRequest, item_id: UUID, body: ExtensionIn, key: Key = None
) -> Status[ItemAnswer]:
    return Status(
        201,
        extensions.check_ask_extension(
            actor=actor_of(request), item_id=item_id, due_on=body.due_on, reason=body.reason, key=key
        ),
    )


@router.post("/items/{uuid:item_id}/extension/decide", response=ItemAnswer)
def decide_extension(request: HttpRequest, item_id: UUID, body: DecisionIn, key: Key = None) -> ItemAnswer:
    return extensions.check_decide_extension(
        actor=actor_of(request), item_id=item_id, agree=body.agree, reason=body.reason, key=key
    )


@router.post("/items/{uuid:item_id}/close", response=ItemAnswer)
def close(request: HttpRequest, item_id: UUID, key: Key = None) -> ItemAnswer:
    return acts.check_close(actor=actor_of(request), item_id=item_id, key=key)


@router.post("/items/{uuid:item_id}/return", response=ItemAnswer)
def send_back(request: HttpRequest, item_id: UUID, body: ReasonIn, key: Key = None) -> ItemAnswer:
    return acts.check_return(actor=actor_of(request), item_id=item_id, reason=body.reason, key=key)


@router.post("/items/{uuid:item_id}/remind", response=ItemAnswer)
def remind(request: HttpRequest, item_id: UUID, key: Key = None) -> ItemAnswer:
    return reminders.check_remind_now(actor=actor_of(request), item_id=item_id, key=key)


@router.post("/items/{uuid:item_id}/suspend", response=ItemAnswer)
def suspend(request: HttpRequest, item_id: UUID, body: ReasonIn, key: Key = None) -> ItemAnswer:
    return acts.check_suspend(
        actor=actor_of(request), item_id=item_id, act=ItemAct.SUSPEND, reason=body.reason, key=key
    )


@router.post("/items/{uuid:item_id}/resume", response=ItemAnswer)
def resume(request: HttpRequest, item_id: UUID, body: ReasonIn, key: Key = None) -> ItemAnswer:
    return acts.check_suspend(
        actor=actor_of(request), item_id=item_id, act=ItemAct.RESUME, reason=body.reason, key=key
    )


@router.post("/items/{uuid:item_id}/cancel", response=ItemAnswer)
def cancel(request: HttpRequest, item_id: UUID, body: ReasonIn, key: Key = None) -> ItemAnswer:
    return acts.check_suspend(
        actor=actor_of(request), item_id=item_id, act=ItemAct.CANCEL, reason=body.reason, key=key
    )
