"""REST: registering apps, and the door by which they come in, signed by their key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from workflows.api.requests import actor_of
from workflows.attached import calls, services
from workflows.attached.signing import Call
from workflows.store.models import AppRoom, AttachedApp

router = Router(tags=["apps"])


class SignedByApp:
    """`X-App-Key`, `X-App-Timestamp`, `X-App-Nonce` and `X-App-Signature` of each call (docs/apps.md)."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = "X-App-Signature"

    def __call__(self, request: HttpRequest) -> AttachedApp:
        """Raises UnsignedError, RateLimitedError."""
        named = {
            name: request.headers.get(f"X-App-{name}", "")
            for name in ("Key", "Timestamp", "Nonce", "Signature")
        }
        call = Call(
            method=request.method or "",
            path=request.get_full_path(),
            timestamp=named["Timestamp"],
            nonce=named["Nonce"],
            body=request.body,
        )
        return services.authenticate(named["Key"], call, named["Signature"])


by_app = SignedByApp()


class AppIn(Schema):
    name: str
    calls_per_minute: int = 120


class AppEnabledIn(Schema):
    is_enabled: bool


class AppUseOut(Schema):
    """Calls of the last minute, of the last day, and how many of these were refused."""

    minute: int
    day: int
    refused: int


class AppOut(Schema):
    id: UUID
    key: str
    name: str
    unit_name: str
    owner_name: str
    calls_per_minute: int
    is_enabled: bool
    created_at: datetime
    called_at: datetime | None
    use: AppUseOut


class AppsOut(Schema):
    items: list[AppOut]
    next: str | None = None


class AppCallsOut(Schema):
    """One deed of one minute. `deed`: door, pending, done, room, close; `reason` "" where it was taken."""

    minute: datetime
    deed: str
    reason: str
    count: int
    detail: str


class AppCallListOut(Schema):
    items: list[AppCallsOut]
    next: str | None = None


class AppCallsQuery(Schema):
    refused: bool = False
    cursor: str | None = None


class AppSecretOut(Schema):
    """`secret` is shown this once."""

    app: AppOut
    secret: str


class AppPendingIn(Schema):
    """One thing for one person; `id` is the app's own, `person` a staff number."""

    id: str
    person: str
    title: str
    link: str
    due_at: datetime


class AppPendingsIn(Schema):
    items: list[AppPendingIn] = Field(max_length=services.MOST_ITEMS)


class AppDoneIn(Schema):
    ids: list[str] = Field(max_length=services.MOST_ITEMS)
    cancelled: bool = False


class AppCountOut(Schema):
    count: int


class AppRoomIn(Schema):
    """`id` is the app's case; the same one again is the same room."""

    id: str
    name: str
    purpose: str = ""
    people: list[str] = Field([], max_length=services.MOST_PEOPLE)


class AppCaseIn(Schema):
    id: str


class AppRoomOut(Schema):
    room_id: str
    opened_at: datetime
    closed_at: datetime | None


@router.get("/admin/apps", response=AppsOut)
def list_apps(request: HttpRequest) -> dict[str, Any]:
    return {"items": _shown(services.list_apps(actor_of(request)))}


@router.post("/admin/apps", response={201: AppSecretOut})
def register_app(request: HttpRequest, body: AppIn) -> Status[dict[str, Any]]:
    made = services.check_register_app(
        actor=actor_of(request), name=body.name, calls_per_minute=body.calls_per_minute
    )
    return Status(201, {"app": _shown([made.app])[0], "secret": made.secret})


@router.post("/admin/apps/{uuid:app_id}/secret", response=AppSecretOut)
def renew_app_secret(request: HttpRequest, app_id: UUID) -> dict[str, Any]:
    """Another secret; the one before ends at once."""
    made = services.check_renew_secret(actor=actor_of(request), app_id=app_id)
    return {"app": _shown([made.app])[0], "secret": made.secret}


@router.post("/admin/apps/{uuid:app_id}/enabled", response=AppOut)
def enable_app(request: HttpRequest, app_id: UUID, body: AppEnabledIn) -> dict[str, Any]:
    app = services.set_enabled(actor=actor_of(request), app_id=app_id, is_enabled=body.is_enabled)
    return _shown([app])[0]


@router.get("/admin/apps/{uuid:app_id}/calls", response=AppCallListOut)
def list_app_calls(request: HttpRequest, app_id: UUID, query: Query[AppCallsQuery]) -> dict[str, Any]:
    """Of thirty days, newest first, with why they were refused."""
    found, following = calls.list_calls(
        actor_of(request), app_id, only_refused=query.refused, cursor=query.cursor
    )
    return {"items": found, "next": following}


@router.post("/apps/pending", auth=by_app, response=AppCountOut)
def put_app_pending(request: HttpRequest, body: AppPendingsIn) -> dict[str, int]:
    """Put things before people, or change them by the app's own id; `count` is how many are open."""
    items = [services.PendingIn(**one.model_dump()) for one in body.items]
    with calls.counted(_app(request), "pending"):
        return {"count": services.put_pending(_app(request), items)}


@router.post("/apps/pending/done", auth=by_app, response=AppCountOut)
def finish_app_pending(request: HttpRequest, body: AppDoneIn) -> dict[str, int]:
    """Done in the app, for everybody who had it; `count` is how many were open."""
    with calls.counted(_app(request), "done"):
        return {"count": services.finish_pending(_app(request), body.ids, cancelled=body.cancelled)}


@router.post("/apps/rooms", auth=by_app, response=AppRoomOut)
def open_app_room(request: HttpRequest, body: AppRoomIn) -> AppRoom:
    """A room for one of the app's cases, with its people, in one call."""
    app, about = _app(request), body.model_dump(exclude={"id"})
    with calls.counted(app, "room"):
        return services.open_room(app, external_id=body.id, **about)


@router.post("/apps/rooms/close", auth=by_app, response=AppRoomOut)
def close_app_room(request: HttpRequest, body: AppCaseIn) -> AppRoom:
    """The case is over: the room can be read and no longer written."""
    with calls.counted(_app(request), "close"):
        return services.close_room(_app(request), external_id=body.id)


def _shown(apps: Sequence[AttachedApp]) -> list[dict[str, Any]]:
    uses = calls.uses_of(apps)
    plain = ("id", "key", "name", "calls_per_minute", "is_enabled", "created_at", "called_at")
    return [
        {name: getattr(app, name) for name in plain}
        | {"unit_name": app.unit.name, "owner_name": app.owner.name, "use": uses[app.pk]}
        for app in apps
    ]


def _app(request: HttpRequest) -> AttachedApp:
    app: AttachedApp = request.auth  # type: ignore[attr-defined]
    return app
