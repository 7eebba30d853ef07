"""Making rooms, coming and going (C-S API, "Creation", "Room membership")."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.matrix import spaces
from chatops.matrix.endpoints.directory import resolve
from chatops.matrix.errors import MatrixError, bad_json, forbidden, invalid_param, not_in_room
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import need_joined
from chatops.services import founding, knocking, membership, state
from chatops.store.matrix import aliases
from chatops.store.matrix import rooms as store
from common.aio import call_service
from common.errors import ConflictError, NotFoundError
from common.ids import staff_number_of

PRESETS = frozenset({"private_chat", "trusted_private_chat", "public_chat"})
VERSIONS = frozenset({"10", "11"})
MOST_INVITES = 500


async def create(request: Request) -> Json:
    body = await request.json()
    wanted = _wanted(body)
    alias = await _free_alias(request, body)
    room_id = await call_service(founding.found, actor=request.actor, wanted=wanted)
    if alias:
        await _name(request, room_id, alias)
    if body.get("visibility") == "public" and not wanted.is_direct:
        access = await need_joined(request, room_id)
        await aliases.set_listed(request.delivery.pool, access.room, listed=True)
    return {"room_id": room_id}


async def _free_alias(request: Request, body: Json) -> str:
    """The alias asked for, "" without one. Raises MatrixError M_ROOM_IN_USE."""
    name = text(body, "room_alias_name", "")
    if not name:
        return ""
    alias = f"#{name}:{settings.SERVER_NAME}"
    if any(sign in name for sign in ":\x00") or len(alias.encode()) > 255:  # noqa: PLR2004 - Matrix's limit of ids
        raise invalid_param("room_alias_name cannot be used")
    if await aliases.find(request.delivery.pool, alias) is not None:
        raise MatrixError(400, "M_ROOM_IN_USE", _("此群别名已被使用，请换一个。"))
    return alias


async def _name(request: Request, room_id: str, alias: str) -> None:
    access = await need_joined(request, room_id)
    if not await aliases.put(request.delivery.pool, alias, access.room, request.actor.staff_id):
        raise MatrixError(400, "M_ROOM_IN_USE", _("此群别名已被使用，请换一个。"))
    await call_service(
        state.set_state,
        actor=request.actor,
        room_id=room_id,
        event_type="m.room.canonical_alias",
        content={"alias": alias},
    )


def _wanted(body: Json) -> founding.Wanted:
    """Raises MatrixError for a wrong shape and for what the platform has not: aliases, other versions."""
    visibility = text(body, "visibility", "private")
    preset = text(body, "preset", "") or ("public_chat" if visibility == "public" else "private_chat")
    if preset not in PRESETS or visibility not in {"private", "public"}:
        raise invalid_param("preset or visibility is unknown")
    if text(body, "room_version", "11") not in VERSIONS:
        raise MatrixError(400, "M_UNSUPPORTED_ROOM_VERSION", "Room versions 10 and 11 are supported")
    override = body.get("power_level_content_override") or {}
    if not isinstance(override, dict) or not isinstance(body.get("creation_content") or {}, dict):
        raise bad_json("power_level_content_override and creation_content must be objects")
    return founding.Wanted(
        preset=preset,
        name=text(body, "name", "", most=1024).strip(),
        topic=text(body, "topic", "", most=8192),
        invites=tuple(_number(user) for user in _users(body)),
        is_direct=body.get("is_direct") is True,
        initial=tuple(_initial(item) for item in _list(body, "initial_state")),
        levels=override,
    )


def _list(body: Json, name: str) -> list[Any]:
    value = body.get(name) or []
    if not isinstance(value, list):
        raise bad_json(f"{name} must be a list")
    return value


def _users(body: Json) -> list[str]:
    users = _list(body, "invite")
    if len(users) > MOST_INVITES or not all(isinstance(user, str) for user in users):
        raise bad_json(f"invite must be a list of at most {MOST_INVITES} user ids")
    return users


def _number(user: str) -> str:
    number = staff_number_of(user)
    if number is None:
        raise invalid_param("This is not a user of this server")
    return number


def _initial(item: Any) -> tuple[str, str, Json]:
    if not isinstance(item, dict) or not isinstance(item.get("content"), dict):
        raise bad_json("initial_state must be a list of objects with type and content")
    return text(item, "type"), text(item, "state_key", ""), item["content"]


# -- coming and going -----------------------------------------------------------------------------------------------


async def join(request: Request, room_id: str) -> Json:
    await request.json()
    if room_id.startswith("#"):
        room_id = await resolve(request, room_id)
    try:
        await call_service(membership.join, actor=request.actor, room_id=room_id)
    except NotFoundError:
        raise MatrixError(404, "M_UNKNOWN", _("此群不存在，或邀请已撤回。")) from None
    return {"room_id": room_id}


async def knock(request: Request, room_id: str) -> Json:
    reason = text(await request.json(), "reason", "", most=1024)
    if room_id.startswith("#"):
        room_id = await resolve(request, room_id)
    try:
        await call_service(knocking.knock, actor=request.actor, room_id=room_id, reason=reason)
    except NotFoundError:
        raise MatrixError(404, "M_UNKNOWN", _("此群不存在，或邀请已撤回。")) from None
    return {"room_id": room_id}


async def leave(request: Request, room_id: str) -> Json:
    body = await request.json()
    reason = text(body, "reason", "", most=1024)
    await _change(membership.leave, request, room_id=room_id, reason=reason)
    return {}


async def forget(request: Request, room_id: str) -> Json:
    await request.json()
    try:
        await _change(membership.forget, request, room_id=room_id)
    except ConflictError as error:
        raise MatrixError(400, "M_UNKNOWN", error.user_message()) from None
    return {}


async def invite(request: Request, room_id: str) -> Json:
    return await _about_another(membership.invite, request, room_id)


async def kick(request: Request, room_id: str) -> Json:
    return await _about_another(membership.remove_member, request, room_id)


async def ban(request: Request, room_id: str) -> Json:
    return await _about_another(membership.remove_member, request, room_id, ban=True)


async def unban(request: Request, room_id: str) -> Json:
    return await _about_another(membership.unban, request, room_id)


async def _about_another(service: Any, request: Request, room_id: str, **more: Any) -> Json:
    body = await request.json()
    number = _number(text(body, "user_id"))
    reason = text(body, "reason", "", most=1024)
    if service is not membership.unban:
        more["reason"] = reason
    await _change(service, request, room_id=room_id, staff_number=number, **more)
    return {}


async def _change(service: Any, request: Request, **arguments: Any) -> None:
    """A room that is not the actor's looks like one that is not there."""
    try:
        await call_service(service, actor=request.actor, **arguments)
    except NotFoundError:
        raise not_in_room() from None


