"""Signing in and out (C-S API, "Login", "Current account information")."""

from typing import Any

from django.utils.translation import gettext as _

from chatops.matrix.errors import MatrixError, bad_json, forbidden, of_domain
from chatops.matrix.identity import find_caller, speak_as
from chatops.matrix.requests import Json, Request, text
from chatops.services import appservices, matrix_sessions
from common import ids
from common.aio import call_service
from common.errors import BadInputError, ConflictError, NotFoundError
from common.ids import staff_number_of
from directory.errors import SignInRefusedError
from directory.services import devices

PASSWORD = "m.login.password"  # noqa: S105 - the flow's name
BRIDGE = "m.login.application_service"


async def flows(_request: Request) -> Json:
    return {"flows": [{"type": PASSWORD}, {"type": BRIDGE}]}


async def login(request: Request) -> Json:
    """A device of the one table: an id that was used before is taken over, and its earlier token stops working."""
    body = await request.json()
    kind = text(body, "type")
    if kind == BRIDGE:
        return await _login_of_service(request, body)
    if kind != PASSWORD:
        raise MatrixError(400, "M_UNKNOWN", "Only m.login.password is supported")
    number = _staff_number(body)
    renewing = body.get("refresh_token", False)
    if not isinstance(renewing, bool):
        raise bad_json("refresh_token must be true or false")
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
    # Keys and messages were for the client that had this device before; its transaction ids go on.
    await call_service(matrix_sessions.forget, [signed_in.device.pk], txns=False)
    answer: Json = {
        "user_id": signed_in.staff.user_id,
        "access_token": signed_in.secret,
        "device_id": signed_in.device.device_id,
        "home_server": signed_in.staff.user_id.partition(":")[2],
    }
    if renewing and signed_in.device.kind == "matrix":
        pair = await call_service(matrix_sessions.start, signed_in.device.pk)
        answer |= {
            "access_token": pair.access,
            "refresh_token": pair.refresh,
            "expires_in_ms": matrix_sessions.LIFETIME_MS,
        }
    return answer


async def _login_of_service(request: Request, body: Json) -> Json:
    """A token of its own for a user of the service."""
    caller = await find_caller(request)
    if caller is None:
        raise forbidden("The token is not that of an application service")
    number = _staff_number(body)
    request.query["user_id"] = ids.user_id(number)
    await speak_as(request, caller)
    device = text(body, "device_id", "") or None
    name = text(body, "initial_device_display_name", "", most=1024)
    opened = await call_service(
        matrix_sessions.open_for_service, request.actor.staff_id, device_id=device, display_name=name
    )
    return {"user_id": ids.user_id(number), "access_token": opened[0], "device_id": opened[1]}


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


async def register(request: Request) -> Json:
    """Accounts come from the directory; application services make those of their own users."""
    body = await request.json()
    if body.get("type") == BRIDGE:
        return await _register_by_service(request, body)
    raise forbidden(_("账户由管理员开通，不开放注册；请联系本单位数字化转型专员。"))


async def _register_by_service(request: Request, body: Json) -> Json:
    caller = await find_caller(request)
    if caller is None:
        raise MatrixError(
            401, "M_UNKNOWN_TOKEN", "The token is not that of an application service", soft_logout=False
        )
    localpart = text(body, "username")
    try:
        user = await call_service(appservices.make_user, caller.service, localpart)
    except NotFoundError:
        raise MatrixError(400, "M_EXCLUSIVE", "The name is outside of the service's namespace") from None
    except ConflictError:
        raise MatrixError(400, "M_USER_IN_USE", "The name is taken") from None
    except BadInputError as error:
        raise MatrixError(400, "M_INVALID_USERNAME", of_domain(error).error) from None
    if body.get("inhibit_login") is True:
        return {"user_id": user}
    return await _login_of_service(request, {**body, "identifier": {"type": "m.id.user", "user": user}})


async def available(request: Request) -> Json:
    """Nobody registers here."""
    await request.body()
    raise forbidden(_("账户由管理员开通，不开放注册；请联系本单位数字化转型专员。"))
