"""REST: tables of limits, and rules, each with the sentence that it reads as."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field

from connectors.services import alert_rules, foresight, limits
from connectors.store.models import AlertRule, ThresholdTable
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class BandIn(Schema):
    """One limit; season as MMDD, hours of the day from 0 to 24."""

    level: str
    limit: Decimal
    op: str = ">="
    margin: Decimal = Decimal(0)
    label: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    season_from: str = ""
    season_to: str = ""
    hour_from: int = 0
    hour_to: int = 24


class BandOut(Schema):
    level: str
    limit: Decimal
    op: str
    margin: Decimal
    label: str
    valid_from: date | None
    valid_to: date | None
    season_from: str
    season_to: str
    hour_from: int
    hour_to: int


class ThresholdIn(Schema):
    """Kept in place of the table for this metric, and subject where one is named."""

    metric: str
    name: str
    bands: list[BandIn] = Field(max_length=limits.MOST_BANDS)
    subject_id: UUID | None = None
    basis: str = ""
    is_enabled: bool = True


class ThresholdOut(Schema):
    id: UUID
    connector_id: UUID
    subject_id: UUID | None
    subject_name: str
    metric: str
    name: str
    basis: str
    is_enabled: bool
    bands: list[BandOut]
    sentences: list[str]


class ThresholdsOut(Schema):
    items: list[ThresholdOut]
    next: str | None = None


class AlertRuleIn(Schema):
    """`spec` is {"when": condition, "fold": null or how often}; see docs/connectors.md."""

    name: str
    level: str
    spec: dict[str, Any]
    metric: str = ""
    subject_id: UUID | None = None
    is_enabled: bool = True


class AlertRuleOut(Schema):
    id: UUID
    connector_id: UUID
    subject_id: UUID | None
    metric: str
    name: str
    level: str
    spec: dict[str, Any]
    sentence: str
    is_enabled: bool


class AlertRulesOut(Schema):
    items: list[AlertRuleOut]
    next: str | None = None


class PreviewOut(Schema):
    """What it would have done in the last `days`: `alerts` is null where only the clock can say.

    `is_cut`: there were more readings than are looked at, and the oldest are left out.
    """

    sentences: list[str]
    days: int
    readings: int
    is_cut: bool
    alerts: int | None
    levels: dict[str, int]
    last_at: datetime | None


@router.get("/connectors/{uuid:connector_id}/thresholds", response=ThresholdsOut)
def list_thresholds(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    return {"items": [_table(one) for one in limits.list_tables(request.actor, connector_id)]}


@router.put("/connectors/{uuid:connector_id}/thresholds", response=ThresholdOut)
def put_threshold(request: ApiRequest, connector_id: UUID, body: ThresholdIn) -> dict[str, Any]:
    """A refusal names the limit and its field, such as bands.2.limit."""
    new = _new_table(body)
    return _table(limits.check_put_table(actor=request.actor, connector_id=connector_id, new=new))


@router.post("/connectors/{uuid:connector_id}/thresholds/preview", response=PreviewOut)
def preview_threshold(request: ApiRequest, connector_id: UUID, body: ThresholdIn) -> dict[str, Any]:
    """The limits as sentences, and how many alerts they would have opened in seven days; nothing is kept."""
    new = _new_table(body)
    return _preview(foresight.preview_table(actor=request.actor, connector_id=connector_id, new=new))


@router.delete("/connectors/thresholds/{uuid:table_id}", response={204: None})
def delete_threshold(request: ApiRequest, table_id: UUID) -> Status[None]:
    limits.delete_table(actor=request.actor, table_id=table_id)
    return Status(204, None)


@router.get("/connectors/{uuid:connector_id}/rules", response=AlertRulesOut)
def list_alert_rules(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    return {"items": alert_rules.list_rules(request.actor, connector_id)}


@router.post("/connectors/{uuid:connector_id}/rules", response=AlertRuleOut)
def create_alert_rule(request: ApiRequest, connector_id: UUID, body: AlertRuleIn) -> AlertRule:
    return alert_rules.check_put_rule(actor=request.actor, connector_id=connector_id, new=_rule(body))


@router.put("/connectors/{uuid:connector_id}/rules/{uuid:rule_id}", response=AlertRuleOut)
def change_alert_rule(request: ApiRequest, connector_id: UUID, rule_id: UUID, body: AlertRuleIn) -> AlertRule:
    """What the rule remembered is forgotten."""
    new = _rule(body)
    return alert_rules.check_put_rule(
        actor=request.actor, connector_id=connector_id, new=new, rule_id=rule_id
    )


@router.delete("/connectors/rules/{uuid:rule_id}", response={204: None})
def delete_alert_rule(request: ApiRequest, rule_id: UUID) -> Status[None]:
    alert_rules.delete_rule(actor=request.actor, rule_id=rule_id)
    return Status(204, None)


@router.post("/connectors/{uuid:connector_id}/rules/preview", response=PreviewOut)
def preview_alert_rule(request: ApiRequest, connector_id: UUID, body: AlertRuleIn) -> dict[str, Any]:
    """The sentence that the rule would read as, and what it would have done in seven days; nothing is kept."""
    new = _rule(body)
    return _preview(foresight.preview_rule(actor=request.actor, connector_id=connector_id, new=new))


def _preview(one: foresight.Preview) -> dict[str, Any]:
    seen = one.foreseen
    return {
        "sentences": one.sentences,
        "days": foresight.LOOKS_BACK.days,
        "readings": one.readings,
        "is_cut": one.is_cut,
        "alerts": seen.opened if seen else None,
        "levels": {level: count for level, count in seen.levels.items() if count} if seen else {},
        "last_at": seen.last_at if seen else None,
    }


def _new_table(body: ThresholdIn) -> limits.TableIn:
    return limits.TableIn(**body.model_dump())


def _rule(body: AlertRuleIn) -> alert_rules.RuleIn:
    return alert_rules.RuleIn(**body.model_dump())


def _table(one: ThresholdTable) -> dict[str, Any]:
    names = ("id", "connector_id", "subject_id", "metric", "name", "basis", "is_enabled")
    return {name: getattr(one, name) for name in names} | {
        "subject_name": one.subject.name if one.subject else "",
        "bands": list(one.bands.all()),
        "sentences": limits.table_sentences(one),
    }
