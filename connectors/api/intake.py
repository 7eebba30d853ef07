"""REST: what was received, what of it could not be used, and taking it in again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema

from connectors.api.sources import RejectionOut
from connectors.services import replays, trials
from connectors.store.models import IntakeOutcome, RawIntake, Replay
from directory.requests import ApiRequest

router = Router(tags=["connectors"])
SHOWN_CHARS = 50_000


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
