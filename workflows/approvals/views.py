"""Cases and processes as lists, pages and cards show them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class CasePersonOut(BaseModel):
    user_id: str
    name: str
    post: str = ""
    unit: str = ""


class CaseTaskOut(BaseModel):
    """`mine`: the viewer may do it, `as_who`: in whose place ("" for oneself)."""

    id: UUID
    node: str
    name: str
    kind: str
    group: UUID
    assignee: CasePersonOut | None
    why: str
    is_fallback: bool
    state: str
    state_words: str
    due_at: datetime | None
    opened_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    decided_for: str
    recorded_by: str
    outcome: str
    outcome_words: str
    opinion: str
    added_by: str
    added_how: str
    answer: str
    answers: UUID | None
    reading: bool
    mine: bool
    as_who: str


class CaseEntryOut(BaseModel):
    at: datetime
    deed: str
    deed_words: str
    by: str
    post: str
    unit: str
    act_for: str
    recorded_for: str
    node: str
    node_name: str
    to_node: str
    to_name: str
    opinion: str
    reason: str
    file: str


class CaseFileOut(BaseModel):
    media_id: str
    field: str
    name: str
    mimetype: str
    by: str
    at: datetime


class CaseCopyOut(BaseModel):
    name: str
    by: str
    at: datetime
    is_read: bool


class CaseStepOut(BaseModel):
    """One node of the route. `state`: done, now or ahead; `who` as it would be if it were reached now."""

    node: str
    name: str
    kind: str
    state: str
    who: list["CaseWhoOut"]
    mode: str
    order: str
    percent: int
    limit: str
    unresolved: str | None


class CaseWhoOut(BaseModel):
    """`stands_in`: who acts for this one today (AB角, delegation)."""

    user_id: str
    name: str
    post: str
    unit: str
    why: str
    stands_in: list[str] = []


class CaseReturnOut(BaseModel):
    node: str
    name: str


class CaseOut(BaseModel):
    """`abilities`: deeds that the viewer may do now; `task`: the one of theirs that they mean."""

    id: UUID
    serial: str
    number: str | None
    title: str
    process: str
    process_name: str
    version: int
    state: str
    state_words: str
    starter: CasePersonOut
    started_at: datetime
    finished_at: datetime | None
    data: dict[str, Any]
    form: dict[str, Any]
    card: dict[str, Any]
    rights: dict[str, str]
    node: str
    task: UUID | None
    as_who: str
    tasks: list[CaseTaskOut]
    trail: list[CaseEntryOut]
    route: list[CaseStepOut]
    attachments: list[CaseFileOut]
    copies: list[CaseCopyOut]
    returns: list[CaseReturnOut]
    abilities: list[str]
    must_read: bool
    opened: bool
    shown: int
    room_id: str
    source: UUID | None
    caused: list["CaseEntry"] = []


class CaseEntry(BaseModel):
    """A line of a list. `task`, `node_name`, `due_at`: what waits for the viewer, in the box `waiting`."""

    id: UUID
    serial: str
    number: str | None
    title: str
    process: str
    process_name: str
    state: str
    state_words: str
    starter: str
    starter_unit: str
    started_at: datetime
    moved_at: datetime
    with_whom: list[str] = []
    task: UUID | None = None
    node_name: str = ""
    as_who: str = ""
    due_at: datetime | None = None
    must_read: bool = False
    shown: int = 1


class CaseCountsOut(BaseModel):
    waiting: int
    mine: int
    handled: int
    cc: int


class CaseListOut(BaseModel):
    items: list[CaseEntry]
    next: str | None
    counts: CaseCountsOut


class ProcessEntryOut(BaseModel):
    key: str
    name: str
    category: str
    description: str
    version: int
    must_read: bool
    starter: dict[str, Any]


class ProcessOut(ProcessEntryOut):
    form: dict[str, Any]
    card: dict[str, Any]
    rights: dict[str, str]


class CaseDiagramOut(BaseModel):
    """`done`, `current`: ids of elements."""

    bpmn: str
    done: list[str]
    current: list[str]


class CaseDraftOut(BaseModel):
    id: UUID
    process: str
    process_name: str
    data: dict[str, Any]
    room: str
    saved_at: datetime


class BatchRefusedOut(BaseModel):
    id: UUID
    title: str
    code: str
    message: str


class BatchOut(BaseModel):
    done: list[UUID]
    refused: list[BatchRefusedOut]
    message: str


CaseStepOut.model_rebuild()
CaseOut.model_rebuild()
