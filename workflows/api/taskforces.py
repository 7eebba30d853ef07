from datetime import date
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from common import clock
from common.errors import BadInputError
from workflows.api.requests import DispatchIn, Key, NewItemIn, NewTaskForceIn, Page, WindUpIn, actor_of
from workflows.services import digests, items, registering, taskforces, wall
from workflows.services.digests import DigestAnswer
from workflows.services.items import DispatchAnswer, NewItem
from workflows.services.registering import Home
from workflows.services.shapes import ItemAnswer, ItemOut, TaskForceOut
from workflows.services.taskforces_windup import WindUpAnswer, check_wind_up
from workflows.services.wall import WallOut

router = Router()


@router.get("/taskforces", response=Page[TaskForceOut])
def list_forces(request: HttpRequest) -> Page[TaskForceOut]:
    return Page(items=taskforces.list_taskforces(actor_of(request)))


@router.post("/taskforces", response={201: TaskForceOut})
def found(request: HttpRequest, body: NewTaskForceIn, key: Key = None) -> Status[TaskForceOut]:
    return Status(
        201, taskforces.check_found_taskforce(actor=actor_of(request), key=key, **body.model_dump())
    )


@router.get("/taskforces/{uuid:taskforce_id}", response=TaskForceOut)
def describe(request: HttpRequest, taskforce_id: UUID) -> TaskForceOut:
    return taskforces.describe_taskforce(actor_of(request), taskforce_id)


@router.get("/taskforces/{uuid:taskforce_id}/wall", response=WallOut)
def show_wall(request: HttpRequest, taskforce_id: UUID) -> WallOut:
    return wall.describe_wall(actor_of(request), taskforce_id)


@router.get("/taskforces/{uuid:taskforce_id}/items", response=Page[ItemOut])
def list_items(
    request: HttpRequest,
    taskforce_id: UUID,
    colour: str | None = None,
    state: str | None = None,
    unit: UUID | None = None,
    sort: str = "urgency",
) -> Page[ItemOut]:
    found = wall.list_items(actor_of(request), taskforce_id, colour=colour, state=state, unit=unit, sort=sort)
    return Page(items=found)


@router.get("/taskforces/{uuid:taskforce_id}/items.csv")
def export_items(
    request: HttpRequest,
    taskforce_id: UUID,
    colour: str | None = None,
    state: str | None = None,
    unit: UUID | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    name = f"{taskforces.describe_taskforce(actor, taskforce_id).name}-{_('台账')}-{clock.today():%Y%m%d}.csv"
    body = wall.export_csv(actor, taskforce_id, colour=colour, state=state, unit=unit)
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename=\"ledger.csv\"; filename*=UTF-8''{quote(name)}"
    return response


@router.post("/taskforces/{uuid:taskforce_id}/items", response={201: ItemAnswer})
def create_item(
    request: HttpRequest, taskforce_id: UUID, body: NewItemIn, key: Key = None
) -> Status[ItemAnswer]:
    starts_on: date = body.starts_on or clock.today()
    new = NewItem(
        title=body.title,
        lead_unit_id=body.lead_unit_id,
        starts_on=starts_on,
        due_on=body.due_on,
        category=body.category,
        budget_wan=body.budget_wan,
        supporting_unit_ids=tuple(body.supporting_unit_ids),
    )
    return Status(
        201,
        registering.check_register(
            actor=actor_of(request), home=Home(taskforce_id=taskforce_id), new=new, key=key
        ),
    )


@router.post("/taskforces/{uuid:taskforce_id}/dispatch", response=DispatchAnswer)
def dispatch(request: HttpRequest, taskforce_id: UUID, body: DispatchIn, key: Key = None) -> DispatchAnswer:
    if (body.item_ids is not None) == body.all:
        raise BadInputError(field="item_ids", message=_("请选择要交办的事项，或选择全部交办。"))
    return items.check_dispatch(
        actor=actor_of(request), taskforce_id=taskforce_id, item_ids=body.item_ids, key=key
    )


@router.post("/taskforces/{uuid:taskforce_id}/digest", response={202: DigestAnswer})
def ask_digest(request: HttpRequest, taskforce_id: UUID, key: Key = None) -> Status[DigestAnswer]:
    return Status(202, digests.check_ask_digest(actor=actor_of(request), taskforce_id=taskforce_id, key=key))


@router.post("/taskforces/{uuid:taskforce_id}/wind-up", response=WindUpAnswer)
def wind_up(request: HttpRequest, taskforce_id: UUID, body: WindUpIn, key: Key = None) -> WindUpAnswer:
    """Dissolve it: items stay readable, the room is archived. 409 `items_open` names what is still open."""
    return check_wind_up(
        actor=actor_of(request), taskforce_id=taskforce_id, signed_over=body.signed_over, key=key
    )
