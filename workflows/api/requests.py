"""What every endpoint of this floor reads from a request."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Header
from pydantic import BaseModel, ConfigDict, Field

from directory.actors import Actor

Key = Annotated[str | None, Header(alias="Idempotency-Key", default=None)]
Entry = TypeVar("Entry")


def actor_of(request: HttpRequest) -> Actor:
    """Set by directory's middleware; the API's auth has refused requests without one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


class Page(BaseModel, Generic[Entry]):
    """All lists have this shape. `next` is the cursor of the page that follows, None at the end."""

    items: list[Entry]
    next: str | None = None


class Body(BaseModel):
    """Unknown fields are refused: a misspelt one would be ignored silently."""

    model_config = ConfigDict(extra="forbid")


class NewTaskForceIn(Body):
    name: str
    goal: str
    unit_ids: list[UUID]
    ends_on: date
    starts_on: date | None = None
    basis: str = ""
    lead_post_id: UUID | None = None
    office_unit_id: UUID | None = None


class NewItemIn(Body):
    title: str
    lead_unit_id: UUID
    due_on: date
    starts_on: date | None = None
    category: str = ""
    budget_wan: Decimal | None = Field(default=None, ge=0, le=100_000_000, decimal_places=2)
    supporting_unit_ids: list[UUID] = []


class DispatchIn(Body):
    """Either `item_ids`, or `all` for every item not dispatched yet."""

    item_ids: list[UUID] | None = None
    all: bool = False


class WindUpIn(Body):
    """`signed_over`: the unit that takes what is still open; needed only when something is."""

    signed_over: UUID | None = None


class ReportFileIn(Body):
    """An uploaded file of one's own, or a link."""

    media_id: str = ""
    url: str = ""
    name: str = ""


class ReportIn(Body):
    percent: int
    text: str = ""
    evidence: list[ReportFileIn] = []


class ExtensionIn(Body):
    due_on: date
    reason: str


class DecisionIn(Body):
    agree: bool
    reason: str = ""


class ReasonIn(Body):
    reason: str


class ItemPatchIn(Body):
    """`lead_unit_id` hands the item on (lead or office); `handler` names the person (the lead unit). One at a
    time.
    """

    lead_unit_id: UUID | None = None
    handler: str | None = None


class RowPatchIn(Body):
    """`lead_unit_id` names the unit; the others replace a cell, as text, as the file would have it."""

    lead_unit_id: UUID | None = None
    seq: str | None = None
    category: str | None = None
    name: str | None = None
    budget_wan: str | None = None
    supporting: str | None = None
    due_on: str | None = None
