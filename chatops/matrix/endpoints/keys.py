"""The relay for encrypted clients: keys and messages between devices (C-S API, "End-to-end encryption").

The server reads none of it. Rooms are encrypted only where MATRIX_ENCRYPTION allows it; the relay works anyway, since
clients upload their keys at the start.
"""

from typing import Any

from django.utils.translation import gettext as _

from chatops.matrix.endpoints import signing
from chatops.matrix.errors import MatrixError, bad_json, forbidden, invalid_param, missing_param
from chatops.matrix.requests import Json, Request
from chatops.matrix.tokens import read_sync
from chatops.store.matrix import keys as store
from chatops.store.matrix import sync as sync_store
from common import clock
from common.ids import staff_number_of, user_id

MOST_KEYS = 500
MOST_NAMED = 2_000


def _device(request: Request) -> int:
    return request.actor.device_id or 0


async def upload(request: Request) -> Json:
    body = await request.json()
    pool, device = request.delivery.pool, _device(request)
    if (own := _object(body, "device_keys")) is not None:
        if own.get("user_id") != request.actor.user_id or own.get("device_id") != request.device_id:
            raise invalid_param("device_keys must name this user and this device")
        if await store.put_device_keys(pool, device=device, staff=request.actor.staff_id, body=own):
            request.delivery.drain.nudge()
    once = _keys(body, "one_time_keys")
    if once and not await store.put_one_time_keys(pool, device=device, keys=once):
        raise invalid_param("A one-time key with this id is there already")
    for algorithm, key_id, key in _keys(body, "fallback_keys"):
        await store.put_fallback_key(pool, device=device, algorithm=algorithm, key_id=key_id, body=key)
    return {"one_time_key_counts": await store.count(pool, device)}


def _object(body: Json, name: str) -> Json | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise bad_json(f"{name} must be an object")
    return value


def _keys(body: Json, name: str) -> list[tuple[str, str, Any]]:
    """(algorithm, id, key) of a table `algorithm:id` → key."""
    table = _object(body, name) or {}
    if len(table) > MOST_KEYS:
        raise invalid_param(f"{name} holds more than {MOST_KEYS} keys")
    found = []
    for full, key in table.items():
        algorithm, sign, key_id = full.partition(":")
        if not (sign and algorithm and key_id) or not isinstance(key, str | dict):
            raise invalid_param(f"{name} must be a table of algorithm:id to keys")
        found.append((algorithm, key_id, key))
    return found


def _named(body: Json, name: str) -> dict[str, Any]:
    """A table by user id."""
    if name not in body:
        raise missing_param(name)
    table = _object(body, name) or {}
    if len(table) > MOST_NAMED:
        raise invalid_param(f"{name} names more than {MOST_NAMED} users")
    return table


def _numbers(users: Any) -> list[str]:
    return [number for user in users if (number := staff_number_of(user))]


async def query(request: Request) -> Json:
    body = await request.json()
    wanted = _named(body, "device_keys")
    for devices in wanted.values():
        if not isinstance(devices, list) or not all(isinstance(one, str) for one in devices):
            raise bad_json("device_keys must be a table of user ids to lists of device ids")
    found: dict[str, dict[str, Json]] = {user: {} for user in wanted if staff_number_of(user)}
    for number, device, name, keys in await store.device_keys(request.delivery.pool, _numbers(wanted)):
        user = user_id(number)
        if not wanted[user] or device in wanted[user]:
            unsigned = {"device_display_name": name} if name else {}
            found[user][device] = {**keys, "unsigned": unsigned}
    return {
        "device_keys": found,
        "failures": {},
        **await signing.add_to_query(request, _numbers(wanted), found),
    }


async def claim(request: Request) -> Json:
    body = await request.json()
    wanted = _named(body, "one_time_keys")
    pool = request.delivery.pool
    found: dict[str, dict[str, Json]] = {}
    devices = {(one.user, one.device): one for one in await store.devices_of(pool, _numbers(wanted))}
    for user, table in wanted.items():
        if not isinstance(table, dict):
            raise bad_json("one_time_keys must be a table of user ids to tables of devices")
        for device, algorithm in table.items():
            if not isinstance(algorithm, str):
                raise bad_json("The algorithm must be a string")
            known = devices.get((staff_number_of(user) or "", device))
            if known is None:
                continue
            key = await store.claim(pool, device=known.key, staff=known.staff, algorithm=algorithm)
            if key is not None:
                found.setdefault(user, {})[device] = {f"{algorithm}:{key[0]}": key[1]}
    if found:
        request.delivery.drain.nudge()
    return {"one_time_keys": found, "failures": {}}


async def changes(request: Request) -> Json:
    """Whose devices changed between two tokens, for clients that lost count."""
    ends = []
    for name in ("from", "to"):
        if name not in request.query:
            raise missing_param(name)
        ends.append(read_sync(request.query[name], name))
    rooms = await sync_store.my_rooms(request.delivery.pool, request.actor.staff_id)
    encrypted = await store.encrypted_among(request.delivery.pool, rooms)
    changed, left = await store.changed_devices(
        request.delivery.pool,
        staff=request.actor.staff_id,
        rooms=encrypted,
        fresh=[],
        since=ends[0].pos,
        head=ends[1].pos,
    )
    return {"changed": [user_id(one) for one in changed], "left": [user_id(one) for one in left]}


async def no_backup(request: Request, **_parameters: str) -> Json:
    """No keys are kept for anybody: what is to be archived is not encrypted."""
    await request.body()
    raise MatrixError(404, "M_NOT_FOUND", "There is no key backup")


async def refuse_backup(request: Request, **_parameters: str) -> Json:
    await request.body()
    raise forbidden(_("本平台不保存密钥备份；请在客户端导出密钥自行保管。"))


async def send_to_device(request: Request, event_type: str, txn: str) -> Json:
    body = await request.json()
    messages = _named(body, "messages")
    if not event_type or len(event_type.encode()) > 255:  # noqa: PLR2004 - Matrix's limit of ids
        raise invalid_param("The type must have 1 to 255 bytes")
    known = await store.devices_of(request.delivery.pool, _numbers(messages))
    outgoing: list[tuple[int, Json]] = []
    for user, table in messages.items():
        if not isinstance(table, dict) or not all(isinstance(content, dict) for content in table.values()):
            raise bad_json("messages must be a table of user ids to tables of devices")
        mine = [one for one in known if user_id(one.user) == user]
        for device, content in table.items():
            outgoing += [(one.key, content) for one in mine if device in {"*", one.device}]
    await store.send(
        request.delivery.pool,
        from_device=_device(request),
        txn=txn,
        ts=clock.now_ms(),
        sender=request.actor.user_id,
        kind=event_type,
        messages=outgoing,
    )
    request.delivery.drain.nudge()
    return {}
