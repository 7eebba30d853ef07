"""Who calls: the token's device and person, by the directory's one statement (decisions 13)."""

import time
from collections import OrderedDict

from django.utils.translation import gettext as _

from chatops.matrix.errors import forbidden
from chatops.matrix.requests import Request
from chatops.store.sessions import find_device
from common.aio import call_service
from directory.services import devices

TOUCH_EVERY_S = 60
KEPT = 20_000

_seen: OrderedDict[int, float] = OrderedDict()


async def identify(request: Request) -> None:
    """Set the request's actor, or raise MatrixError 401 M_MISSING_TOKEN; SignedOutError for a token of nobody."""
    request.secret = request.token()
    request.actor, request.device_id = await find_device(
        request.delivery.pool, request.secret, request.acting()
    )
    _touch(request)


def _touch(request: Request) -> None:
    """Note that the device is in use, beside the answer and once a minute at most."""
    device, now = request.actor.device_id or 0, time.monotonic()
    if now - _seen.get(device, -TOUCH_EVERY_S) < TOUCH_EVERY_S:
        return
    _seen[device] = now
    _seen.move_to_end(device)
    while len(_seen) > KEPT:
        _seen.popitem(last=False)
    request.delivery.spawn(call_service(devices.touch, request.actor, request.addr))


def need_self(request: Request, user: str) -> None:
    """Only one's own data. Raises MatrixError M_FORBIDDEN."""
    if user != request.actor.user_id:
        raise forbidden(_("只能读取或修改本人的数据。"))
