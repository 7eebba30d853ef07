"""Small things that clients ask for at their start or keep for a person (C-S API, "Presence", "Room Tagging" …)."""

from django.utils.translation import gettext as _

from chatops.matrix.errors import MatrixError, bad_json, forbidden, invalid_param, not_found
from chatops.matrix.identity import need_self
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import need_access, need_joined
from chatops.services import reports
from chatops.store.matrix import people as store
from common.aio import call_service
from common.ids import staff_number_of

TAGS = "m.tag"
PRESENCES = {"online", "unavailable", "offline"}
MOST_TAGS = 50


# -- tags -----------------------------------------------------------------------------------------------------------


async def get_tags(request: Request, user: str, room_id: str) -> Json:
    need_self(request, user)
    access = await need_access(request, room_id)
    found = await store.find_data(request.delivery.pool, request.actor.staff_id, access.room, TAGS)
    return {"tags": (found or {}).get("tags", {})}


async def put_tag(request: Request, user: str, room_id: str, tag: str) -> Json:
    body = await request.json()
    need_self(request, user)
    order = body.get("order")
    if order is not None and (
        isinstance(order, bool) or not isinstance(order, int | float) or not 0 <= order <= 1
    ):
        raise bad_json("order must be a number from 0 to 1")
    if not tag or len(tag.encode()) > 255:  # noqa: PLR2004 - Matrix's limit of ids
        raise invalid_param("A tag must have 1 to 255 bytes")

    def put(stored: Json) -> Json:
        tags = {**stored.get("tags", {}), tag: body}
        if len(tags) > MOST_TAGS:
            raise invalid_param(f"A room has at most {MOST_TAGS} tags")
        return {"tags": tags}

    await _change_tags(request, room_id, put)
    return {}


async def delete_tag(request: Request, user: str, room_id: str, tag: str) -> Json:
    await request.body()
    need_self(request, user)
    await _change_tags(
        request,
        room_id,
        lambda stored: {"tags": {key: tag_ for key, tag_ in stored.get("tags", {}).items() if key != tag}},
    )
    return {}


async def _change_tags(request: Request, room_id: str, how: store.Change) -> None:
    access = await need_access(request, room_id)
    await store.update_data(request.delivery.pool, request.actor.staff_id, access.room, TAGS, how)
    request.delivery.drain.nudge()


# -- presence: kept, never told on ------------------------------------------------------------------------------------


async def put_presence(request: Request, user: str) -> Json:
    body = await request.json()
    need_self(request, user)
    presence = text(body, "presence")
    if presence not in PRESENCES:
        raise invalid_param("presence must be online, unavailable or offline")
    content: Json = {"presence": presence}  # never when: nobody's time on line is kept
    if body.get("status_msg") is not None:
        content["status_msg"] = text(body, "status_msg", most=512)
    await store.put_presence(request.delivery.pool, request.actor.staff_id, content)
    return {}


async def get_presence(request: Request, user: str) -> Json:
    number = staff_number_of(user)
    found = await store.find_presence(request.delivery.pool, number) if number else None
    if found is None:
        raise not_found("No such user")
    answer: Json = {"presence": found.get("presence", "offline")}
    if "status_msg" in found:
        answer["status_msg"] = found["status_msg"]
    return answer


# -- what there is not ------------------------------------------------------------------------------------------------


async def turn_server(_request: Request) -> Json:
    """No calls: an empty answer is what clients understand."""
    return {}


async def third_party_ids(_request: Request) -> Json:
    return {"threepids": []}


async def upgrade(request: Request, room_id: str) -> Json:
    """A room keeps its version: its record stays in one place."""
    if text(await request.json(), "new_version") not in {"10", "11"}:
        raise MatrixError(400, "M_UNSUPPORTED_ROOM_VERSION", "Room versions 10 and 11 are supported")
    await need_joined(request, room_id)
    raise forbidden(_("群不需要升级；如需另起一群，请新建工作群。"))


async def report(request: Request, room_id: str, event_id: str | None = None) -> Json:
    """A complaint goes into the audit trail, for the security administrator."""
    body = await request.json()
    reason = text(body, "reason", "", most=2000)
    await need_access(request, room_id)
    await call_service(reports.report, actor=request.actor, room_id=room_id, event_id=event_id, reason=reason)
    return {}
