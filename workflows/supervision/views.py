"""Shapes of the one table and of the loop, the same for REST, exports and bots."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

By = Literal["unit", "region", "category", "kind"]


class Figures(BaseModel):
    """Counts of one row.

    Attributes:
        closed: within the period. on_time, overdue: by the due date as it is; …_first: by the first one.
        ahead: green now, yellow or red some days on if nothing is done. percent, planned: means, rounded.
    """

    total: int = 0
    red: int = 0
    yellow: int = 0
    green: int = 0
    grey: int = 0
    done: int = 0
    closed: int = 0
    on_time: int = 0
    on_time_first: int = 0
    overdue: int = 0
    overdue_first: int = 0
    extended: int = 0
    ahead: int = 0
    percent: int = 0
    planned: int = 0


class TableRow(BaseModel):
    """`before`: the same row as the period before ended; None where it had none."""

    key: str
    name: str
    figures: Figures
    before: Figures | None


class SupervisionTable(BaseModel):
    """`as_of`, `before_as_of`: the days whose snapshots were read; None where there were none yet."""

    by: By
    since: date
    day: date
    as_of: date | None
    before_day: date
    before_as_of: date | None
    ahead_days: int
    rows: list[TableRow]
    total: TableRow


class SupervisedItem(BaseModel):
    """An item as it stood on that day."""

    item: UUID
    number: int
    formal_number: str
    title: str
    home: str
    unit: str
    category: str
    colour: str
    ahead: str
    state_words: str
    percent: int
    planned: int
    due_on: date | None
    first_due_on: date | None
    link: str


class SupervisedPage(BaseModel):
    items: list[SupervisedItem]
    next: str | None


class SheetOut(BaseModel):
    id: UUID
    title: str
    unit: str
    by: By
    day: date
    since: date
    at: datetime
    by_name: str
    by_post: str
    digest: str


class SheetDetail(SheetOut):
    table: SupervisionTable


class FindingOut(BaseModel):
    id: UUID
    item: UUID
    title: str
    unit: str
    home: str
    text: str
    serious: bool
    at: datetime
    by_name: str
    by_post: str
    cleared_at: datetime | None
    cleared_by_name: str
    cleared_words: str
    link: str
    may_clear: bool


class RectificationRow(BaseModel):
    id: UUID
    item: UUID
    title: str
    unit: str
    home: str
    order: str
    state: str
    state_words: str
    plan_due_on: date
    due_on: date | None
    late: bool
    link: str


class PickOut(BaseModel):
    """`instead_of`: the inspector who was drawn first and is related to the unit."""

    id: UUID
    place: int
    item: UUID | None
    title: str
    unit: str
    inspector: str
    instead_of: str
    state: str
    state_words: str
    words: str
    done_at: datetime | None
    mine: bool


class SpotCheckOut(BaseModel):
    """`redraw`: whether drawing again from seed and pool gives the same subjects and inspectors' places."""

    id: UUID
    title: str
    unit: str
    of: str
    seed: str
    pool_size: int
    pool_digest: str
    count: int
    due_on: date
    at: datetime
    by_name: str
    by_post: str
    redraw: bool
    picks: list[PickOut]


class LoopOut(BaseModel):
    """The four steps, each with its counts."""

    as_of: date | None
    sheets: int
    last_sheet: SheetOut | None
    findings_open: int
    findings_serious: int
    findings_cleared: int
    risks_red: int
    risks_yellow: int
    risks_ahead: int
    rectifying: int
    rectifying_late: int
    rectified: int
    spot_checks: int
    spot_checks_waiting: int
    may_check: bool
