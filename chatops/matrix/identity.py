"""Who calls: the token's device and person, by the directory's one statement (decisions 13)."""

import re
import time
from collections import OrderedDict
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.matrix.errors import MatrixError, forbidden
from chatops.matrix.requests import Request
from chatops.services import appservices
from chatops.store.matrix import bridges
from chatops.store.matrix.bridges import Caller
from chatops.store.sessions import is_expired
from common.aio import call_service
from common.errors import SignedOutError
from common.ids import staff_number_of, user_id
from directory.actors import Actor
from directory.services import devices

TOUCH_EVERY_S = 60
KEPT = 20_000

_seen: OrderedDict[int, float] = OrderedDict()


class Recent:
    """Who has shown which token within the last seconds: a client that polls need not be looked up each time.

    For reading only, and for less than the five seconds within which a revoked device is out (decisions 13).
    """

    KEPT_S = 2.0

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, UUID | None], tuple[float, Actor, str]] = OrderedDict()

    async def identify(self, request: Request) -> None:
        """As `identify`."""
        key, now = (request.token(), request.acting()), time.monotonic()
        until, actor, device = self._known.get(key, (0.0, None, ""))
        if actor is not None and now < until:
            request.secret, request.actor, request.device_id = key[0], actor, device
            return
        await identify(request)
        if request.appservice is None:
            self._known[key] = (now + self.KEPT_S, request.actor, request.device_id)
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)

    def forget(self, request: Request) -> None:
        self._known.pop((request.secret, request.acting()), None)


async def identify(request: Request) -> None:
    """Set the request's actor, or raise MatrixError 401 M_MISSING_TOKEN; SignedOutError for a token of nobody."""
    request.secret = request.token()
    pool = request.delivery.pool
    acting = request.acting()
    row = await request.delivery.lookups.devices.of((request.secret, acting))
    try:
        request.actor = devices.actor_from_row(row, "matrix", acting)
    except SignedOutError as error:
        caller = await find_caller(request)
        if caller is None:
            soft = await is_expired(pool, request.secret)
            raise MatrixError(401, "M_UNKNOWN_TOKEN", error.user_message(), soft_logout=soft) from None
        await speak_as(request, caller)
        return
    request.device_id = str(row[6]) if row is not None else ""
    _touch(request)


async def find_caller(request: Request) -> Caller | None:
    """The application service whose token this is."""
    caller = await bridges.find_caller(request.delivery.pool, appservices.token_hash(request.token()))
    if caller is not None:
        request.appservice = caller.service
    return caller


async def speak_as(request: Request, caller: Caller) -> None:
    """Act as `user_id` of the query, or as the service's own account. Raises MatrixError M_FORBIDDEN."""
    user = request.query.get("user_id") or user_id(caller.sender)
    number = staff_number_of(user)
    own = number == caller.sender or any(re.fullmatch(rule["regex"], user) for rule in caller.users)
    if number is None or not own:
        raise forbidden("The application service may not speak for this user")
    device = request.query.get("device_id") or appservices.device_id(caller.service)
    found = await bridges.find_actor(request.delivery.pool, number, device)
    if found is None:
        raise forbidden("The application service has not registered this user or device")
    request.actor, request.device_id = found


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
