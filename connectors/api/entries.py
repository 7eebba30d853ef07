"""REST: values typed in by hand, signed and marked 人工."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema
from pydantic import Field

from connectors.api.metrics import SourceMetricOut, ValueOut, value_out
from connectors.services import entries
from connectors.services.history import Value
from connectors.store.models import Connector
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class EntryRowIn(Schema):
    """One value by hand; `observed_at` without a zone is Shanghai's time."""

    code: str
    metric: str
    value: str
    observed_at: str
    name: str = ""
    place: str = ""
    metric_name: str = ""
    unit: str = ""


class ValueEntryIn(Schema):
    rows: list[EntryRowIn] = Field(max_length=entries.MOST_ROWS)


class ValueEntryOut(Schema):
    id: UUID
    at: datetime
    signed_by: str
    rows: int
    stored: int
    duplicates: int
    revised: int


class EntryMetricOut(SourceMetricOut):
    """With the newest value, so that a slip of the finger is seen."""

    value: Decimal | None
    observed_at: datetime | None


class EntrySubjectOut(Schema):
    code: str
    name: str
    place: str
    metrics: list[EntryMetricOut]


class EntryFormOut(Schema):
    """A source that one may type values in for, and what it knows already."""

    id: UUID
    name: str
    owner_unit_name: str
    subjects: list[EntrySubjectOut]


class EntryFormsOut(Schema):
    items: list[EntryFormOut]
    next: str | None = None


class EnteredOut(ValueOut):
    """A value by hand with what it is of."""

    subject_id: UUID
    subject_name: str
    metric: str
    metric_name: str
    unit: str


class EnteredListOut(Schema):
    items: list[EnteredOut]
    next: str | None = None


class EnteredQuery(Schema):
    cursor: str | None = None


@router.get("/connectors/entries/forms", response=EntryFormsOut)
def list_entry_forms(request: ApiRequest) -> dict[str, Any]:
    """The sources of kind manual that one may type values in for."""
    return {"items": [_form(one) for one in entries.list_forms(request.actor)]}


@router.get("/connectors/{uuid:connector_id}/entries", response=EnteredListOut)
def list_entered(request: ApiRequest, connector_id: UUID, query: Query[EnteredQuery]) -> dict[str, Any]:
    """What was typed in, newest first; a revision with the value that it stands in the place of."""
    found, following = entries.list_entered(request.actor, connector_id, query.cursor)
    return {"items": [_entered(one) for one in found], "next": following}


@router.post("/connectors/{uuid:connector_id}/entries", response=ValueEntryOut)
def enter_values(request: ApiRequest, connector_id: UUID, body: ValueEntryIn) -> dict[str, Any]:
    """填报: signed by who sends it, marked 人工; the same rows again are one entry."""
    entry, taken = entries.check_enter(
        actor=request.actor, connector_id=connector_id, rows=[row.model_dump() for row in body.rows]
    )
    about = {name: getattr(entry, name) for name in ("id", "at", "signed_by", "rows")}
    return about | {"stored": taken.stored, "duplicates": taken.duplicates, "revised": taken.revised}


def _form(one: Connector) -> dict[str, Any]:
    subjects = [
        {"code": each.code, "name": each.name, "place": each.place, "metrics": list(each.metrics.all())}
        for each in one.subjects.all()
    ]
    about = {"id": one.pk, "name": one.name, "owner_unit_name": one.owner_unit.name}
    return about | {"subjects": subjects}


def _entered(one: Value) -> dict[str, Any]:
    metric = one.item.metric
    return value_out(one) | {
        "subject_id": metric.subject_id,
        "subject_name": str(metric.subject),
        "metric": metric.key,
        "metric_name": metric.name,
        "unit": metric.unit,
    }
