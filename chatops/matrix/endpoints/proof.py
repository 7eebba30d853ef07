"""User-interactive authentication by password (C-S API, "User-Interactive Authentication API")."""

from django.utils.translation import gettext as _

from chatops.matrix.errors import MatrixError, bad_json
from chatops.matrix.requests import Json, Request, text
from common import ids
from common.aio import call_service
from directory.errors import SignInRefusedError
from directory.services import renewal

PASSWORD = "m.login.password"  # noqa: S105 - the stage's name


async def need_proof(request: Request, body: Json) -> str:
    """The password that came with the request, once it has been found right.

    Raises MatrixError 401 with the flows: without `auth`, and after a wrong password. LockedOutError.
    """
    auth = body.get("auth")
    if auth is None:
        raise _asked("M_UNAUTHORIZED", "A password is needed")
    if not isinstance(auth, dict):
        raise bad_json("auth must be an object")
    if auth.get("type") != PASSWORD:
        raise _asked("M_UNAUTHORIZED", "Only m.login.password is supported")
    named = auth.get("identifier")
    user = named.get("user") if isinstance(named, dict) else auth.get("user")
    own = {None, request.actor.user_id, request.actor.staff_number}
    password = text(auth, "password", "", most=2048)
    if (user if isinstance(user, str) else None) not in own:
        raise _asked("M_FORBIDDEN", _("只能以本人密码确认此操作。"))
    try:
        await call_service(renewal.prove, actor=request.actor, password=password, addr=request.addr)
    except SignInRefusedError as error:
        raise _asked("M_FORBIDDEN", error.user_message()) from None
    return password


def _asked(errcode: str, error: str) -> MatrixError:
    flows = [{"stages": [PASSWORD]}]
    return MatrixError(
        401, errcode, error, flows=flows, params={}, session=ids.new_secret()[:24], completed=[]
    )
