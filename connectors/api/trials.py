"""REST: a test pull, raw and mapped side by side; nothing of it is stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema

from connectors.api.administration import SourceSettings
from connectors.api.sources import RejectionOut
from connectors.cards import number
from connectors.services import trials
from connectors.store.models import Quality
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class SourceTrialIn(Schema):
    """`sample`: a payload that was pasted, `intake_id`: one that was kept; neither: the source is asked."""

    settings: SourceSettings
    connector_id: UUID | None = None
    sample: str | None = None
    intake_id: UUID | None = None


class TrialReadingOut(Schema):
    subject_code: str
    subject_name: str
    place: str
    metric: str
    metric_name: str
    value: str
    unit: str
    observed_at: datetime
    warning: str | None
    guarantee: str | None
    quality: str
    quality_word: str


class TrialRecordOut(Schema):
    source_id: str
    title: str
    code: str
    stage_name: str
    stage_at: datetime
    owner_unit: str
    place: str
    level: str


class TrialSideOut(Schema):
    """One row as it came, and what the mapping makes of it."""

    line: int
    raw: str
    readings: list[TrialReadingOut]
    records: list[TrialRecordOut]
    rejections: list[RejectionOut]


class TrialFieldOut(Schema):
    path: str
    example: str
    kind: str


class SourceTrialOut(Schema):
    """Nothing of it is stored. `error` is "" where the payload could be used; `suggested` is a first mapping."""

    took_ms: int
    error: str
    error_code: str
    raw: str
    rows: int
    sides: list[TrialSideOut]
    fields: list[TrialFieldOut]
    lists: str
    suggested: dict[str, Any] | None


@router.post("/connectors/trial", response=SourceTrialOut)
def try_connector(request: ApiRequest, body: SourceTrialIn) -> dict[str, Any]:
    """A test pull, or a sample, read by settings that need not be saved: raw and mapped side by side."""
    trial = trials.try_out(
        actor=request.actor,
        settings=body.settings.settings(),
        connector_id=body.connector_id,
        sample=body.sample,
        intake_id=body.intake_id,
    )
    return {**trial.__dict__, "sides": [_side(one) for one in trial.sides]}


def _side(one: trials.Side) -> dict[str, Any]:
    return {**one.__dict__, "readings": [_reading(each) for each in one.readings]}


def _reading(one: Any) -> dict[str, Any]:
    limits = {name: getattr(one, name) for name in ("warning", "guarantee")}
    return {
        **one.__dict__,
        **{name: None if limit is None else number(limit, one.decimals) for name, limit in limits.items()},
        "value": number(one.value, one.decimals),
        "metric_name": one.metric_name or one.metric,
        "quality_word": str(Quality(one.quality).label) if one.quality in Quality.values else one.quality,
    }
