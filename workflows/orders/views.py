"""What doors answer about orders."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

UrgencyWord = Literal["top", "urgent", "normal"]
StateWord = Literal["draft", "approved", "issued", "closed", "recalled"]
ReceiptWord = Literal[
    "pending", "delivered", "read", "signed_for", "reported", "unreachable", "substituted", "declined"
]
StepWord = Literal["app", "text", "mail", "voice", "duty", "leader"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrderRoleRule(Shape):
    """Holders of posts of this role; `level` and `region` (a code, with all below it) narrow it."""

    role: str
    level: str = ""
    region: str = ""


class OrderScopeIn(Shape):
    """Who is to get it. `levels` and `regions` given together mean units of these levels in these regions.

    Units, subtrees, levels and regions reach the posts that answer for a unit; with `everyone`, all its people.
    """

    units: list[UUID] = Field(default=[], max_length=5000)
    subtree: list[UUID] = Field(default=[], max_length=1000)
    posts: list[UUID] = Field(default=[], max_length=5000)
    roles: list[OrderRoleRule] = Field(default=[], max_length=50)
    people: list[str] = Field(default=[], max_length=5000)
    duty: list[UUID] = Field(default=[], max_length=5000)
    levels: list[str] = Field(default=[], max_length=5)
    regions: list[str] = Field(default=[], max_length=200)
    everyone: bool = False


class OrderRungIn(Shape):
    """A step of the ladder and after how many minutes it is taken."""

    step: StepWord
    minutes: int = Field(ge=0, le=1440)


class OrderTaskIn(Shape):
    """附带任务: an item for each unit that gets the order."""

    title: str = Field(min_length=1, max_length=200)
    due_on: date
    evidence_required: bool = False


class OrderTaskProblemOut(BaseModel):
    """A unit whose item could not be made or called off, and why."""

    unit_name: str
    reason: str


class OrderTaskOut(OrderTaskIn):
    """`made`, `done`: items of how many units there are, and are closed, for the board; `item`: the viewer's unit's.

    `problems`: of the units that stand aside, the first fifty; of the own one for a recipient.
    """

    made: int = 0
    done: int = 0
    item: UUID | None = None
    problems: list[OrderTaskProblemOut] = []


class OutOfScope(BaseModel):
    """A unit that may not be commanded: it is asked instead and may decline."""

    unit: UUID
    name: str
    why: str
    offer: Literal["request"] = "request"


class HeadCount(BaseModel):
    """Who would get it now. `out_of_scope` must be left out or asked before issue."""

    people: int
    units: int
    out_of_scope: list[OutOfScope]
    needs_second_approver: bool
    second_approver_above: int
    without_people: list[str]


class OrderCounts(BaseModel):
    """People by state; `signed` counts signed_for, reported and substituted; units 应收, 已收."""

    due: int = 0
    pending: int = 0
    delivered: int = 0
    read: int = 0
    signed_for: int = 0
    reported: int = 0
    unreachable: int = 0
    substituted: int = 0
    declined: int = 0
    signed: int = 0
    units_due: int = 0
    units_received: int = 0


class OrderEntry(BaseModel):
    """An order in a list."""

    id: UUID
    number: str
    title: str
    urgency: UrgencyWord
    state: StateWord
    is_drill: bool
    version: int
    issuer_unit_name: str
    issuer_name: str
    sign_by: datetime | None
    issued_at: datetime | None
    changed_at: datetime
    counts: OrderCounts


class MyReceipt(BaseModel):
    """How it stands with the viewer, who is a recipient. `request`: asked, not commanded; may be declined."""

    state: ReceiptWord
    state_words: str
    why: str
    unit: UUID
    unit_name: str
    request: bool
    signed_at: datetime | None
    report: str
    note: str


class OrderVersionOut(BaseModel):
    version: int
    title: str
    reason: str
    people: int
    issued_at: datetime
    issued_by_name: str


class OrderActOut(BaseModel):
    act: str
    text: str
    at: datetime
    by_name: str
    by_post: str


class OrderOut(OrderEntry):
    """One order. `mine` is None for who is no recipient; `scope` and `rungs` are for those who may see the board.

    `release_consent`: the question that waits for this viewer's yes as second approver.
    """

    text: str
    report_by: datetime | None
    organ_code: str
    mandate: str
    taskforce: UUID | None
    taskforce_name: str
    drill_outside: bool
    edit: int
    scope: OrderScopeIn | None
    rungs: list[OrderRungIn]
    tasks: list[OrderTaskOut]
    approved_by_name: str
    approved_at: datetime | None
    release: Literal["", "needed", "asked", "agreed", "refused"]
    release_consent: UUID | None
    end_reason: str
    mine: MyReceipt | None
    versions: list[OrderVersionOut]
    history: list[OrderActOut]
    abilities: dict[str, bool]


class OrderAnswer(BaseModel):
    """Every deed: a sentence for the person and the order as it stands."""

    message: str
    order: OrderOut


class MyOrder(BaseModel):
    """For the strip on every screen."""

    id: UUID
    number: str
    title: str
    urgency: UrgencyWord
    is_drill: bool
    sign_by: datetime | None
    state: ReceiptWord
    version: int
    request: bool
    issuer_unit_name: str
    issued_at: datetime | None


class OrderNode(BaseModel):
    """A line of the tree: a place (市直 or a county), a unit in it, or a person. Ask again with `parent=<id>`."""

    id: str
    kind: Literal["place", "unit", "person"]
    name: str
    detail: str = ""
    level: str = ""
    counts: OrderCounts | None = None
    state: str = ""
    state_words: str = ""
    received: bool = False
    request: bool = False
    why: str = ""
    at: datetime | None = None
    via: str = ""
    note: str = ""
    action: str = ""
    user_id: str = ""
    has_children: bool = False


class OrderTreeOut(BaseModel):
    """`next` is the cursor of the page that follows, None at the end. `by_level`: counts per level of units."""

    counts: OrderCounts
    by_level: dict[str, OrderCounts]
    as_of: datetime
    items: list[OrderNode]
    next: str | None


class OrderRungOut(BaseModel):
    """A step: `state` planned, running, done, stopped. `yielded`: how many of those reached have signed since."""

    step: StepWord
    words: str
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    state: Literal["planned", "running", "done", "stopped"]
    reached: int
    failed: int
    yielded: int
    expected: int | None = None
    stopped: str = ""


class OrderLadderOut(BaseModel):
    """`next` is the step that comes, None when there is none. `failures` are what no channel could deliver."""

    steps: list[OrderRungOut]
    next: StepWord | None
    failures: int


class OrderAttemptOut(BaseModel):
    id: UUID
    at: datetime
    channel: str
    words: str
    to_name: str
    unit_name: str
    address: str
    state: str
    answer: str
    answered_at: datetime | None


class OrderTemplateOut(BaseModel):
    id: UUID
    name: str
    draft: dict[str, object]
    made_by_name: str
    made_at: datetime


class OrderOptionsOut(BaseModel):
    """What a new order starts from: steps with a provider, default minutes, limits."""

    steps: list[OrderRungIn]
    defaults: dict[str, list[OrderRungIn]]
    second_approver_above: int
    organ_code: str
    may_mandate: bool
    mandate_of: str
    taskforces: list["OrderForceChoice"]
    max_title: int
    max_text: int
    max_tasks: int
    may_task: bool


class OrderForceChoice(BaseModel):
    id: UUID
    name: str
