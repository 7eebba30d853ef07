"""A person's own data: profile (from the directory), filters, account data."""

import hashlib

import orjson
from django.utils.translation import gettext as _

from chatops.matrix import pushrules
from chatops.matrix.answer import direct_content
from chatops.matrix.errors import MatrixError, bad_json, forbidden, invalid_param, not_found
from chatops.matrix.filters import SyncFilter, check_filter, read_inline
from chatops.matrix.identity import need_self
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import need_access
from chatops.services import membership_names
from chatops.store.matrix import people as store
from common.aio import call_service
from common.ids import staff_number_of

MOST_DATA_BYTES = 65_536
SERVER_KEPT = frozenset({"m.fully_read", "m.push_rules"})  # set by calls of their own


async def profile(request: Request, user: str) -> Json:
    number = staff_number_of(user)
    name = await store.find_name(request.delivery.pool, number) if number else None
    if name is None:
        raise not_found("No such user")
    return {"displayname": name}


async def avatar(request: Request, user: str) -> Json:
    await profile(request, user)
    raise not_found("No avatar")


async def field(request: Request, user: str, name: str) -> Json:
    """One field of a profile; there is no other than the name."""
    found = await profile(request, user)
    if name not in found:
        raise not_found("No such profile field")
    return {name: found[name]}


async def put_displayname(request: Request, user: str) -> Json:
    """Names come from the directory; an application service names its own users."""
    body = await request.json()
    need_self(request, user)
    if request.appservice is not None:
        name = text(body, "displayname", "", most=512)
        await call_service(membership_names.rename_ghost, actor=request.actor, name=name)
        return {}
    if body.get("displayname") == request.actor.name:
        return {}  # what it says already
    raise forbidden(_("姓名以通讯录为准，不能在此修改；请联系本单位数字化转型专员。"))


async def put_profile(request: Request, user: str) -> Json:
    await request.json()
    need_self(request, user)
    raise forbidden(_("姓名以通讯录为准，不能在此修改；请联系本单位数字化转型专员。"))


# -- filters ------------------------------------------------------------------------------------------------------


async def put_filter(request: Request, user: str) -> Json:
    """The id is a hash of the filter: a bot that stores the same one at each start keeps one row."""
    body = await request.json()
    need_self(request, user)
    check_filter(body)
    raw = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    if len(raw) > MOST_DATA_BYTES:
        raise MatrixError(413, "M_TOO_LARGE", "The filter is too large")
    filter_id = hashlib.sha256(raw).hexdigest()[:16]
    await store.put_filter(request.delivery.pool, request.actor.staff_id, filter_id, body)
    return {"filter_id": filter_id}


async def get_filter(request: Request, user: str, filter_id: str) -> Json:
    need_self(request, user)
    stored = await store.find_filter(request.delivery.pool, request.actor.staff_id, filter_id)
    if stored is None:
        raise not_found("No such filter")
    return stored


async def load_filter(request: Request) -> SyncFilter:
    """The filter of a sync: an id, or JSON in the query. Raises MatrixError M_INVALID_PARAM for an unknown id."""
    given = request.query.get("filter", "")
    if not given:
        return SyncFilter()
    if given.startswith("{"):
        return check_filter(read_inline(given))
    stored = await store.find_filter(request.delivery.pool, request.actor.staff_id, given)
    if stored is None:
        raise invalid_param("No such filter")
    return check_filter(stored)


# -- account data ---------------------------------------------------------------------------------------------------


async def get_data(request: Request, user: str, data_type: str) -> Json:
    need_self(request, user)
    pool, staff = request.delivery.pool, request.actor.staff_id
    if data_type == pushrules.DATA:
        stored = await store.find_data(pool, staff, 0, data_type)
        return pushrules.content_of(request.actor.user_id, stored)
    if data_type == "m.direct":
        return dict(await direct_content(pool, staff))
    found = await store.find_data(pool, staff, 0, data_type)
    if found is None:
        raise not_found("No such account data")
    return found


async def put_data(request: Request, user: str, data_type: str) -> Json:
    body = await _data_body(request, user, data_type)
    await store.put_data(request.delivery.pool, request.actor.staff_id, 0, data_type, body)
    request.delivery.drain.nudge()
    return {}


async def get_room_data(request: Request, user: str, room_id: str, data_type: str) -> Json:
    need_self(request, user)
    access = await need_access(request, room_id)
    found = await store.find_data(request.delivery.pool, request.actor.staff_id, access.room, data_type)
    if found is None:
        raise not_found("No such account data")
    return found


async def put_room_data(request: Request, user: str, room_id: str, data_type: str) -> Json:
    body = await _data_body(request, user, data_type)
    access = await need_access(request, room_id)
    await store.put_data(request.delivery.pool, request.actor.staff_id, access.room, data_type, body)
    request.delivery.drain.nudge()
    return {}


async def _data_body(request: Request, user: str, data_type: str) -> Json:
    body = await request.json()
    need_self(request, user)
    if data_type in SERVER_KEPT:
        raise MatrixError(405, "M_BAD_JSON", f"{data_type} is kept by the server")
    if not data_type or len(data_type.encode()) > 255:  # noqa: PLR2004 - Matrix's limit of ids
        raise invalid_param("The type must have 1 to 255 bytes")
    if len(orjson.dumps(body)) > MOST_DATA_BYTES:
        raise bad_json("Account data is limited to 64 KiB")
    return body
