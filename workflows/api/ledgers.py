from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from common import clock
from workflows.api.bodies import ChildIn, ItemIn, ItemsQuery, LedgerIn, LedgerStateIn, ParentIn, PasteIn
from workflows.api.requests import DispatchIn, Key, Page, actor_of
from workflows.services import item_lists, items, ledgers, origins, splitting
from workflows.services.import_previews import ListImportOut
from workflows.services.item_lists import ItemsOut
from workflows.services.items import DispatchAnswer
from workflows.services.ledgers import ItemTypeOut, LedgerOut, NumberOut
from workflows.services.origins import MessageDraftOut, Origin
from workflows.services.pasting import check_paste
from workflows.services.registering import Home
from workflows.services.shapes import ItemAnswer

router = Router()


@router.get("/item-types", response=Page[ItemTypeOut])
def list_types(request: HttpRequest) -> Page[ItemTypeOut]:
    """Kinds of items with their own fields and limits."""
    actor_of(request)
    return Page(items=ledgers.list_types())


@router.get("/ledgers", response=Page[LedgerOut])
def list_ledgers(request: HttpRequest, unit: UUID | None = None) -> Page[LedgerOut]:
    return Page(items=ledgers.list_ledgers(actor_of(request), unit_id=unit))


@router.post("/ledgers", response={201: LedgerOut})
def create_ledger(request: HttpRequest, body: LedgerIn, key: Key = None) -> Status[LedgerOut]:
    return Status(201, ledgers.check_create_ledger(actor=actor_of(request), key=key, **body.model_dump()))


@router.get("/ledgers/{uuid:ledger_id}", response=LedgerOut)
def describe(request: HttpRequest, ledger_id: UUID) -> LedgerOut:
    return ledgers.describe_ledger(actor_of(request), ledger_id)


@router.patch("/ledgers/{uuid:ledger_id}", response=LedgerOut)
def change_state(request: HttpRequest, ledger_id: UUID, body: LedgerStateIn, key: Key = None) -> LedgerOut:
    return ledgers.check_close_ledger(
        actor=actor_of(request), ledger_id=ledger_id, closed=body.closed, key=key
    )


@router.get("/ledgers/{uuid:ledger_id}/numbers", response=Page[NumberOut])
def list_numbers(request: HttpRequest, ledger_id: UUID) -> Page[NumberOut]:
    """Formal numbers in order, void ones with their reason."""
    return Page(items=ledgers.list_numbers(actor_of(request), ledger_id))


@router.post("/ledgers/{uuid:ledger_id}/dispatch", response=DispatchAnswer)
def dispatch(request: HttpRequest, ledger_id: UUID, body: DispatchIn, key: Key = None) -> DispatchAnswer:
    wanted = None if body.all else (body.item_ids or [])
    return items.check_dispatch(actor=actor_of(request), ledger_id=ledger_id, item_ids=wanted, key=key)


@router.post("/ledgers/{uuid:ledger_id}/rows", response={201: ListImportOut})
def paste(request: HttpRequest, ledger_id: UUID, body: PasteIn) -> Status[ListImportOut]:
    """Rows copied from Excel or WPS as a preview; mended and applied as every import is (/imports/…)."""
    return Status(201, check_paste(actor=actor_of(request), ledger_id=ledger_id, **body.model_dump()))


@router.post("/taskforces/{uuid:taskforce_id}/rows", response={201: ListImportOut})
def paste_into_force(request: HttpRequest, taskforce_id: UUID, body: PasteIn) -> Status[ListImportOut]:
    """As above: the rows are added, and the other items stay, which an uploaded edition would cancel."""
    return Status(201, check_paste(actor=actor_of(request), taskforce_id=taskforce_id, **body.model_dump()))


@router.get("/items", response=ItemsOut)
def list_items(
    request: HttpRequest, query: Query[ItemsQuery], cursor: str | None = None, limit: int = 50
) -> ItemsOut:
    """Items in sight across homes: 红 黄 绿 灰 完, then the sooner due. `colours` ignores the colour filter."""
    return item_lists.list_items(actor_of(request), query.to_query(), cursor=cursor, limit=limit)


@router.get("/items.csv")
def export_items(request: HttpRequest, query: Query[ItemsQuery]) -> HttpResponse:
    return _csv(item_lists.export_csv(actor_of(request), query.to_query()), _("事项"))


@router.get("/ledgers/{uuid:ledger_id}/items", response=ItemsOut)
def list_of_ledger(
    request: HttpRequest,
    ledger_id: UUID,
    query: Query[ItemsQuery],
    cursor: str | None = None,
    limit: int = 50,
) -> ItemsOut:
    wanted = replace(query.to_query(), ledger_id=ledger_id)
    return item_lists.list_items(actor_of(request), wanted, cursor=cursor, limit=limit)


@router.get("/ledgers/{uuid:ledger_id}/items.csv")
def export_ledger(request: HttpRequest, ledger_id: UUID, query: Query[ItemsQuery]) -> HttpResponse:
    actor = actor_of(request)
    name = ledgers.describe_ledger(actor, ledger_id).name
    return _csv(item_lists.export_csv(actor, replace(query.to_query(), ledger_id=ledger_id)), name)


def _csv(body: bytes, title: str) -> HttpResponse:
    name = f"{title}-{clock.today():%Y%m%d}.csv"
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename=\"ledger.csv\"; filename*=UTF-8''{quote(name)}"
    return response


@router.post("/items", response={201: ItemAnswer})
def create_item(request: HttpRequest, body: ItemIn, key: Key = None) -> Status[ItemAnswer]:
    """One item in a task force, a ledger, or (neither named) the own unit's ledger; of a message with `origin`."""
    return Status(201, _register(request, body, Home(body.taskforce_id, body.ledger_id), key))


@router.post("/ledgers/{uuid:ledger_id}/items", response={201: ItemAnswer})
def create_in_ledger(
    request: HttpRequest, ledger_id: UUID, body: ItemIn, key: Key = None
) -> Status[ItemAnswer]:
    return Status(201, _register(request, body, Home(body.taskforce_id, ledger_id), key))


def _register(request: HttpRequest, body: ItemIn, home: Home, key: str | None) -> ItemAnswer:
    origin = Origin(body.origin.room_id, body.origin.event_id) if body.origin else None
    return splitting.check_register_under(
        actor=actor_of(request),
        home=home,
        new=body.to_new(),
        parent_id=body.parent_id,
        dispatch=body.dispatch,
        origin=origin,
        again=body.again,
        key=key,
    )


@router.get("/items/from-message", response=MessageDraftOut)
def draft_of_message(request: HttpRequest, room: str, event: str) -> MessageDraftOut:
    """What a message says of a task: title, due phrase understood, homes to choose from."""
    return origins.draft_of_message(actor_of(request), Origin(room, event))


@router.post("/items/{uuid:item_id}/children", response={201: ItemAnswer})
def split(request: HttpRequest, item_id: UUID, body: ChildIn, key: Key = None) -> Status[ItemAnswer]:
    """Add a part of the item and hand it out; the answer is the part."""
    return Status(
        201, splitting.check_split(actor=actor_of(request), item_id=item_id, key=key, **body.model_dump())
    )


@router.post("/items/{uuid:item_id}/parent", response=ItemAnswer)
def set_parent(request: HttpRequest, item_id: UUID, body: ParentIn, key: Key = None) -> ItemAnswer:
    return splitting.check_set_parent(
        actor=actor_of(request), item_id=item_id, parent_id=body.parent_id, key=key
    )
