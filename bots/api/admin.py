"""REST: bots as administrators keep them."""

from typing import Any
from uuid import UUID

from ninja import Query, Router, Status

from bots.api import admin_schemas as shapes
from bots.services import budget, hook_admin, outgoing, outs, records
from bots.store import bots as store
from bots.store import outs as out_store
from bots.store.records import BotRecord, Call, Hook, HookKind, OutCall, OutHook
from common.cursors import key_of
from common.ids import user_id
from directory.api.schemas import ErrorOut
from directory.requests import ApiRequest

router = Router(tags=["bots"])
REFUSALS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
PAGE = 50


@router.get("/admin/bots", response={200: shapes.BotsOut, **REFUSALS})
def list_bots(request: ApiRequest) -> dict[str, Any]:
    """The bots that the caller may manage, the built-in ones last."""
    return {"items": [bot_out(record) for record in records.list_bots(request.actor)]}


@router.post("/admin/bots", response={201: shapes.BotDetailOut, **REFUSALS})
def create_bot(request: ApiRequest, body: shapes.BotIn) -> Status[Any]:
    """A bot with an account, for a unit."""
    return Status(201, detail(records.create(actor=request.actor, **body.dict())))


@router.get("/admin/bots/{uuid:bot_id}", response={200: shapes.BotDetailOut, **REFUSALS})
def read_bot(request: ApiRequest, bot_id: UUID) -> dict[str, Any]:
    """One bot with its rooms, hooks and use."""
    return detail(records.access(request.actor, bot_id))


@router.patch("/admin/bots/{uuid:bot_id}", response={200: shapes.BotDetailOut, **REFUSALS})
def edit_bot(request: ApiRequest, bot_id: UUID, body: shapes.BotPatch) -> dict[str, Any]:
    """Change name, purpose, budget or owner."""
    changes = body.dict(exclude_none=True, exclude={"version"})
    return detail(records.edit(actor=request.actor, bot_id=bot_id, version=body.version, changes=changes))


@router.post("/admin/bots/{uuid:bot_id}/pause", response={200: shapes.BotDetailOut, **REFUSALS})
def pause_bot(request: ApiRequest, bot_id: UUID) -> dict[str, Any]:
    """The kill switch: no door takes its token, no hook of its is served."""
    return detail(records.pause(actor=request.actor, bot_id=bot_id))


@router.post("/admin/bots/{uuid:bot_id}/resume", response={200: shapes.BotDetailOut, **REFUSALS})
def resume_bot(request: ApiRequest, bot_id: UUID) -> dict[str, Any]:
    return detail(records.resume(actor=request.actor, bot_id=bot_id))


@router.post("/admin/bots/{uuid:bot_id}/token", response={200: shapes.TokenOut, **REFUSALS})
def issue_token(request: ApiRequest, bot_id: UUID) -> dict[str, Any]:
    """A fresh access token for the bot's own program, shown once; the one before it stops working."""
    token = records.issue_token(actor=request.actor, bot_id=bot_id)
    return {"token": token, "device_id": "BOT", "user_id": user_of(records.access(request.actor, bot_id))}


@router.post("/admin/bots/{uuid:bot_id}/rooms", response={200: shapes.BotDetailOut, **REFUSALS})
def add_room(request: ApiRequest, bot_id: UUID, body: shapes.BotRoomIn) -> dict[str, Any]:
    """Put a room of the caller's on the allow-list; the bot becomes a member."""
    return detail(records.add_room(actor=request.actor, bot_id=bot_id, room_id=body.room_id))


@router.delete("/admin/bots/{uuid:bot_id}/rooms/{room}", response={200: shapes.BotDetailOut, **REFUSALS})
def remove_room(request: ApiRequest, bot_id: UUID, room: str) -> dict[str, Any]:
    """Take a room off the allow-list; the bot leaves it."""
    return detail(records.remove_room(actor=request.actor, bot_id=bot_id, room_id=room))


@router.post("/admin/bots/{uuid:bot_id}/hooks", response={201: shapes.HookMadeOut, **REFUSALS})
def create_hook(request: ApiRequest, bot_id: UUID, body: shapes.HookIn) -> Status[Any]:
    """An address to post to one room; address and signing secret are shown in this answer only."""
    made = hook_admin.create(actor=request.actor, bot_id=bot_id, **body.dict())
    return Status(201, {"hook": hook_out(made.hook), "url": made.url, "secret": made.secret})


@router.delete("/admin/bots/{uuid:bot_id}/hooks/{uuid:hook_id}", response={204: None, **REFUSALS})
def revoke_hook(request: ApiRequest, bot_id: UUID, hook_id: UUID) -> Status[Any]:
    """Withdraw an address at once."""
    hook_admin.revoke(actor=request.actor, bot_id=bot_id, hook_id=hook_id)
    return Status(204, None)


@router.get("/admin/bots/{uuid:bot_id}/calls", response={200: shapes.CallsOut, **REFUSALS})
def list_calls(request: ApiRequest, bot_id: UUID, query: Query[shapes.CallsQuery]) -> dict[str, Any]:
    """Calls of the last 30 days, newest first; `failed=true`: those that were refused."""
    records.access(request.actor, bot_id)
    before = key_of(query.cursor)
    found = store.calls(bot_id, failed=query.failed, before=before, limit=PAGE + 1)
    more = len(found) > PAGE
    return {
        "items": [call_out(one) for one in found[:PAGE]],
        "next": str(found[PAGE - 1].pk) if more else None,
    }


