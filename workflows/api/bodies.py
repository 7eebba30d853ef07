"""Bodies of what is done with items and ledgers."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import Field

from common import clock
from common.errors import BadInputError
from workflows.api.requests import Body
from workflows.services.item_lists import ItemQuery
from workflows.services.items import NewItem

VIEW_OF_TAB = {"": "", "supervised": "supervise", "handled": "undertake", "followed": "follow"}


class LedgerIn(Body):
    name: str
    kind: str = "unit"
    organ_code: str = ""
    unit_id: UUID | None = None
    room_id: str = ""


class LedgerStateIn(Body):
    closed: bool


class PasteIn(Body):
    """`text`: rows with tabs, as a spreadsheet copies them, the first one a heading. The dates are the plan."""

    text: str
    starts_on: date | None = None
    due_on: date | None = None


class OriginIn(Body):
    room_id: str
    event_id: str


class ItemIn(Body):
    """A new item. `lead_unit_id` is one unit: a second one is refused with what to do instead.

    `due_on` may be left out where the kind has a limit. `dispatch`: handed out at once. `parent_id`: of the same home.
    """

    title: str
    lead_unit_id: UUID | list[UUID]
    due_on: date | None = None
    starts_on: date | None = None
    taskforce_id: UUID | None = None
    ledger_id: UUID | None = None
    kind: str = "project"
    details: dict[str, str] = {}
    category: str = ""
    budget_wan: Decimal | None = Field(default=None, ge=0, le=100_000_000, decimal_places=2)
    supporting_unit_ids: list[UUID] = []
    evidence_required: bool | None = None
    recurrence: dict[str, Any] | None = None
    supervisor_unit_id: UUID | None = None
    supervisor: str | None = None
    report_every_days: int | None = None
    parent_id: UUID | None = None
    dispatch: bool = False
    origin: OriginIn | None = None
    again: bool = False

    def to_new(self) -> NewItem:
        """Raises BadInputError: two leads."""
        lead = self.lead_unit_id if isinstance(self.lead_unit_id, list) else [self.lead_unit_id]
        if len(lead) != 1:
            raise BadInputError(
                field="lead_unit_id",
                message=_("牵头单位只能有一个，请保留一个，其余改为配合单位。"),
            )
        own = {"title", "due_on", "kind", "details", "category", "budget_wan", "evidence_required"}
        more = {"recurrence", "supervisor_unit_id", "supervisor", "report_every_days"}
        return NewItem(
            lead_unit_id=lead[0],
            starts_on=self.starts_on or clock.today(),
            supporting_unit_ids=tuple(self.supporting_unit_ids),
            **self.model_dump(include=own | more),
        )


class ChildIn(Body):
    title: str
    lead_unit_id: UUID
    due_on: date
    weight: int = 1
    category: str = ""


class ParentIn(Body):
    """None takes the item out of its whole."""

    parent_id: UUID | None


class ItemWordsIn(Body):
    """Optional words."""

    reason: str = ""


class ReopenIn(Body):
    reason: str
    due_on: date | None = None


class ItemPartIn(Body):
    unit_id: UUID
    ask: str
    due_on: date


class AskAgainIn(Body):
    ask: str
    due_on: date


class ItemTextIn(Body):
    text: str


class RectifyIn(Body):
    order: str


class ItemPlanIn(Body):
    plan: str
    due_on: date


class ItemResultIn(Body):
    result: str


class RecheckIn(Body):
    passed: bool
    reason: str = ""


class DisputeIn(Body):
    claimed_unit_id: UUID
    reason: str


class ItemSettleIn(Body):
    lead_unit_id: UUID
    reason: str


class FollowItemIn(Body):
    on: bool


class ItemsQuery(Body):
    """Filters of a list of items, from the query string.

    `tab`: supervised 我督办的, handled 我承办的, followed 我关注的. `colour`: a code, or open. `q`: part of title,
    category, number, formal number or lead unit. `sort`: urgency, number, due, newest.
    """

    taskforce: UUID | None = None
    ledger: UUID | None = None
    tab: str = ""
    colour: str | None = None
    state: str | None = None
    kind: str | None = None
    unit: UUID | None = None
    region: str | None = None
    parent: UUID | None = None
    due_from: date | None = None
    due_to: date | None = None
    overdue: bool = False
    q: str = ""
    sort: str = "urgency"

    model_config = {"extra": "ignore"}  # the page's own parameters stand beside them

    def to_query(self) -> ItemQuery:
        """Raises BadInputError."""
        if self.tab not in VIEW_OF_TAB:
            raise BadInputError(field="tab", message=_("范围须为 supervised、handled 或 followed，请改正。"))
        plain = self.model_dump(
            include={"colour", "state", "kind", "unit", "region", "parent", "overdue", "sort"}
        )
        return ItemQuery(
            ledger_id=self.ledger,
            taskforce_id=self.taskforce,
            view=VIEW_OF_TAB[self.tab],
            due_from=self.due_from,
            due_to=self.due_to,
            words=self.q,
            **plain,
        )
