"""REST: records of other systems, with their timeline and what goes back."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Schema

from common import clock
from connectors.api.files import table_file
from connectors.rules.levels import WORDS
from connectors.services import records
from connectors.services.records import RecordAsk
from connectors.store.models import Record, RecordStage, RecordState, WriteBack
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class RecordStageOut(Schema):
    code: str
    name: str
    state: str
    at: datetime
    received_at: datetime
    note: str


class WriteBackOut(Schema):
    id: UUID
    state: str
    state_word: str
    attempts: int
    last_error: str
    created_at: datetime
    sent_at: datetime | None

    @staticmethod
    def resolve_state_word(one: WriteBack) -> str:
        return str(WriteBack.State(one.state).label)


class RecordOut(Schema):
    id: UUID
    connector_id: UUID
    source: str
    source_id: str
    kind: str
    title: str
    stage: str
    state: str
    state_word: str
    stage_at: datetime
    owner_unit: str
    place: str
    limit_days: int | None
    level: str
    level_word: str
    link: str
    due_at: datetime | None
    is_overdue: bool

    @staticmethod
    def resolve_due_at(one: Record) -> datetime | None:
        return records.due_at(one)

    @staticmethod
    def resolve_is_overdue(one: Record) -> bool:
        due = records.due_at(one)
        return due is not None and due < clock.now()

    @staticmethod
    def resolve_source(one: Record) -> str:
        return one.connector.name

    @staticmethod
    def resolve_state_word(one: Record) -> str:
        return str(RecordState(one.state).label)

    @staticmethod
    def resolve_level_word(one: Record) -> str:
        return WORDS.get(one.level, "")


class RecordDetailOut(RecordOut):
    fields: dict[str, str]
    stages: list[RecordStageOut]
    write_backs: list[WriteBackOut]
    abilities: list[str]

    @staticmethod
    def resolve_stages(one: Record) -> list[RecordStage]:
        return list(one.stages.all())

    @staticmethod
    def resolve_write_backs(one: Record) -> list[WriteBack]:
        return list(one.write_backs.order_by("created_at"))


class RecordsOut(Schema):
    items: list[RecordOut]
    next: str | None = None


class RecordsQuery(Schema):
    """`unit`: part of the name of the unit that has it; `overdue`: past the source's limit in working days."""

    connector: UUID | None = None
    state: str = ""
    kind: str = ""
    unit: str = ""
    overdue: bool = False

    def ask(self) -> RecordAsk:
        return RecordAsk(self.connector, self.state, self.kind, self.unit, self.overdue)


class RecordsPageQuery(RecordsQuery):
    cursor: str | None = None


class WriteBackIn(Schema):
    key: str
    result: dict[str, str]


@router.get("/connectors/records", response=RecordsOut)
def list_records(request: ApiRequest, query: Query[RecordsPageQuery]) -> dict[str, Any]:
    """Of the sources that one may see and of one's rooms, newest stage first."""
    found, following = records.list_records(request.actor, query.ask(), cursor=query.cursor)
    return {"items": found, "next": following}


@router.get("/connectors/records.xlsx")
def export_records(request: ApiRequest, query: Query[RecordsQuery]) -> HttpResponse:
    """The same list as a table, at most ten thousand rows."""
    return table_file(records.export_records(request.actor, query.ask()), "records.xlsx")


@router.get("/connectors/records/{uuid:record_id}", response=RecordDetailOut)
def describe_record(request: ApiRequest, record_id: UUID) -> Record:
    record: Any = records.access_record(request.actor, record_id)
    record.abilities = ["write_back"] if records.may_write_back(request.actor, record) else []
    return cast("Record", record)


@router.post("/connectors/records/{uuid:record_id}/results", response=WriteBackOut)
def write_back_result(request: ApiRequest, record_id: UUID, body: WriteBackIn) -> WriteBack:
    """Goes to the source under its own id, tried until it is taken; the same key again is the same result."""
    return records.check_write_back(
        actor=request.actor, record_id=record_id, result=dict(body.result), key=body.key
    )
