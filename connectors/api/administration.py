"""REST for those who look after sources: their settings, their switch, and how their last day went."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status

from common import clock
from connectors.api import sources
from connectors.services import access, administration
from connectors.services.source_settings import Settings
from connectors.store.models import Connector
from directory.requests import ApiRequest

router = Router(tags=["connectors"])
DAY = timedelta(hours=24)


class SourceSettings(Schema):
    """What an operator says of a source (docs/connectors.md). `secrets`: name → new value, null takes it away;
    `officer_ids`: who alone may get its cards, in a direct room; none: rooms may.
    """

    name: str
    kind: str
    owner_unit_id: UUID
    config: dict[str, Any]
    interval_s: int = 60
    fresh_for_s: int = 600
    lost_after_s: int = 3600
    owner_user_id: str = ""
    secrets: dict[str, str | None] = {}
    sources: list[str] = []
    field_allow_list: list[str] = []
    stages: dict[str, dict[str, str]] = {}
    missing_level: str = "yellow"
    day_starts_hour: int = 0
    intake_days: int = 7
    item_days: int = 800
    derived: list[dict[str, Any]] = []
    write_back: dict[str, Any] = {}
    officer_ids: list[str] = []

    def settings(self) -> Settings:
        lists = {
            name: tuple(getattr(self, name))
            for name in ("sources", "field_allow_list", "derived", "officer_ids")
        }
        return Settings(**{**{name: getattr(self, name) for name in SourceSettings.model_fields}, **lists})


class SourceCreateIn(SourceSettings):
    """`key` is the source's for good; the same key again is the same source."""

    key: str


class SourceOfficerOut(Schema):
    user_id: str
    name: str


class SourceSettingsOut(Schema):
    """`secret_names`: which secrets are set; their values are never shown."""

    id: UUID
    key: str
    name: str
    kind: str
    owner_unit_id: UUID
    owner_unit_name: str
    owner_user_id: str
    owner_name: str
    config: dict[str, Any]
    interval_s: int
    fresh_for_s: int
    lost_after_s: int
    secret_names: list[str]
    sources: list[str]
    field_allow_list: list[str]
    stages: dict[str, dict[str, str]]
    missing_level: str
    day_starts_hour: int
    intake_days: int
    item_days: int
    derived: list[dict[str, Any]]
    write_back: dict[str, Any]
    officers: list[SourceOfficerOut]
    is_enabled: bool
    paused_why: str


class SourceReasonIn(Schema):
    reason: str


class ActivityOut(Schema):
    """The last 24 hours of a source, oldest first: ok, partly, failed, or none."""

    id: UUID
    hours: list[str]


class ActivitiesOut(Schema):
    items: list[ActivityOut]
    next: str | None = None


@sources.router.post("/connectors", response=sources.ConnectorOut)  # one router has all deeds of a path
def create_connector(request: ApiRequest, body: SourceCreateIn) -> Connector:
    """A refusal names the field; inside addresses and secrets of the house are an administrator's."""
    made = administration.create(actor=request.actor, key=body.key, settings=body.settings())
    return access.with_counts(made.pk)


@router.get("/connectors/activity", response=ActivitiesOut)
def list_activity(request: ApiRequest) -> dict[str, Any]:
    """How the last 24 hours of each source went that one may see."""
    until = clock.now().replace(minute=0, second=0, microsecond=0)
    since = until - DAY + timedelta(hours=1)
    hours = [since + timedelta(hours=place) for place in range(24)]
    found = access.list_activity(request.actor, since)
    return {
        "items": [
            {"id": key, "hours": [said.get(hour, "none") for hour in hours]} for key, said in found.items()
        ]
    }


@router.get("/connectors/{uuid:connector_id}", response=SourceSettingsOut)
def describe_connector(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    connector, names = administration.read_settings(request.actor, connector_id)
    return _settings(connector, names)


@router.put("/connectors/{uuid:connector_id}", response=SourceSettingsOut)
def change_connector(request: ApiRequest, connector_id: UUID, body: SourceSettings) -> dict[str, Any]:
    """Everything but key and kind."""
    administration.change(actor=request.actor, connector_id=connector_id, settings=body.settings())
    connector, names = administration.read_settings(request.actor, connector_id)
    return _settings(connector, names)


@router.post("/connectors/{uuid:connector_id}/pause", response=SourceSettingsOut)
def pause_connector(request: ApiRequest, connector_id: UUID, body: SourceReasonIn) -> dict[str, Any]:
    administration.pause(actor=request.actor, connector_id=connector_id, reason=body.reason)
    return _settings(*administration.read_settings(request.actor, connector_id))


@router.post("/connectors/{uuid:connector_id}/resume", response=SourceSettingsOut)
def resume_connector(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    administration.resume(actor=request.actor, connector_id=connector_id)
    return _settings(*administration.read_settings(request.actor, connector_id))


@router.post("/connectors/{uuid:connector_id}/remove", response={204: None})
def remove_connector(request: ApiRequest, connector_id: UUID, body: SourceReasonIn) -> Status[None]:
    """For good: secrets and subscriptions go, what it said stays for its days."""
    administration.remove(actor=request.actor, connector_id=connector_id, reason=body.reason)
    return Status(204, None)


def _settings(connector: Connector, names: list[str]) -> dict[str, Any]:
    columns = [name for name in SourceSettingsOut.model_fields if hasattr(connector, name)]
    owner = connector.owner
    return {name: getattr(connector, name) for name in columns} | {
        "owner_unit_name": connector.owner_unit.name,
        "owner_user_id": owner.user_id if owner else "",
        "owner_name": owner.name if owner else "",
        "secret_names": names,
        "officers": list(connector.officers.order_by("staff_number")),
    }
