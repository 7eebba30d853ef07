"""Application services: programs such as bridges that speak for many users of their own namespace.

Sources: Matrix Application Service API, "Registration", "Application service behaviours".
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from django.db import transaction
from django.utils.translation import gettext as _

from chatops.store import appservices as store
from chatops.store.matrix_models import AppService
from common import audit, clock, ids
from common.aio import call_service
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor
from directory.services import ghosts

KINDS = ("users", "aliases", "rooms")
MOST_RULES, MOST_PATTERN = 100, 200
ASK_TIMEOUT_S = 10
_ID = re.compile(r"[A-Za-z0-9._=-]{1,64}")


@dataclass(frozen=True)
class Namespace:
    """The names of one kind that a service is interested in, and those that it has alone."""

    wanted: tuple[re.Pattern[str], ...]
    exclusive: tuple[re.Pattern[str], ...]

    def holds(self, name: str) -> bool:
        return any(pattern.fullmatch(name) for pattern in self.wanted)

    def owns(self, name: str) -> bool:
        return any(pattern.fullmatch(name) for pattern in self.exclusive)


def namespace(row: AppService, kind: str) -> Namespace:
    rules = row.namespaces.get(kind, [])
    return Namespace(
        tuple(re.compile(rule["regex"]) for rule in rules),
        tuple(re.compile(rule["regex"]) for rule in rules if rule["exclusive"]),
    )


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def device_id(service_id: str) -> str:
    return f"AS-{service_id}"


@transaction.atomic
def register(registration: dict[str, Any], *, actor: Actor) -> AppService:
    """Take up a registration file; one with the same id replaces its settings and keeps its place in the stream.

    Raises:
        BadInputError: a field that is missing or cannot be used, named by `field`. ConflictError: the sender's account
            belongs to somebody else.
    """
    service_id = _text(registration, "id")
    if not _ID.fullmatch(service_id):
        raise BadInputError(field="id", message=_("应用服务编号只能用字母、数字和 . _ = -，不超过 64 个。"))
    as_token, hs_token = _text(registration, "as_token"), _text(registration, "hs_token")
    localpart, known = _text(registration, "sender_localpart").lower(), store.find(service_id)
    url = registration.get("url") or ""
    if not isinstance(url, str) or (url and not url.startswith(("http://", "https://"))):
        raise BadInputError(field="url", message=_("地址应以 http:// 或 https:// 开头；不接收推送的请留空。"))
    if known is None:
        sender = ghosts.make(number=localpart, name=localpart, device_id=device_id(service_id)).pk
    elif store.sender_number(known) == localpart:
        sender = known.sender_id
    else:
        raise ConflictError(message=_("此应用服务已用另一账户登记，不能更换 sender_localpart。"))
    row = store.put(
        service_id,
        url=url.rstrip("/"),
        as_hash=token_hash(as_token),
        hs_token=hs_token,
        sender_id=sender,
        namespaces=_namespaces(registration),
        rate_limited=bool(registration.get("rate_limited", True)),
        receive_ephemeral=bool(registration.get("receive_ephemeral", False)),
        protocols=[str(one) for one in registration.get("protocols") or []],
        is_active=True,
        **({} if known else {"pos": store.head(), "created_at": clock.now()}),
    )
    audit.record(
        actor=actor, verb="appservice.register", subject="appservice", subject_id=service_id, new={"url": url}
    )
    return row


def _text(registration: dict[str, Any], name: str) -> str:
    value = registration.get(name)
    if not isinstance(value, str) or not value:
        raise BadInputError(field=name, message=_("登记文件缺少 {name}，请补充。").format(name=name))
    return value


def _namespaces(registration: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    given = registration.get("namespaces") or {}
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in KINDS:
        rules = given.get(kind) or [] if isinstance(given, dict) else []
        found[kind] = [_rule(rule) for rule in rules[:MOST_RULES]]
    return found


def _rule(rule: Any) -> dict[str, Any]:
    try:
        pattern = str(rule["regex"])
        re.compile(pattern)
    except (KeyError, TypeError, re.error):
        raise BadInputError(
            field="namespaces", message=_("命名空间的 regex 无效，请检查登记文件。")
        ) from None
    if len(pattern) > MOST_PATTERN:
        raise BadInputError(field="namespaces", message=_("命名空间的 regex 无效，请检查登记文件。"))
    return {"regex": pattern, "exclusive": bool(rule.get("exclusive", False))}


def set_active(service_id: str, *, active: bool, actor: Actor) -> None:
    """Stop or start a service: stopped, its token opens nothing and nothing is pushed. Raises NotFoundError."""
    row = store.find(service_id)
    if row is None:
        raise NotFoundError
    with transaction.atomic():
        store.put(service_id, is_active=active)
        verb = "appservice.start" if active else "appservice.stop"
        audit.record(actor=actor, verb=verb, subject="appservice", subject_id=service_id)


def list_services() -> list[AppService]:
    return store.all_services()


def make_user(service_id: str, localpart: str) -> str:
    """Register a user of the service's namespace; its user id.

    Raises:
        NotFoundError: the name is outside of the namespace. ConflictError: it is taken. BadInputError.
    """
    row = store.find(service_id)
    number = localpart.lower()
    if row is not None and number == store.sender_number(row):
        raise ConflictError
    if row is None or not namespace(row, "users").holds(ids.user_id(number)):
        raise NotFoundError
    ghosts.make(number=number, name=number, device_id=device_id(service_id))
    return ids.user_id(number)


def exclusive_owner(kind: str, name: str) -> str | None:
    """The service that has this user id or alias for itself."""
    return next(
        (row.id for row in store.all_services() if row.is_active and namespace(row, kind).owns(name)), None
    )


def protocols() -> list[str]:
    return sorted({name for row in store.all_services() if row.is_active for name in row.protocols})


def hs_token_of(service_id: str) -> tuple[str, str]:
    """(address, token) by which we reach a service. Raises NotFoundError."""
    row = store.find(service_id)
    if row is None or not row.url:
        raise NotFoundError
    return row.url, row.hs_token


def _askable(alias: str) -> list[tuple[str, str]]:
    return [
        (row.url, row.hs_token)
        for row in store.all_services()
        if row.is_active and row.url and namespace(row, "aliases").holds(alias)
    ]


async def ask_alias(alias: str) -> bool:
    """Let the bridges that know such names make the room; True when one says that it has."""
    for url, token in await call_service(_askable, alias):
        target = f"{url}/_matrix/app/v1/rooms/{quote(alias, safe='')}"
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=ASK_TIMEOUT_S) as client:
                answer = await client.get(target, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError:
            continue
        if answer.is_success:
            return True
    return False
