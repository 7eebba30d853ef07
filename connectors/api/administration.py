"""REST for those who look after sources: settings, test pulls, what was received, replays."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema, Status

from common import clock
from connectors.api import sources
from connectors.api.sources import RejectionOut
from connectors.cards import number
from connectors.services import access, administration, replays, trials
from connectors.services.administration import Settings
from connectors.store.models import Connector, IntakeOutcome, Quality, RawIntake, Replay
from directory.requests import ApiRequest

router = Router(tags=["connectors"])
SHOWN_CHARS = 50_000
DAY = timedelta(hours=24)


class SourceSettings(Schema):
    """What an operator says of a source (docs/connectors.md). `secrets`: name → new value, null takes it away."""

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

    def settings(self) -> Settings:
        lists = {"sources": tuple(self.sources), "field_allow_list": tuple(self.field_allow_list)}
        return Settings(**{**{name: getattr(self, name) for name in SourceSettings.model_fields}, **lists})


class SourceCreateIn(SourceSettings):
    """`key` is the source's for good; the same key again is the same source."""

    key: str


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
    is_enabled: bool
    paused_why: str


class SourceReasonIn(Schema):
    reason: str


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


class IntakeOut(Schema):
    """One payload that was received. `replayed`: a replay has taken all of it in since."""

    id: UUID
    received_at: datetime
    sender: str
    outcome: str
    outcome_word: str
    error: str
    frames: int
    items: int
    rejections: list[RejectionOut]
    replay_of: UUID | None
    replayed: bool


class IntakesOut(Schema):
    items: list[IntakeOut]
    next: str | None = None


class IntakeQuery(Schema):
    bad: bool = False
    cursor: str | None = None


class PayloadOut(Schema):
    """As text, hexadecimal where it is none; `is_cut` where it is longer than is shown."""

    id: UUID
    text: str
    size: int
    is_cut: bool


class AgainOut(Schema):
    stored: int
    duplicates: int
    records: int
    rejected: int
    error: str


class SourceReplayIn(Schema):
    key: str
    since: datetime
    until: datetime
    only_bad: bool = True


class SourceReplayOut(Schema):
    """`done` of `total` payloads; `failed` of them could still not, or not wholly, be used."""

    id: UUID
    since: datetime
    until: datetime
    only_bad: bool
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    stored: int
    failed: int


class SourceReplaysOut(Schema):
    items: list[SourceReplayOut]
    next: str | None = None


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


@router.get("/connectors/{uuid:connector_id}/intake", response=IntakesOut)
def list_intake(request: ApiRequest, connector_id: UUID, query: Query[IntakeQuery]) -> dict[str, Any]:
    """What was received, newest first; `bad`: what could not be used, or not wholly."""
    found, again, following = replays.list_intake(
        request.actor, connector_id, bad_only=query.bad, cursor=query.cursor
    )
    return {"items": [_intake(one, replayed=one.id in again) for one in found], "next": following}


@router.get("/connectors/{uuid:connector_id}/intake/{uuid:intake_id}", response=PayloadOut)
def read_intake(request: ApiRequest, connector_id: UUID, intake_id: UUID) -> dict[str, Any]:
    """The payload as it came."""
    found = replays.read_payload(request.actor, connector_id, intake_id)
    body = bytes(found.payload)
    text = trials.readable(body, is_hex=found.connector.kind == "sl651")
    return {"id": found.id, "text": text[:SHOWN_CHARS], "size": len(body), "is_cut": len(text) > SHOWN_CHARS}


@router.post("/connectors/{uuid:connector_id}/intake/{uuid:intake_id}/replay", response=AgainOut)
def replay_intake(request: ApiRequest, connector_id: UUID, intake_id: UUID) -> replays.Again:
    """Take it in as the settings are now; what is known already counts once."""
    return replays.again(actor=request.actor, connector_id=connector_id, intake_id=intake_id)


@router.get("/connectors/{uuid:connector_id}/replays", response=SourceReplaysOut)
def list_replays(request: ApiRequest, connector_id: UUID) -> dict[str, Any]:
    return {"items": replays.list_replays(request.actor, connector_id)}


@router.post("/connectors/{uuid:connector_id}/replays", response=SourceReplayOut)
def start_replay(request: ApiRequest, connector_id: UUID, body: SourceReplayIn) -> Replay:
    """A job takes in what was kept of that time; the same key again is the same replay."""
    return replays.start(actor=request.actor, connector_id=connector_id, **body.dict())


def _settings(connector: Connector, names: list[str]) -> dict[str, Any]:
    columns = [name for name in SourceSettingsOut.model_fields if hasattr(connector, name)]
    owner = connector.owner
    return {name: getattr(connector, name) for name in columns} | {
        "owner_unit_name": connector.owner_unit.name,
        "owner_user_id": owner.user_id if owner else "",
        "owner_name": owner.name if owner else "",
        "secret_names": names,
    }


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


def _intake(one: RawIntake, *, replayed: bool) -> dict[str, Any]:
    columns = (
        "id",
        "received_at",
        "sender",
        "outcome",
        "error",
        "frames",
        "items",
        "rejections",
        "replay_of",
    )
    word = str(IntakeOutcome(one.outcome).label)
    return {name: getattr(one, name) for name in columns} | {"outcome_word": word, "replayed": replayed}
