"""What the outside sees of a task force and its items, as shapes: the same for REST, cards and bots."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

ColourCode = Literal["red", "yellow", "green", "grey", "done"]


COLOUR_WORDS = {"red": "红", "yellow": "黄", "green": "绿", "grey": "灰", "done": "已办结"}


class UnitRef(BaseModel):
    id: UUID
    name: str
    short_name: str


class PersonRef(BaseModel):
    user_id: str
    name: str


class TaskForceRef(BaseModel):
    id: UUID
    name: str
    room_id: str


class LedgerRef(BaseModel):
    id: UUID
    name: str
    kind: str
    unit_id: UUID


class HomeOut(BaseModel):
    """Where an item stands: a task force or a ledger. `room_id` is "" for a ledger without a room."""

    kind: Literal["taskforce", "ledger"]
    id: UUID
    name: str
    room_id: str


class OriginOut(BaseModel):
    """The message that an item came from. `sender` as 单位 姓名 职务 on that day."""

    room_id: str
    event_id: str
    text: str
    sender: str


class MilestoneOut(BaseModel):
    """`first_due_on` is the date before any extension."""

    name: str
    due_on: date
    first_due_on: date
    percent: int
    done_on: date | None


class ReportOut(BaseModel):
    id: UUID
    at: datetime
    percent: int
    text: str
    by_name: str
    by_post: str
    by_unit: str
    state: str
    returned_reason: str


class ExtensionOut(BaseModel):
    id: UUID
    asked_at: datetime
    by_name: str
    by_post: str
    by_unit: str
    old_due_on: date
    new_due_on: date
    reason: str
    state: str
    decided_at: datetime | None
    decided_by_name: str
    decided_by_post: str
    decision_reason: str


class HistoryOut(BaseModel):
    at: datetime
    by_name: str
    by_post: str
    by_unit: str
    act: str
    from_state: str
    to_state: str
    text: str
    facts: dict[str, Any]


class ItemOut(BaseModel):
    """One item as lists, cards and the wall show it.

    Attributes:
        colour: the shape of UX §4; `done` is a closed item (grey by domain §11).
        because: why it has this colour, in plain Chinese; chip: the few words beside the shape.
        abilities: what the actor may do and the state allows now.
    """

    id: UUID
    number: int
    title: str
    category: str
    budget_wan: float | None
    taskforce: TaskForceRef | None
    ledger: LedgerRef | None
    home: HomeOut
    kind: str
    formal_number: str | None
    parent_id: UUID | None
    weight: int
    details: dict[str, Any]
    evidence_required: bool
    supervised: bool
    supervisor_unit: UnitRef | None
    supervisor: PersonRef | None
    origin: OriginOut | None
    recurring: bool
    report_every_days: int | None
    followed: bool
    due_provisional: bool
    suspended_on: date | None
    suspended_days: int
    lead_unit: UnitRef
    supporting_units: list[UnitRef]
    handler: PersonRef | None
    starts_on: date
    due_on: date
    first_due_on: date
    state: str
    state_words: str
    percent: int
    planned_percent: int
    colour: ColourCode
    reason_code: str
    because: str
    chip: str
    computed_colour: str
    computed_because: str
    overridden: bool
    override_ends_on: date | None
    colour_since: datetime
    milestones: list[MilestoneOut]
    next_milestone: MilestoneOut | None
    last_report: ReportOut | None
    open_extension: ExtensionOut | None
    dispatched_at: datetime | None
    signed_at: datetime | None
    closed_at: datetime | None
    version: int
    abilities: dict[str, bool]


class PartOut(BaseModel):
    """会办 of one unit. `abilities`: what the viewer may do with it now."""

    id: UUID
    unit: UnitRef
    ask: str
    due_on: date
    first_due_on: date
    state: str
    state_words: str
    signed_at: datetime | None
    answer: str
    answered_at: datetime | None
    answered_by_name: str
    dissent: str
    dissent_answer: str
    dissent_answered_by_name: str
    returned_reason: str
    abilities: dict[str, bool]


class EvidenceOut(BaseModel):
    """A file is read at /items/{item}/evidence/{id}/file; a link has `url`."""

    id: UUID
    report_id: UUID | None
    media_id: str
    url: str
    name: str
    mimetype: str
    at: datetime
    by_name: str


class RectificationOut(BaseModel):
    id: UUID
    at: datetime
    by_name: str
    by_post: str
    by_unit: str
    order: str
    plan_due_on: date
    plan: str
    due_on: date | None
    result: str
    state: str
    state_words: str
    checked_at: datetime | None
    checked_by_name: str
    check_words: str


class DisputeOut(BaseModel):
    """牵头异议. `superior`: who decides once it has gone up."""

    id: UUID
    at: datetime
    by_name: str
    by_unit: str
    claimed_unit: UnitRef
    reason: str
    escalates_at: datetime
    superior: UnitRef | None
    escalated_at: datetime | None
    settled_at: datetime | None
    settled_by_name: str
    settled_unit: UnitRef | None
    settled_reason: str


class ItemDetailOut(ItemOut):
    parts: list[PartOut]
    evidence: list[EvidenceOut]
    rectifications: list[RectificationOut]
    disputes: list[DisputeOut]
    children: list[ItemOut]
    rolled_up: int | None
    reports: list[ReportOut]
    extensions: list[ExtensionOut]
    history: list[HistoryOut]


class ItemAnswer(BaseModel):
    """The answer to an act: a sentence for the person, and the item after it."""

    message: str
    item: ItemOut


class TaskForceOut(BaseModel):
    id: UUID
    name: str
    goal: str
    basis: str
    state: str
    state_words: str
    lead: PersonRef
    lead_post: str
    lead_unit: UnitRef
    office_unit: UnitRef
    units: list[UnitRef]
    room_id: str
    starts_on: date
    ends_on: date
    abilities: dict[str, bool]
