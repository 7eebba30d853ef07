"""Finding rooms and people (C-S API, "Room aliases", "Published room directory", "User Directory")."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.matrix.errors import MatrixError, bad_json, forbidden, invalid_param, not_found
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import may_send_state, need_joined
from chatops.services import appservices, spaces
from chatops.store.matrix import aliases as store
from chatops.store.matrix.aliases import Summary
from common.aio import call_service
from common.cursors import OFFSET_DIGITS, whole
from common.errors import ForbiddenError, NotFoundError
from common.ids import user_id
from directory.services import lookup

PAGE, MOST_ROOMS, MOST_PEOPLE = 50, 100, 50
CANONICAL = "m.room.canonical_alias"


# -- aliases --------------------------------------------------------------------------------------------------------


def _check_alias(alias: str) -> None:
    name, _sign, server = alias[1:].partition(":")
    if not alias.startswith("#") or not name or len(alias.encode()) > 255:  # noqa: PLR2004 - Matrix's limit of ids
        raise invalid_param("This is not a room alias")
    if server != settings.SERVER_NAME:
        raise not_found("Aliases of other servers are not known here")


async def get_alias(request: Request, alias: str) -> Json:
    room_id = await resolve(request, alias)
    return {"room_id": room_id, "servers": [settings.SERVER_NAME]}


async def resolve(request: Request, alias: str) -> str:
    """The room of an alias; asks a bridge that owns the name to make it. Raises MatrixError M_NOT_FOUND."""
    _check_alias(alias)
    found = await store.find(request.delivery.pool, alias)
    if found is None and await appservices.ask_alias(alias):
        found = await store.find(request.delivery.pool, alias)
    if found is None:
        raise not_found(_("没有此群别名，请核对后重试。"))
    return found[0]


async def put_alias(request: Request, alias: str) -> Json:
    room_id = text(await request.json(), "room_id")
    _check_alias(alias)
    await _check_exclusive(request, alias)
    access = await need_joined(request, room_id)
    if not await store.put(request.delivery.pool, alias, access.room, request.actor.staff_id):
        raise MatrixError(409, "M_UNKNOWN", _("此群别名已被使用，请换一个。"))
    return {}


async def _check_exclusive(request: Request, alias: str) -> None:
    owner = await call_service(appservices.exclusive_owner, "aliases", alias)
    if owner is not None and owner != request.appservice:
        raise MatrixError(400, "M_EXCLUSIVE", "This alias belongs to an application service")


async def delete_alias(request: Request, alias: str) -> Json:
    await request.body()
    _check_alias(alias)
    await _check_exclusive(request, alias)
    found = await store.find(request.delivery.pool, alias)
    if found is None:
        raise not_found(_("没有此群别名，请核对后重试。"))
    if found[2] != request.actor.staff_id:
        access = await need_joined(request, found[0])
        if not may_send_state(access, CANONICAL):
            raise forbidden(_("只有设置人或群主可以删除此别名。"))
    await store.delete(request.delivery.pool, alias)
    return {}


async def room_aliases(request: Request, room_id: str) -> Json:
    access = await need_joined(request, room_id)
    return {"aliases": await store.of_room(request.delivery.pool, access.room)}


# -- the room directory ---------------------------------------------------------------------------------------------


async def get_visibility(request: Request, room_id: str) -> Json:
    found = await store.is_listed(request.delivery.pool, room_id)
    if found is None:
        raise not_found("No such room")
    return {"visibility": "public" if found[1] else "private"}


async def put_visibility(request: Request, room_id: str) -> Json:
    body = await request.json()
    visibility = text(body, "visibility", "public")
    if visibility not in {"public", "private"}:
        raise invalid_param("visibility must be public or private")
    access = await need_joined(request, room_id)
    if not may_send_state(access, CANONICAL):
        raise forbidden(_("您在此群中的权限不足以更改此项，请联系群主。"))
    await store.set_listed(request.delivery.pool, access.room, listed=visibility == "public")
    return {}


async def public_rooms(request: Request) -> Json:
    """Rooms whose owners list them, and the top of the unit tree as spaces."""
    body = await request.json() if request.method == "POST" else {}
    limit, since = (
        body.get("limit", request.number("limit", PAGE)),
        body.get("since") or request.query.get("since"),
    )
    wanted = body.get("filter") or {}
    if not isinstance(limit, int) or isinstance(limit, bool) or not isinstance(wanted, dict):
        raise bad_json("limit must be a whole number, filter an object")
    term, kinds = text(wanted, "generic_search_term", "", most=512), wanted.get("room_types")
    limit, offset = max(1, min(limit, MOST_ROOMS)), offset_of(since)
    rooms: list[Json] = []
    if kinds is None or (isinstance(kinds, list) and None in kinds):
        found, total = await store.listed(
            request.delivery.pool, staff=request.actor.staff_id, term=term, offset=offset, limit=limit
        )
        rooms = [room_entry(one) for one in found]
    else:
        total = 0
    if offset == 0 and (kinds is None or (isinstance(kinds, list) and "m.space" in kinds)):
        tops = await _roots(request)
        rooms += [space_entry(one) for one in tops if term in one.name]
    answer: Json = {"chunk": rooms, "total_room_count_estimate": max(total, len(rooms))}
    if offset + limit < total:
        answer["next_batch"] = str(offset + limit)
    if offset:
        answer["prev_batch"] = str(max(0, offset - limit))
    return answer


async def _roots(request: Request) -> list[spaces.Space]:
    try:
        return await call_service(spaces.roots, request.actor)
    except ForbiddenError:  # bots and guests of the tree have no right to look through it
        return []


def offset_of(since: Any) -> int:
    if since is None or since == "":
        return 0
    offset = whole(since, OFFSET_DIGITS) if isinstance(since, str) else None
    if offset is None:
        raise invalid_param("since is not a token of this server")
    return offset


def room_entry(one: Summary) -> Json:
    entry: Json = {
        "room_id": one.room_id,
        "name": one.name,
        "num_joined_members": one.members,
        "world_readable": False,
        "guest_can_join": False,
        "join_rule": one.join_rule or "invite",
    }
    if one.topic:
        entry["topic"] = one.topic
    if one.alias:
        entry["canonical_alias"] = one.alias
    return entry


def space_entry(space: spaces.Space) -> Json:
    return {
        "room_id": space.room_id,
        "name": space.name,
        "num_joined_members": space.people,
        "world_readable": False,
        "guest_can_join": False,
        "join_rule": "invite",
        "room_type": "m.space",
    }


async def summary(request: Request, room_id: str) -> Json:
    """What the person may know of a room: one that is theirs, that is open, or a unit's space."""
    if room_id.startswith("#"):
        room_id = await resolve(request, room_id)
    if (unit := spaces.unit_of(room_id)) is not None:
        try:
            return space_entry(await call_service(spaces.find, request.actor, unit))
        except (NotFoundError, ForbiddenError):
            raise not_found("No such room") from None
    found = await store.summaries(request.delivery.pool, staff=request.actor.staff_id, room_ids=[room_id])
    if not found or not (
        found[0].membership in {"join", "invite"} or found[0].join_rule in {"public", "knock"}
    ):
        raise not_found("No such room")
    return {**room_entry(found[0]), "membership": found[0].membership or "leave", "room_version": "11"}


# -- people ---------------------------------------------------------------------------------------------------------


async def search_users(request: Request) -> Json:
    """Whom the directory shows to the person, in protocol order."""
    body = await request.json()
    term, limit = text(body, "search_term", most=512), body.get("limit", 10)
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise bad_json("limit must be a whole number")
    limit = max(1, min(limit, MOST_PEOPLE))
    found, more = await call_service(lookup.people, request.actor, term, limit=limit)
    people = {user_id(one.staff.staff_number): one.staff.name for one in found}
    results = [{"user_id": user, "display_name": name} for user, name in people.items()]
    return {"results": results, "limited": more is not None}


async def protocols(_request: Request) -> Json:
    return {name: _protocol() for name in await call_service(appservices.protocols)}


def _protocol() -> Json:
    return {"user_fields": [], "location_fields": [], "icon": "", "field_types": {}, "instances": []}
