"""Push rules, and that nothing is pushed to outside services (C-S API, "Push Notifications")."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from chatops.matrix import pushrules
from chatops.matrix.errors import bad_json, forbidden, missing_param
from chatops.matrix.requests import Json, Request
from chatops.store.matrix import people as store


async def _stored(request: Request) -> Json:
    return await store.find_data(request.delivery.pool, request.actor.staff_id, 0, pushrules.DATA) or {}


async def _change(request: Request, how: Callable[[Json], Json]) -> None:
    await store.update_data(request.delivery.pool, request.actor.staff_id, 0, pushrules.DATA, how)
    request.delivery.drain.nudge()


async def all_rules(request: Request) -> Json:
    return pushrules.content_of(request.actor.user_id, await _stored(request))


async def global_rules(request: Request) -> Json:
    return pushrules.rules_of(request.actor.user_id, await _stored(request))


async def one_rule(request: Request, kind: str, rule_id: str) -> Json:
    return pushrules.find(request.actor.user_id, await _stored(request), kind, rule_id)


async def put_rule(request: Request, kind: str, rule_id: str) -> Json:
    body = await request.json()
    if "actions" not in body:
        raise missing_param("actions")
    before, after = request.query.get("before"), request.query.get("after")
    await _change(
        request, lambda stored: pushrules.put(stored, kind, rule_id, body, before=before, after=after)
    )
    return {}


async def delete_rule(request: Request, kind: str, rule_id: str) -> Json:
    await request.body()
    await _change(request, lambda stored: pushrules.remove(stored, kind, rule_id))
    return {}


async def get_enabled(request: Request, kind: str, rule_id: str) -> Json:
    return {"enabled": (await one_rule(request, kind, rule_id))["enabled"]}


async def get_actions(request: Request, kind: str, rule_id: str) -> Json:
    return {"actions": (await one_rule(request, kind, rule_id))["actions"]}


async def put_enabled(request: Request, kind: str, rule_id: str) -> Json:
    enabled = (await request.json()).get("enabled")
    if not isinstance(enabled, bool):
        raise bad_json("enabled must be true or false")
    await _set(request, kind, rule_id, "enabled", enabled)
    return {}


async def put_actions(request: Request, kind: str, rule_id: str) -> Json:
    body = await request.json()
    if "actions" not in body:
        raise missing_param("actions")
    await _set(request, kind, rule_id, "actions", pushrules.check_actions(body["actions"]))
    return {}


async def _set(request: Request, kind: str, rule_id: str, part: str, value: object) -> None:
    def change(stored: Json) -> Json:
        pushrules.find(request.actor.user_id, stored, kind, rule_id)
        return pushrules.change(stored, kind, rule_id, part, value)

    await _change(request, change)


async def pushers(_request: Request) -> Json:
    return {"pushers": []}


async def set_pusher(request: Request) -> Json:
    """Taking a pusher away is fine; there is none."""
    body = await request.json()
    if body.get("kind", "") is not None:
        raise forbidden(_("本平台不向外部推送服务发送内容；请保持客户端在线以接收提醒。"))
    return {}


async def notifications(_request: Request) -> Json:
    """Unread and mentions come with /sync; there is no list apart from the rooms."""
    return {"notifications": []}
