from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import BaseModel, ConfigDict

from workflows.api.requests import Body, Key, Page, actor_of
from workflows.supervision import exports, loop, spot_checks, table
from workflows.supervision.loop import Found
from workflows.supervision.spot_checks import PickAnswer
from workflows.supervision.table import TableAsk
from workflows.supervision.views import (
    FindingOut,
    LoopOut,
    RectificationRow,
    SheetDetail,
    SheetOut,
    SpotCheckOut,
    SupervisedPage,
    SupervisionTable,
)

router = Router()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TableIn(BaseModel):
    """`since` to `day`, both counted; without them this month so far. `by`: unit, region, category, kind."""

    model_config = ConfigDict(extra="ignore")

    by: str = "unit"
    day: date | None = None
    since: date | None = None
    category: str = ""
    kind: str = ""
    region: str = ""

    def ask(self) -> TableAsk:
        return TableAsk(**{name: getattr(self, name) for name in TableIn.model_fields})


class SheetIn(Body):
    title: str
    by: str = "unit"
    day: date | None = None
    since: date | None = None
    category: str = ""
    kind: str = ""
    region: str = ""


class SpotCheckIn(Body):
    """`which`, `category`, `kind`, `region` narrow the pool as they narrow the table. An empty seed: one is made."""

    title: str
    of: str = "item"
    count: int
    inspectors: list[str]
    due_on: date
    which: str = "all"
    category: str = ""
    kind: str = ""
    region: str = ""
    seed: str = ""


class FindingIn(Body):
    item_id: UUID
    text: str
    serious: bool = False


class ClearIn(Body):
    words: str


class SpotResultIn(Body):
    passed: bool
    words: str = ""
    serious: bool = False


Ask = Annotated[TableIn, Query()]


@router.get("/supervision/table", response=SupervisionTable)
def show_table(request: HttpRequest, ask: Ask) -> SupervisionTable:
    return table.describe_table(actor_of(request), ask.ask())


@router.get("/supervision/table/items", response=SupervisedPage)
def list_behind(
    request: HttpRequest, ask: Ask, key: str | None = None, which: str = "all", cursor: str | None = None
) -> SupervisedPage:
    """The items behind a figure; `key` is a row's, `which` a column's."""
    return table.list_supervised(actor_of(request), ask.ask(), key=key, which=which, cursor=cursor)


@router.get("/supervision/table.xlsx")
def export_xlsx(request: HttpRequest, ask: Ask) -> HttpResponse:
    return _file(exports.export_xlsx(actor_of(request), ask.ask()), XLSX, "xlsx")


@router.get("/supervision/table.pdf")
def export_pdf(request: HttpRequest, ask: Ask) -> HttpResponse:
    return _file(exports.export_pdf(actor_of(request), ask.ask()), "application/pdf", "pdf")


def _file(body: bytes, kind: str, ending: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    name = quote(f"督查一表.{ending}")
    response["Content-Disposition"] = f"attachment; filename=\"table.{ending}\"; filename*=UTF-8''{name}"
    return response


@router.get("/supervision/loop", response=LoopOut)
def show_loop(request: HttpRequest) -> LoopOut:
    return loop.describe_loop(actor_of(request))


@router.get("/supervision/sheets", response=Page[SheetOut])
def list_sheets(request: HttpRequest, cursor: str | None = None) -> Page[SheetOut]:
    return Page(**dict(loop.list_sheets(actor_of(request), cursor)))


@router.post("/supervision/sheets", response={201: SheetDetail})
def publish_sheet(request: HttpRequest, body: SheetIn, key: Key = None) -> Status[SheetDetail]:
    ask = TableAsk(**body.model_dump(exclude={"title"}))
    return Status(201, loop.check_publish(actor=actor_of(request), title=body.title, ask=ask, key=key))


@router.get("/supervision/sheets/{uuid:sheet_id}", response=SheetDetail)
def show_sheet(request: HttpRequest, sheet_id: UUID) -> SheetDetail:
    return loop.describe_sheet(actor_of(request), sheet_id)


@router.get("/supervision/findings", response=Page[FindingOut])
def list_findings(request: HttpRequest, cleared: bool = False, cursor: str | None = None) -> Page[FindingOut]:
    return Page(**dict(loop.list_findings(actor_of(request), cleared=cleared, cursor=cursor)))


@router.post("/supervision/findings", response={201: Found})
def find(request: HttpRequest, body: FindingIn, key: Key = None) -> Status[Found]:
    return Status(201, loop.check_find(actor=actor_of(request), key=key, **body.model_dump()))


@router.post("/supervision/findings/{uuid:finding_id}/clear", response=Found)
def clear(request: HttpRequest, finding_id: UUID, body: ClearIn, key: Key = None) -> Found:
    return loop.check_clear(actor=actor_of(request), finding_id=finding_id, words=body.words, key=key)


@router.get("/supervision/rectifications", response=Page[RectificationRow])
def list_rectifications(
    request: HttpRequest, done: bool = False, cursor: str | None = None
) -> Page[RectificationRow]:
    return Page(**dict(loop.list_rectifications(actor_of(request), done=done, cursor=cursor)))


@router.get("/supervision/spot-checks", response=Page[SpotCheckOut])
def list_spot_checks(request: HttpRequest, cursor: str | None = None) -> Page[SpotCheckOut]:
    return Page(**dict(spot_checks.list_spot_checks(actor_of(request), cursor)))


@router.post("/supervision/spot-checks", response={201: SpotCheckOut})
def draw(request: HttpRequest, body: SpotCheckIn, key: Key = None) -> Status[SpotCheckOut]:
    ask = TableAsk(category=body.category, kind=body.kind, region=body.region)
    given = body.model_dump(exclude={"category", "kind", "region"})
    return Status(201, spot_checks.check_draw(actor=actor_of(request), ask=ask, key=key, **given))


@router.get("/supervision/spot-checks/{uuid:check_id}", response=SpotCheckOut)
def show_spot_check(request: HttpRequest, check_id: UUID) -> SpotCheckOut:
    return spot_checks.describe_spot_check(actor_of(request), check_id)


@router.post("/supervision/picks/{uuid:pick_id}/result", response=PickAnswer)
def give_result(request: HttpRequest, pick_id: UUID, body: SpotResultIn, key: Key = None) -> PickAnswer:
    return spot_checks.check_result(actor=actor_of(request), pick_id=pick_id, key=key, **body.model_dump())