@router.post("/admin/bots/{uuid:bot_id}/dry-run", response={200: shapes.ReachOut, **REFUSALS})
def dry_run(request: ApiRequest, bot_id: UUID, body: shapes.DryRunIn) -> dict[str, Any]:
    """Whom a message would reach; nothing is sent."""
    return hook_admin.try_out(actor=request.actor, bot_id=bot_id, room_id=body.room_id, payload=body.payload)


@router.post("/admin/bots/{uuid:bot_id}/outs", response={201: shapes.OutMadeOut, **REFUSALS})
def create_out(request: ApiRequest, bot_id: UUID, body: shapes.OutIn) -> Status[Any]:
    """An address that is told of events; its signing secret is shown in this answer only."""
    out, secret = outs.create(actor=request.actor, bot_id=bot_id, **body.dict())
    return Status(201, {"out": out_out(out, {}), "secret": secret})


@router.patch("/admin/bots/{uuid:bot_id}/outs/{uuid:out_id}", response={200: shapes.OutOut, **REFUSALS})
def switch_out(request: ApiRequest, bot_id: UUID, out_id: UUID, body: shapes.OutPatch) -> dict[str, Any]:
    out = outs.set_enabled(actor=request.actor, bot_id=bot_id, out_id=out_id, is_enabled=body.is_enabled)
    return out_out(out, out_store.counts(bot_id).get(out.pk, {}))


@router.delete("/admin/bots/{uuid:bot_id}/outs/{uuid:out_id}", response={204: None, **REFUSALS})
def remove_out(request: ApiRequest, bot_id: UUID, out_id: UUID) -> Status[Any]:
    outs.remove(actor=request.actor, bot_id=bot_id, out_id=out_id)
    return Status(204, None)


@router.get(
    "/admin/bots/{uuid:bot_id}/outs/{uuid:out_id}/calls", response={200: shapes.OutCallsOut, **REFUSALS}
)
def list_out_calls(
    request: ApiRequest, bot_id: UUID, out_id: UUID, query: Query[shapes.OutCallsQuery]
) -> dict[str, Any]:
    """The newest hundred calls to this address; `state=dead`: those that were given up."""
    found = outs.list_calls(request.actor, bot_id, out_id, state=query.state)
    return {"items": [out_call_out(one) for one in found]}


@router.post(
    "/admin/bots/{uuid:bot_id}/outs/{uuid:out_id}/replay", response={200: shapes.ReplayOut, **REFUSALS}
)
def replay(request: ApiRequest, bot_id: UUID, out_id: UUID, body: shapes.ReplayIn) -> dict[str, Any]:
    """Send dead calls again: these, or all (500 at once)."""
    return {"calls": outs.replay(actor=request.actor, bot_id=bot_id, out_id=out_id, call_ids=body.ids)}


def user_of(record: BotRecord) -> str:
    return user_id(record.number)


def bot_out(record: BotRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "user_id": user_of(record),
        "number": record.number,
        "name": records.name_of(record),
        "says": record.says,
        "owner_unit_id": record.owner_unit_id,
        "owner_unit_name": record.owner_unit.name if record.owner_unit else "",
        "owner_post_title": record.owner_post.title if record.owner_post else "",
        "owner_names": records.owner_names(record),
        "is_builtin": record.is_builtin,
        "paused_at": record.paused_at,
        "paused_by": record.paused_by,
        "budget_minute": record.budget_minute,
        "budget_day": record.budget_day,
        "use": budget.use_of(record),
        "version": record.version,
    }


def detail(record: BotRecord) -> dict[str, Any]:
    counts = out_store.counts(record.pk)
    return {
        **bot_out(record),
        "rooms": records.describe_rooms(record),
        "hooks": [hook_out(hook) for hook in store.hooks_of(record.pk)],
        "outs": [out_out(out, counts.get(out.pk, {})) for out in out_store.outs_of(record.pk)],
    }


def hook_out(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.pk,
        "kind": hook.kind,
        "label": hook.label,
        "room_id": hook.room_id,
        "address": hook_admin.address_of(hook.kind, f"…{hook.token_tail}"),
        "is_signed": bool(hook.sign_nonce),
        "addresses": hook.addresses,
        "created_at": hook.created_at,
        "last_used_at": hook.last_used_at,
    }


def call_out(call: Call) -> dict[str, Any]:
    return {
        "id": call.pk,
        "at": call.at,
        "status": call.status,
        "reason": call.reason,
        "detail": call.detail,
        "address": call.address,
        "hook_label": call.hook.label if call.hook else "",
        "kind": call.hook.kind if call.hook else HookKind.OWN,
    }


def out_out(out: OutHook, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "id": out.pk,
        "label": out.label,
        "host": outgoing.host_of(out.url),
        "url": out.url,
        "events": out.events,
        "commands": out.commands,
        "is_enabled": out.is_enabled,
        "waiting": counts.get("waiting", 0),
        "delivered": counts.get("delivered", 0),
        "dead": counts.get("dead", 0),
    }


def out_call_out(call: OutCall) -> dict[str, Any]:
    fields = ("kind", "state", "attempts", "status", "error", "created_at", "next_at", "done_at", "event_id")
    return {"id": call.pk, **{name: getattr(call, name) for name in fields}}
