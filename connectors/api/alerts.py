"""REST: alerts, and what people do with them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema

from common import clock
from connectors.rules.levels import WORDS
from connectors.services import alert_deeds
from connectors.store.models import Alert, AlertChange, AlertKind
from directory.requests import ApiRequest

router = Router(tags=["connectors"])


class AlertChangeOut(Schema):
    at: datetime
    deed: str
    deed_word: str
    level: str
    value: Decimal | None
    observed_at: datetime | None
    words: str
    by: str

    @staticmethod
    def resolve_deed_word(one: AlertChange) -> str:
        return str(AlertChange.Deed(one.deed).label)


class AlertOut(Schema):
    """One alert. `subject_id` is null for a source's own warning, `record_id` for all others."""

    id: UUID
    connector_id: UUID
    source: str
    subject_id: UUID | None
    subject_name: str
    place: str
    record_id: UUID | None
    metric: str
    kind: str
    kind_word: str
    level: str
    level_word: str
    words: str
    value: Decimal | None
    observed_at: datetime | None
    peak_value: Decimal | None
    peak_at: datetime | None
    opened_at: datetime
    upgraded_at: datetime | None
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    muted_until: datetime | None
    muted_by: str
    abilities: list[str]


class AlertDetailOut(AlertOut):
    grounds: list[str]
    changes: list[AlertChangeOut]


class AlertsOut(Schema):
    items: list[AlertOut]
    next: str | None = None


class AlertsQuery(Schema):
    state: str = "open"
    level: str = ""
    connector: UUID | None = None
    subject: UUID | None = None
    cursor: str | None = None


class MuteIn(Schema):
    """`until` null ends it."""

    until: datetime | None = None


@router.get("/connectors/alerts", response=AlertsOut)
def list_alerts(request: ApiRequest, query: Query[AlertsQuery]) -> dict[str, Any]:
    """Alerts of the sources that one may see and of one's rooms, newest first; `state`: open, closed, all."""
    found, following = alert_deeds.list_alerts(
        request.actor,
        state=query.state,
        level=query.level,
        connector_id=query.connector,
        subject_id=query.subject,
        cursor=query.cursor,
    )
    return {"items": [alert_out(request, one) for one in found], "next": following}


@router.get("/connectors/alerts/{uuid:alert_id}", response=AlertDetailOut)
def describe_alert(request: ApiRequest, alert_id: UUID) -> dict[str, Any]:
    return _detail(request, alert_deeds.access_alert(request.actor, alert_id))


@router.post("/connectors/alerts/{uuid:alert_id}/acknowledge", response=AlertDetailOut)
def acknowledge_alert(request: ApiRequest, alert_id: UUID) -> dict[str, Any]:
    """已知悉; who was first stays."""
    return _detail(request, alert_deeds.check_acknowledge(actor=request.actor, alert_id=alert_id))


@router.post("/connectors/alerts/{uuid:alert_id}/mute", response=AlertDetailOut)
def mute_alert(request: ApiRequest, alert_id: UUID, body: MuteIn) -> dict[str, Any]:
    """No further notice until then; a graver level is heard all the same."""
    until = body.until
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=clock.SHANGHAI)
    return _detail(request, alert_deeds.check_mute(actor=request.actor, alert_id=alert_id, until=until))


def alert_out(request: ApiRequest, one: Alert) -> dict[str, Any]:
    about = one.subject or one.record
    names = (
        "id",
        "connector_id",
        "subject_id",
        "record_id",
        "kind",
        "level",
        "words",
        "value",
        "observed_at",
    )
    more = ("peak_value", "peak_at", "opened_at", "upgraded_at", "closed_at", "acknowledged_at")
    rest = ("acknowledged_by", "muted_until", "muted_by")
    may_act = one.closed_at is None and alert_deeds.may_handle(request.actor, one)
    return {name: getattr(one, name) for name in (*names, *more, *rest)} | {
        "source": one.connector.name,
        "subject_name": one.subject.name if one.subject else one.words,
        "place": about.place if about else "",
        "metric": one.metric_key,
        "kind_word": str(AlertKind(one.kind).label),
        "level_word": WORDS[one.level],
        "abilities": ["acknowledge", "mute"] if may_act else [],
    }


def _detail(request: ApiRequest, one: Alert) -> dict[str, Any]:
    grounds = [str(ground["words"]) for ground in one.grounds.values()]
    return alert_out(request, one) | {"grounds": grounds, "changes": list(one.changes.all())}
