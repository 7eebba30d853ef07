"""Signing in and out (C-S API, "Login", "Current account information")."""

from typing import Any

from django.utils.translation import gettext as _

from chatops.matrix.errors import MatrixError, bad_json, forbidden
from chatops.matrix.requests import Json, Request, text
from common.aio import call_service
from common.ids import staff_number_of
from directory.errors import SignInRefusedError
from directory.services import devices

PASSWORD = "m.login.password"  # noqa: S105 - the flow's name


async def flows(_request: Request) -> Json:
    return {"flows": [{"type": PASSWORD}]}


async def login(request: Request) -> Json:
    """A device of the one table: an id that was used before is taken over, and its earlier token stops working."""
    body = await request.json()
    if text(body, "type") != PASSWORD:
        raise MatrixError(400, "M_UNKNOWN", "Only m.login.password is supported")
    number = _staff_number(body)
    try:
        signed_in = await call_service(
            devices.sign_in,
            staff_number=number,
            password=text(body, "password", most=2048),
            kind="matrix",
            device_id=text(body, "device_id", "") or None,
            display_name=text(body, "initial_device_display_name", "", most=1024),
            addr=request.addr,
        )
    except SignInRefusedError as error:
        raise forbidden(error.user_message()) from None
    return {
        "user_id": signed_in.staff.user_id,
        "access_token": signed_in.secret,
        "device_id": signed_in.device.device_id,
        "home_server": signed_in.staff.user_id.partition(":")[2],
    }


def _staff_number(body: Json) -> str:
    """The account named by an identifier, or by `user` as old clients do; "" for users of another server."""
    identifier: Any = body.get("identifier")
    if identifier is None:
        user = text(body, "user", most=512)
    elif not isinstance(identifier, dict):
        raise bad_json("identifier must be an object")
    elif text(identifier, "type") != "m.id.user":
        raise MatrixError(400, "M_UNKNOWN", "Only m.id.user is supported")
    else:
        user = text(identifier, "user", most=512)
    return (staff_number_of(user.lower()) or "") if user.startswith("@") else user


async def logout(request: Request) -> Json:
    await request.body()
    await call_service(devices.sign_out, request.actor.device_id or 0, actor=request.actor)
    return {}


async def logout_all(request: Request) -> Json:
    await request.body()
    await call_service(devices.revoke_all, request.actor.staff_id, actor=request.actor)
    return {}


async def whoami(request: Request) -> Json:
    return {"user_id": request.actor.user_id, "device_id": request.device_id, "is_guest": False}


async def register(_request: Request) -> Json:
    """Accounts come from the directory."""
    raise forbidden(_("账户由管理员开通，不开放注册；请联系本单位数字化转型专员。"))
