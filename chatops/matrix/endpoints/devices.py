"""One's devices, tokens and password (C-S API, "Device Management", "Account management", "Refresh", "OpenID")."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from chatops.matrix.endpoints.proof import need_proof
from chatops.matrix.errors import MatrixError, bad_json, forbidden, not_found
from chatops.matrix.identity import need_self
from chatops.matrix.requests import Json, Request, text
from chatops.services import matrix_sessions
from common import clock
from common.aio import call_service
from common.errors import BadInputError, NotFoundError, SignedOutError
from directory.services import devices, passwords, renewal

MOST_DEVICES = 200
OPENID_S = 3600
OPENID = "matrix.openid"


async def list_devices(request: Request) -> Json:
    found = await call_service(devices.list_devices, request.actor)
    return {"devices": [_device(one) for one in found]}


def _device(device: Any) -> Json:
    """Use is kept to the day, and so is told to the day."""
    day = datetime.combine(device.last_seen_on, time(), clock.SHANGHAI)
    return {
        "device_id": device.device_id,
        "display_name": device.display_name or device.device_id,
        "last_seen_ts": int(day.timestamp() * 1000),
        "last_seen_ip": device.last_seen_addr,
    }


async def get_device(request: Request, device: str) -> Json:
    for one in await call_service(devices.list_devices, request.actor):
        if one.device_id == device:
            return _device(one)
    raise not_found("No such device")


async def put_device(request: Request, device: str) -> Json:
    name = text(await request.json(), "display_name", "", most=1024)
    try:
        await call_service(renewal.rename, actor=request.actor, device_id=device, display_name=name)
    except NotFoundError:
        raise not_found("No such device") from None
    return {}


async def delete_device(request: Request, device: str) -> Json:
    await need_proof(request, await request.json())
    await _delete(request, [device])
    return {}


async def delete_devices(request: Request) -> Json:
    body = await request.json()
    wanted = body.get("devices")
    if (
        not isinstance(wanted, list)
        or len(wanted) > MOST_DEVICES
        or not all(isinstance(one, str) for one in wanted)
    ):
        raise bad_json(f"devices must be a list of at most {MOST_DEVICES} device ids")
    await need_proof(request, body)
    await _delete(request, wanted)
    return {}


async def _delete(request: Request, wanted: list[str]) -> None:
    """Unknown ids are passed over, as the specification asks."""
    for one in await call_service(devices.list_devices, request.actor):
        if one.device_id in wanted:
            await call_service(devices.revoke, actor=request.actor, device_pk=one.pk)


async def change_password(request: Request) -> Json:
    """Signs out the other devices, as on every door."""
    body = await request.json()
    fresh = text(body, "new_password", most=2048)
    old = await need_proof(request, body)
    try:
        await call_service(passwords.change_own, actor=request.actor, old=old, new=fresh, addr=request.addr)
    except BadInputError as error:
        raise MatrixError(400, "M_WEAK_PASSWORD", error.user_message()) from None
    return {}


async def deactivate(request: Request) -> Json:
    await request.json()
    raise forbidden(_("账户由管理员停用；请联系本单位数字化转型专员。"))


async def refresh(request: Request) -> Json:
    """A new pair of tokens; both old ones stop working."""
    token = text(await request.json(), "refresh_token")
    try:
        pair = await call_service(matrix_sessions.refresh, token)
    except SignedOutError as error:
        raise MatrixError(401, "M_UNKNOWN_TOKEN", error.user_message(), soft_logout=False) from None
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "expires_in_ms": matrix_sessions.LIFETIME_MS,
    }


# -- OpenID ---------------------------------------------------------------------------------------------------------


async def openid_token(request: Request, user: str) -> Json:
    """A proof of who one is, for third parties that ask `openid/userinfo` with it."""
    await request.json()
    need_self(request, user)
    token = signing.TimestampSigner(salt=OPENID).sign(request.actor.user_id)
    return {
        "access_token": token,
        "expires_in": OPENID_S,
        "matrix_server_name": settings.SERVER_NAME,
        "token_type": "Bearer",
    }


async def openid_userinfo(request: Request) -> Json:
    token = request.query.get("access_token", "")
    if not token:
        raise MatrixError(401, "M_MISSING_TOKEN", "Missing access token")
    try:
        return {"sub": signing.TimestampSigner(salt=OPENID).unsign(token, max_age=OPENID_S)}
    except signing.BadSignature:
        raise MatrixError(401, "M_UNKNOWN_TOKEN", "The token is unknown or over") from None