async def set_member(request: Request, room_id: str, user: str, content: Json) -> Json:
    """`PUT state/m.room.member/{user}`: the same deeds by another path; answers the event that says it."""
    number, reason = _number(user), text(content, "reason", "", most=1024)
    own = user == request.actor.user_id
    match text(content, "membership"):
        case "join" if own:
            await join_silently(request, room_id)
        case "leave" if own:
            await _change(membership.leave, request, room_id=room_id, reason=reason)
        case "invite":
            await _change(membership.invite, request, room_id=room_id, staff_number=number, reason=reason)
        case "leave" | "ban" as wanted:
            banned = wanted == "ban"
            await _change(
                membership.remove_member,
                request,
                room_id=room_id,
                staff_number=number,
                reason=reason,
                ban=banned,
            )
        case _:
            raise forbidden(_("不能这样更改成员状态。"))
    event_id = await store.member_event(request.delivery.pool, room_id, user)
    return {"event_id": event_id or ""}


async def join_silently(request: Request, room_id: str) -> None:
    await _change(membership.join, request, room_id=room_id)


async def joined_rooms(request: Request) -> Json:
    """Also the spaces of the units in whose groups the person is."""
    pool, actor = request.delivery.pool, request.actor
    rooms = await store.joined_rooms(pool, actor.staff_id)
    return {"joined_rooms": [*rooms, *await spaces.joined_ids(pool, actor)]}
